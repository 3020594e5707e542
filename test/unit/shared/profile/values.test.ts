import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOUNDS } from '../../../../functions/shared/profile/bounds.ts';
import { registerSpec, type ValueState } from '../../../../functions/shared/profile/register-spec.ts';
import { distinctCount, foldValues, hasValue } from '../../../../functions/shared/profile/register-values.ts';
import { TINY } from '../../../support/profile.ts';
import { cleanEvent } from '../../../support/stitch.ts';

function stateOf(kind: ValueState['kind'], values: readonly string[], bounds = BOUNDS): ValueState {
  const state: ValueState = { kind, values: {} };
  const spec = registerSpec(kind, 'Product Viewed', { by: 'product_id' });
  for (const value of values) {
    foldValues(state, cleanEvent(['user_id:m1'], { properties: { product_id: value } }), { spec, bounds });
  }
  return state;
}

const products = (n: number, from = 0) => Array.from({ length: n }, (_, index) => `P${from + index}`);

describe('distinct', () => {
  test.each([0, 1, 255, 256])('%i values are counted exactly, however often each was seen', (n) => {
    expect(distinctCount(stateOf('distinct', [...products(n), ...products(n).reverse()]))).toBe(n);
  });

  test.each([257, 500, 2_000, 10_000])('%i values are estimated within four standard errors', (n) => {
    const standardError = 1 / Math.sqrt(BOUNDS.sketch - 2);
    for (const from of [0, 1e6, 2e6]) {
      const estimate = distinctCount(stateOf('distinct', products(n, from)));
      expect(Math.abs(estimate / n - 1)).toBeLessThan(4 * standardError);
    }
  });

  test('the sketch keeps its size', () => {
    const state = stateOf('distinct', products(1_000));
    expect(Object.keys(state.values)).toHaveLength(BOUNDS.sketch);
    expect(state.truncated).toBe(true);
  });
});

describe('a set over its bound', () => {
  const anyValues = fc.array(fc.constantFrom(...'abcdefgh', '__proto__', 'constructor'), { maxLength: 12 });

  test('never says what is not so: where it cannot know, it says that', () => {
    fc.assert(
      fc.property(anyValues, fc.constantFrom(...'abcdefgh', '__proto__', 'toString'), (values, asked) => {
        const state = stateOf('set', values, TINY);
        const said = hasValue(state, asked);
        if (said !== undefined) expect(said).toBe(values.includes(asked));
        else expect(new Set(values).size).toBeGreaterThan(TINY.values);
        expect(state.truncated === true).toBe(new Set(values).size > TINY.values);
      }),
      { numRuns: 1000 },
    );
  });

  test('of many values it still knows the kept ones and some that never came', () => {
    const state = stateOf('set', products(1_000));
    const said = [...products(1_000), ...products(1_000, 5_000)].map((value) => hasValue(state, value));
    expect(said.filter((answer) => answer === true)).toHaveLength(BOUNDS.values);
    expect(said.slice(1_000)).toContain(false);
    expect(said.slice(0, 1_000)).not.toContain(false);
  });
});

describe('a top list over its bound', () => {
  test('keeps a fair sample, each with its whole count', () => {
    const values = products(600).flatMap((value, index) => Array.from({ length: 1 + (index % 3) }, () => value));
    const state = stateOf('top', values);
    expect(Object.keys(state.values)).toHaveLength(BOUNDS.values);
    for (const [value, n] of Object.entries(state.values)) expect(n).toBe(1 + (Number(value.slice(1)) % 3));
    const low = Object.keys(state.values).filter((value) => Number(value.slice(1)) < 300);
    expect(low.length).toBeGreaterThan(60);
    expect(low.length).toBeLessThan(140);
  });
});
