import { describe, expect, test } from 'vitest';
import { compileRules, evidenceKey, resolve } from '../../../functions/shared/identity/resolve.ts';
import { keepingUnder, keptBy } from '../../../functions/stitch/hubs.ts';
import type { Evidence } from '../../../schemas/evidence.ts';
import { edge, SHIPPED_RULES, verified } from '../../support/identity.ts';

const few = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
const counted = compileRules({
  ...few.rules,
  version: 2,
  types: few.rules.types.map((rule) => ({ ...rule, plentiful: false })),
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const orders = (key: string, count: number, make = edge): Evidence[] =>
  numbers(count).map((n) => make(key, `order_id:s:r${n}`));

const keptUnder = (key: string, edges: readonly Evidence[], rules = few): Evidence[] =>
  keptBy(key, edges, keepingUnder(new Map(edges.map((each) => [evidenceKey(each), each])), rules));
const isolatedAs = (key: string, edges: readonly Evidence[], rules = few) =>
  resolve(edges, [], rules).persons.find(({ members }) => members.includes(key))?.isolated;
const isOrder = ({ a, b }: Evidence): boolean => a.startsWith('order_id') || b.startsWith('order_id');

describe('what an identifier that may join nothing keeps', () => {
  test.each([
    ['unverified', edge],
    ['verified', verified],
  ] as const)('shows that it is crowded, however many %s orders came first', (_, make) => {
    const phone = 'phone:hotline';
    const edges = [...orders(phone, 50, make), ...numbers(6).map((n) => make(phone, `anonymous_id:c${n}`))];
    expect(isolatedAs(phone, edges)).toBe('degree');
    const kept = keptUnder(phone, edges);
    expect(isolatedAs(phone, kept)).toBe('degree');
    expect(kept.length).toBeLessThan(20);
    expect(kept.filter(isOrder).length, 'a group of their own').toBeGreaterThan(0);
  });

  test('shows that it is shared, however many orders came first', () => {
    const tablet = 'device_id:tablet';
    const edges = [...orders(tablet, 50), edge(tablet, 'user_id:m1'), edge(tablet, 'user_id:m2')];
    expect(isolatedAs(tablet, keptUnder(tablet, edges))).toBe('shared');
  });

  test('leaves the bytes to those that count', () => {
    const phone = 'phone:hotline';
    const wide = compileRules({ ...SHIPPED_RULES, max_degree: 500 });
    const long = numbers(600).map((n) => edge(phone, `order_id:s:${'x'.repeat(240)}${n}`));
    const edges = [...long, ...numbers(501).map((n) => edge(phone, `anonymous_id:c${n}`))];
    expect(isolatedAs(phone, keptUnder(phone, edges, wide), wide)).toBe('degree');
  });

  test.each([
    ['set', counted, few],
    ['cleared', few, counted],
  ] as const)('shows it under rules about to come into force in which the field is %s', (_, before, next) => {
    const phone = 'phone:hotline';
    const some = numbers(2).map((n) => edge(phone, `anonymous_id:c${n}`));
    const waiting = { ...before, next };
    const kept = keptUnder(phone, [...orders(phone, 50), ...some], waiting);
    expect(isolatedAs(phone, kept, counted)).toBe('degree');
    expect(isolatedAs(phone, kept, few)).toBeUndefined();
    const many = [...orders(phone, 50), ...numbers(5).map((n) => edge(phone, `anonymous_id:c${n}`))];
    expect(isolatedAs(phone, keptUnder(phone, many, waiting), few)).toBe('degree');
  });
});
