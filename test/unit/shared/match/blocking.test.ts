import { expect, it } from 'vitest';
import { defaultRules, findCandidates } from '../../../../functions/shared/match/blocking.ts';
import { agreeingClusters, connectedComponents } from '../../../../functions/shared/match/cluster.ts';
import { clusterQuality, quality } from '../../../../functions/shared/match/evaluate.ts';
import { makeField } from '../../../../functions/shared/match/table.ts';

const LIMITS = { maxAllPairs: 0, minPairsPerRule: 3, pairsPerRecord: 0 };
const rule = (name: string, keys: readonly string[]) => ({ name, key: (record: number) => keys[record] ?? '' });

it('proposes each pair once, smallest blocks first, and reports what a rule had no room for', () => {
  const rules = [rule('a', ['x', 'x', 'y', 'y', 'y', 'y']), rule('b', ['p', 'p', '', '', 'q', 'q'])];
  const { codes, rules: reports } = findCandidates(6, rules, LIMITS);
  expect([...codes]).toEqual([0 * 6 + 1, 4 * 6 + 5]);
  expect(reports).toEqual([
    { rule: 'a', pairs: 1, skipped: 6 },
    { rule: 'b', pairs: 2, skipped: 0 },
  ]);
});

it('finds pairs with one error in a name, a date or an address of mail, and swapped names', () => {
  const fields = [
    makeField('first', 'first_name', ['margaret', 'margarte', 'thompson', '', '']),
    makeField('last', 'last_name', ['thompson', '', 'margaret', '', '']),
    makeField('dob', 'birth_date', ['', '', '', '19900131', '19900137']),
  ];
  const { codes } = findCandidates(5, defaultRules({ size: 5, fields }), { ...LIMITS, minPairsPerRule: 100 });
  expect([...codes]).toEqual([0 * 5 + 1, 0 * 5 + 2, 3 * 5 + 4]);
});

it('joins groups only while all pairs across them speak for it', () => {
  const strong = [
    [0, 1],
    [1, 2],
    [3, 4],
  ].map(([left = 0, right = 0]) => ({ left, right, bits: 10 }));
  const edges = [...strong, { left: 2, right: 3, bits: 5 }];
  const bitsOf = (i: number, j: number): number =>
    edges.find(({ left, right }) => left === Math.min(i, j) && right === Math.max(i, j))?.bits ??
    (i < 3 === j < 3 ? 3 : -6);
  expect([...connectedComponents(5, edges)]).toEqual([0, 0, 0, 0, 0]);
  expect([...agreeingClusters(5, edges, bitsOf)]).toEqual([0, 0, 0, 3, 3]);
});

it('counts every true pair, also of persons that were never found', () => {
  expect(clusterQuality(Int32Array.of(0, 0, 0, 3), ['a', 'a', 'b', 'b'])).toEqual(quality(1, 3, 2));
  expect(quality(1, 3, 2)).toMatchObject({ wrong: 2, missed: 1, precision: 1 / 3, recall: 0.5 });
});
