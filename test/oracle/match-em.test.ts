import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { emStep, matchProbability, type Parameters, runEm } from '../../functions/shared/match/em.ts';
import { DEFAULT_SETTINGS, type MatchModel } from '../../functions/shared/match/model.ts';
import { comparePairs, groupPatterns, type Pairs } from '../../functions/shared/match/pairs.ts';
import { scorePairs } from '../../functions/shared/match/score.ts';
import { makeField } from '../../functions/shared/match/table.ts';
import { readCsv } from '../../local/match-csv.ts';

const FOLDER = join(import.meta.dirname, 'splink-em');
/** Levels here: 0 agrees, 1 differs. */
const TRUE_PARAMETERS: Parameters = {
  lambda: 0.5,
  m: [0.7, 0.9, 0.95].map((agree) => [agree, 1 - agree]),
  u: [0.1, 0.025, 0.2].map((agree) => [agree, 1 - agree]),
};

describe('pairs of which the parameters are known', () => {
  let pairs: Pairs;
  let expected: number[];

  beforeAll(async () => {
    const { columns, rows } = await readCsv(join(FOLDER, 'known_params_comparison_vectors.csv'));
    const probability = columns.indexOf('true_match_probability_l');
    const levels = Uint8Array.from(rows.flatMap((row) => row.slice(0, 3).map((gamma) => 1 - Number(gamma))));
    const numbers = Int32Array.from(rows, (_, at) => at);
    pairs = { count: rows.length, left: numbers, right: numbers, levels, width: 3 };
    expected = rows.map((row) => Number(row[probability]));
  });

  it('have the match probability that Splink says, pair by pair', () => {
    expect(pairs.count).toBe(4000);
    for (let pair = 0; pair < pairs.count; pair += 1) {
      const vector = pairs.levels.subarray(pair * 3, pair * 3 + 3);
      expect(matchProbability(vector, TRUE_PARAMETERS)).toBeCloseTo(expected[pair] ?? Number.NaN, 12);
    }
  });

  it('leave the parameters where they are, within the error of the sample, in a round of EM', () => {
    const next = emStep(groupPatterns(pairs), TRUE_PARAMETERS, { u: 'free', outside: 0, smoothing: 0 });
    expect(next.lambda).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / 4000, 12);
    expect(next.m.map(([agree]) => agree)).toEqual([0.7, 0.9, 0.95].map((value) => expect.closeTo(value, 1)));
  });

  it('give their parameters back to EM that starts elsewhere, λ with u fixed and all with u free', () => {
    const start = { lambda: 0.3, m: [1, 2, 3].map(() => [0.8, 0.2]), u: [1, 2, 3].map(() => [0.3, 0.7]) };
    const options = { outside: 0, smoothing: 0, maxRounds: 2000, tolerance: 1e-9 };
    const found = runEm(groupPatterns(pairs), start, { ...options, u: 'free' }).parameters;
    expect(found.lambda).toBeCloseTo(0.5, 1);
    for (const c of [0, 1, 2]) {
      expect(found.m[c]?.[0]).toBeCloseTo(TRUE_PARAMETERS.m[c]?.[0] ?? 0, 1);
      expect(found.u[c]?.[0]).toBeCloseTo(TRUE_PARAMETERS.u[c]?.[0] ?? 0, 1);
    }
    const fixed = runEm(
      groupPatterns(pairs),
      { ...start, u: TRUE_PARAMETERS.u },
      { ...options, u: 'fixed' },
    ).parameters;
    expect(fixed.u).toEqual(TRUE_PARAMETERS.u);
    expect(fixed.lambda).toBeCloseTo(0.5, 1);
  });
});

it('scores a pair with a common first name as Splink does', async () => {
  const { columns, rows } = await readCsv(join(FOLDER, 'splink2_479_vs_481.csv'));
  const value = (name: string): number => Number(rows[0]?.[columns.indexOf(name)]);
  const fields = ['first_name', 'dob', 'city', 'email'].map((name) => makeField(name, 'text', ['x', 'x']));
  const levels = [0, 0, 1, 1];
  const comparisons = fields.map((field, c) => ({
    name: field.name,
    levels: ['exact', 'else'],
    field,
    level: () => levels[c] ?? 0,
  }));
  // Bayes factors: 7 for the first name, 9 for an equal and 1/9 for a different value of the others.
  const parameters = {
    lambda: 0.3,
    m: [[0.7, 0.3], ...[1, 2, 3].map(() => [0.9, 0.1])],
    u: [[0.1, 0.9], ...[1, 2, 3].map(() => [0.1, 0.9])],
  };
  const rarity = value('bf_tf_adj_first_name');
  const frequencies = fields.map((_, c) => ({ byValue: {}, rare: c === 0 ? 0.1 / rarity : 0.1 }));
  const columnsOf = fields.map(({ name }) => ({ name, role: 'text' as const }));
  const training = { records: 2, candidatePairs: 1, rounds: 0 };
  const model: MatchModel = {
    version: '',
    settings: DEFAULT_SETTINGS,
    columns: columnsOf,
    comparisons,
    parameters,
    frequencies,
    training,
  };
  const scores = scorePairs(comparePairs(Float64Array.of(1), 2, comparisons), model, comparisons);
  expect(scores[0]).toBeCloseTo(value('match_weight'), 10);
});
