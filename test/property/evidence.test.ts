import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evidenceKey, mergeEvidence } from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import { anyEvidence, edge } from '../support/identity.ts';

const RUNS = { numRuns: 1000 };

describe('evidence folds', () => {
  const sameEdge = fc.array(anyEvidence, { minLength: 3, maxLength: 3 }).map((three) => {
    const [first] = three;
    return three.map((edge) => ({ ...edge, ...first, ...pick(edge) }));
  });
  const pick = ({ first_seen, event_id, confidence }: Evidence) => ({ first_seen, event_id, confidence });

  test('commutative, associative, idempotent', () => {
    fc.assert(
      fc.property(sameEdge, (three) => {
        const [x, y, z] = three;
        if (!x || !y || !z) throw new Error('three pieces of evidence were asked for');
        expect(mergeEvidence(x, y)).toEqual(mergeEvidence(y, x));
        expect(mergeEvidence(mergeEvidence(x, y), z)).toEqual(mergeEvidence(x, mergeEvidence(y, z)));
        expect(mergeEvidence(x, x)).toEqual(x);
      }),
      RUNS,
    );
  });

  test('different edges have different keys, whatever the identifiers contain', () => {
    const end = fc
      .array(fc.constantFrom('|', '\\', 'x'), { minLength: 1, maxLength: 3 })
      .map((chars) => chars.join(''));
    const awkward = fc.record({ a: end, b: end });
    fc.assert(
      fc.property(awkward, awkward, anyEvidence, (x, y, base) => {
        const same = x.a === y.a && x.b === y.b;
        expect(evidenceKey({ ...base, ...x }) === evidenceKey({ ...base, ...y })).toBe(same);
      }),
      { numRuns: 20_000 },
    );
  });

  test('a separator inside an identifier does not make two edges one', () => {
    const base = { ...edge('a:1', 'b:1'), kind: 'bind' as const };
    expect(evidenceKey({ ...base, a: 'a:1|b:2', b: 'c:3' })).not.toBe(evidenceKey({ ...base, a: 'a:1', b: 'b:2|c:3' }));
    expect(evidenceKey(base)).toBe('a:1|b:1|bind|false|web');
  });
});
