import { createHash } from 'node:crypto';
import { type Candidates, defaultRules, findCandidates } from './blocking.ts';
import { type Comparison, makeComparisons, NULL_LEVEL } from './comparisons.ts';
import { matchProbability, type Parameters, runEm } from './em.ts';
import { type Frequencies, type MatchModel, type MatchSettings, startParameters } from './model.ts';
import { allPairs, comparePairs, groupPatterns, type Pairs, type Patterns, randomPairs } from './pairs.ts';
import { seededRandom } from './random.ts';
import type { RawTable, Role } from './roles.ts';
import { buildTable, type Table } from './table.ts';

/** A table made ready: compared candidates and how strangers agree. */
export interface Prepared {
  readonly table: Table;
  readonly comparisons: readonly Comparison[];
  readonly candidates: Candidates;
  readonly pairs: Pairs;
}

/** Folds, blocks and compares a table. @throws RangeError when it has nothing to compare. */
export function prepare(raw: RawTable, roles: readonly Role[], settings: MatchSettings): Prepared {
  const table = buildTable(raw, roles);
  if (table.fields.length === 0) throw new RangeError('No column can be compared; give roles in the settings.');
  const comparisons = makeComparisons(table);
  const total = (table.size * (table.size - 1)) / 2;
  const candidates =
    total <= settings.maxAllPairs
      ? { codes: allPairs(table.size), rules: [{ rule: 'every pair', pairs: total, skipped: 0 }] }
      : findCandidates(table.size, defaultRules(table), settings);
  return { table, comparisons, candidates, pairs: comparePairs(candidates.codes, table.size, comparisons) };
}

function countLevels(pairs: Pairs, comparisons: readonly Comparison[], times: number): number[][] {
  const counts = comparisons.map(({ levels }) => levels.map(() => 0));
  for (let at = 0; at < pairs.levels.length; at += 1) {
    const level = pairs.levels[at] ?? NULL_LEVEL;
    const row = counts[at % pairs.width];
    if (level !== NULL_LEVEL && row !== undefined) row[level] = (row[level] ?? 0) + times;
  }
  return counts;
}

function isCandidate(codes: Float64Array, code: number): boolean {
  let low = 0;
  let high = codes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((codes[middle] ?? 0) < code) low = middle + 1;
    else high = middle;
  }
  return codes[low] === code;
}

/** How many of all pairs have each level: candidates are counted, the rest is judged by a random sample of it. */
function levelMarginals({ table, comparisons, candidates, pairs }: Prepared, settings: MatchSettings): number[][] {
  const inside = countLevels(pairs, comparisons, 1);
  const outside = (table.size * (table.size - 1)) / 2 - candidates.codes.length;
  if (outside === 0) return inside;
  const drawn = randomPairs(table.size, settings.randomPairs, seededRandom(settings.seed));
  const strangers = drawn.filter((code) => !isCandidate(candidates.codes, code));
  const sampled = countLevels(
    comparePairs(strangers, table.size, comparisons),
    comparisons,
    outside / Math.max(1, strangers.length),
  );
  return inside.map((row, c) => row.map((count, level) => count + (sampled[c]?.[level] ?? 0)));
}

/**
 * How often strangers share each value: of all pairs of a record that has it with somebody else, the part that shares it.
 * Pairs that are matches are taken out first, or people with many records would make their own e-mail a common one.
 * Only values that strangers do share are kept by name: a model file shall not list everybody's e-mail.
 */
function learnFrequencies(prepared: Prepared, patterns: Patterns, parameters: Parameters): Frequencies[] {
  const { table, comparisons, pairs } = prepared;
  const probability = Float64Array.from(patterns.vectors, (vector) => matchProbability(vector, parameters));
  return comparisons.map(({ field }, c) => {
    const average = parameters.u[c]?.[0] ?? 0;
    const matched = new Float64Array(field.values.length);
    for (let pair = 0; pair < pairs.count; pair += 1) {
      if (pairs.levels[pair * pairs.width + c] !== 0) continue;
      const value = field.ids[pairs.left[pair] ?? 0] ?? 0;
      matched[value] = (matched[value] ?? 0) + (probability[patterns.of[pair] ?? 0] ?? 0);
    }
    const others = table.size - 1;
    const sharedPairs = (value: number): number => {
      const count = field.counts[value] ?? 0;
      return Math.max(0, (count * (count - 1)) / 2 - (matched[value] ?? 0));
    };
    const frequency = (value: number): number => {
      const count = field.counts[value] ?? 0;
      return (2 * sharedPairs(value) + others * average) / ((count + 1) * others);
    };
    const all = field.values
      .map((text, value) => ({ text, value: frequency(value), shared: sharedPairs(value) }))
      .slice(1);
    const common = all.filter(({ shared }) => shared >= 0.5);
    const single = all.filter(({ shared }) => shared < 0.5);
    const meanOfSingle = single.reduce((sum, { value }) => sum + value, 0) / Math.max(1, single.length);
    return {
      byValue: Object.fromEntries(common.map(({ text, value }) => [text, value])),
      rare: single.length === 0 ? average : meanOfSingle,
    };
  });
}

/** Trains a model on a table, without labels. */
export function train(raw: RawTable, roles: readonly Role[], settings: MatchSettings, prepared: Prepared): MatchModel {
  const { table, comparisons, candidates, pairs } = prepared;
  const patterns = groupPatterns(pairs);
  const marginals = levelMarginals(prepared, settings);
  const total = (table.size * (table.size - 1)) / 2;
  const u = marginals.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (count + 0.5) / (sum + row.length / 2));
  });
  const options = {
    u: { marginals },
    outside: total - candidates.codes.length,
    smoothing: 0.5,
    maxRounds: settings.maxRounds,
    tolerance: settings.tolerance,
  };
  const { parameters, rounds } = runEm(patterns, startParameters(comparisons, u, 1 / table.size), options);
  const content = {
    settings,
    columns: raw.columns.map((name, at) => ({ name, role: roles[at] ?? 'ignore' })),
    comparisons: comparisons.map(({ name, levels }) => ({ name, levels })),
    parameters,
    frequencies: learnFrequencies(prepared, patterns, parameters),
    training: { records: table.size, candidatePairs: candidates.codes.length, rounds },
  };
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
  return { version, ...content };
}
