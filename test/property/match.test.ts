import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordLevel } from '../../functions/shared/match/comparisons.ts';
import { dateLevel } from '../../functions/shared/match/dates.ts';
import { emStep, logLikelihood, matchProbability, type Parameters } from '../../functions/shared/match/em.ts';
import { DEFAULT_SETTINGS } from '../../functions/shared/match/model.ts';
import { detectRoles, type RawTable } from '../../functions/shared/match/roles.ts';
import { probabilityOfBits, scorePairs, waterfall } from '../../functions/shared/match/score.ts';
import { editDistance, jaroWinkler } from '../../functions/shared/match/strings.ts';
import { prepare, train } from '../../functions/shared/match/train.ts';

const LEVELS = 3;
const COMPARISONS = 4;
const distribution = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: LEVELS, maxLength: LEVELS })
  .map((weights) => weights.map((weight) => weight / weights.reduce((a, b) => a + b, 0)));
const distributions = fc.array(distribution, { minLength: COMPARISONS, maxLength: COMPARISONS });
const anyParameters = fc.record({
  lambda: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
  m: distributions,
  u: distributions,
  lookalikes: fc.array(
    fc.record({
      name: fc.constant('alike'),
      lambda: fc.double({ min: 0.01, max: 0.2, noNaN: true }),
      levels: fc.tuple(distribution, fc.constant(null), distribution, fc.constant(null)),
    }),
    { maxLength: 2 },
  ),
});
const anyVector = fc
  .array(fc.constantFrom(0, 1, 2, 255), { minLength: COMPARISONS, maxLength: COMPARISONS })
  .map((levels) => Uint8Array.from(levels));
const anyData = fc
  .array(fc.tuple(anyVector, fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 30 })
  .map((pairs) => ({
    vectors: pairs.map(([vector]) => vector),
    counts: Float64Array.from(pairs, ([, count]) => count),
  }));

describe('expectation and maximisation', () => {
  it.each(['fixed', 'free'] as const)('never lowers the likelihood, u %s', (u) => {
    fc.assert(
      fc.property(anyData, anyParameters, (data, start) => {
        let before: Parameters = start;
        for (let round = 0; round < 5; round += 1) {
          const after: Parameters = emStep(data, before, { u, outside: 0, smoothing: 0 });
          expect(logLikelihood(data, after)).toBeGreaterThanOrEqual(logLikelihood(data, before) - 1e-7);
          before = after;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives probabilities between 0 and 1', () => {
    fc.assert(
      fc.property(anyVector, anyParameters, (vector, parameters) => {
        const probability = matchProbability(vector, parameters);
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('comparing two values', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 8 });

  it('says the same in both directions, and nothing beats being equal', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(jaroWinkler(a, b)).toBeCloseTo(jaroWinkler(b, a), 12);
        expect(editDistance(a, b, 3)).toBe(editDistance(b, a, 3));
        expect(wordLevel(a, b)).toBe(wordLevel(b, a));
        if (a !== b) expect(jaroWinkler(a, b)).toBeLessThan(1);
      }),
      { numRuns: 2000 },
    );
  });

  const date = fc
    .date({ min: new Date('1930-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10).replaceAll('-', ''));
  it('says so of dates too', () => {
    fc.assert(
      fc.property(date, date, (a, b) => {
        expect(dateLevel(a, b)).toBe(dateLevel(b, a));
      }),
    );
  });
});

const NAMES = ['ann', 'anna', 'bob', 'robert', 'lee', 'leigh', 'smith', 'smyth', ''];
const anyRow = fc.tuple(
  fc.constantFrom(...NAMES),
  fc.constantFrom(...NAMES),
  fc.constantFrom('1980-01-02', '1980-02-01', '1991-12-31', ''),
  fc.constantFrom('leeds', 'york', ''),
);
const anyRows = fc.array(anyRow, { minLength: 6, maxLength: 25 });
const tableOf = (rows: readonly (readonly string[])[]): RawTable => ({
  columns: ['id', 'first_name', 'last_name', 'dob', 'city'],
  rows,
});
const numbered = (rows: readonly (readonly string[])[]): string[][] => rows.map((row, at) => [`r${at}`, ...row]);

function scoresByName(raw: RawTable, maxAllPairs: number): Map<string, number> {
  const settings = { ...DEFAULT_SETTINGS, maxAllPairs };
  const roles = ['id', 'first_name', 'last_name', 'birth_date', 'city'] as const;
  const prepared = prepare(raw, roles, settings);
  const model = train(raw, roles, settings, prepared);
  const scores = scorePairs(prepared.pairs, model, prepared.comparisons);
  const nameOf = (record: number): string => raw.rows[record]?.[0] ?? '';
  return new Map(
    [...scores].map((bits, pair) => {
      const ends: [number, number] = [prepared.pairs.left[pair] ?? 0, prepared.pairs.right[pair] ?? 0];
      const chart = waterfall(model, prepared.comparisons, ends);
      expect(chart.bits).toBeCloseTo(bits, 8);
      expect(waterfall(model, prepared.comparisons, [ends[1], ends[0]]).bits).toBeCloseTo(bits, 8);
      expect(probabilityOfBits(bits)).toBeGreaterThanOrEqual(0);
      expect(probabilityOfBits(bits)).toBeLessThanOrEqual(1);
      return [ends.map(nameOf).sort().join(' '), bits];
    }),
  );
}

describe('a whole table', () => {
  it.each([0, 1e6])('scores alike in any order of rows (compared whole up to %i pairs)', (maxAllPairs) => {
    fc.assert(
      fc.property(
        anyRows.chain((rows) =>
          fc.tuple(fc.constant(numbered(rows)), fc.shuffledSubarray(numbered(rows), { minLength: rows.length })),
        ),
        ([rows, shuffled]) => {
          const [a, b] = [scoresByName(tableOf(rows), maxAllPairs), scoresByName(tableOf(shuffled), maxAllPairs)];
          expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
          for (const [pair, bits] of a) expect(b.get(pair)).toBeCloseTo(bits, 3);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds roles for any cells at all', () => {
    const cell = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 5 }),
        fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { maxLength: 8 }),
        (columns, rows) => {
          expect(detectRoles({ columns, rows: rows.map((row) => row.slice(0, columns.length)) })).toHaveLength(
            columns.length,
          );
        },
      ),
    );
  });
});
