import { type Comparison, NULL_LEVEL, sharedText } from './comparisons.ts';
import type { MatchModel } from './model.ts';
import type { Pairs } from './pairs.ts';

/** What one comparison adds to a pair's score. */
export interface Contribution {
  readonly comparison: string;
  readonly level: string;
  /** log2 of how much likelier the level is among matches than among strangers. */
  readonly bits: number;
  /** What the value's being common or rare adds, in bits; 0 at all levels but the exact one. */
  readonly frequencyBits: number;
}

/** The steps from the prior to the score of one pair; the bits add up to the log2 odds of its probability. */
export interface Waterfall {
  readonly priorBits: number;
  readonly contributions: readonly Contribution[];
  readonly bits: number;
  readonly probability: number;
}

/** Probability of odds given as log2. */
export const probabilityOfBits = (bits: number): number => 1 / (1 + 2 ** -bits);

const levelBits = ({ parameters: { m, u } }: MatchModel): number[][] =>
  m.map((levels, c) => levels.map((value, level) => Math.log2(value / (u[c]?.[level] ?? 1))));

function frequencyBits(model: MatchModel, c: number, text: string): number {
  const frequencies = model.frequencies[c];
  if (frequencies === undefined) return 0;
  const frequency = Object.hasOwn(frequencies.byValue, text) ? frequencies.byValue[text] : undefined;
  return Math.log2((model.parameters.u[c]?.[0] ?? 1) / (frequency ?? frequencies.rare));
}

const priorBits = ({ parameters: { lambda } }: MatchModel): number => Math.log2(lambda / (1 - lambda));

/** Scores compared pairs, in log2 odds. */
export function scorePairs(pairs: Pairs, model: MatchModel, comparisons: readonly Comparison[]): Float64Array {
  const bits = levelBits(model);
  const prior = priorBits(model);
  const adjustments = comparisons.map(({ field }, c) =>
    Float64Array.from(field.values, (text) => frequencyBits(model, c, text)),
  );
  const scores = new Float64Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    let sum = prior;
    for (let c = 0; c < pairs.width; c += 1) {
      const level = pairs.levels[pair * pairs.width + c] ?? NULL_LEVEL;
      if (level === NULL_LEVEL) continue;
      sum += bits[c]?.[level] ?? 0;
      if (level === 0) sum += adjustments[c]?.[comparisons[c]?.field.ids[pairs.left[pair] ?? 0] ?? 0] ?? 0;
    }
    scores[pair] = sum;
  }
  return scores;
}

/** Explains the score of one pair of records, comparison by comparison. */
export function waterfall(
  model: MatchModel,
  comparisons: readonly Comparison[],
  [i, j]: readonly [number, number],
): Waterfall {
  const bits = levelBits(model);
  const contributions = comparisons.map((comparison, c): Contribution => {
    const level = comparison.level(i, j);
    if (level === NULL_LEVEL) return { comparison: comparison.name, level: 'missing', bits: 0, frequencyBits: 0 };
    return {
      comparison: comparison.name,
      level: comparison.levels[level] ?? '',
      bits: bits[c]?.[level] ?? 0,
      frequencyBits: level === 0 ? frequencyBits(model, c, sharedText(comparison, i)) : 0,
    };
  });
  const prior = priorBits(model);
  const sum = contributions.reduce((total, one) => total + one.bits + one.frequencyBits, prior);
  return { priorBits: prior, contributions, bits: sum, probability: probabilityOfBits(sum) };
}

/** Score of one pair of records in log2 odds, also of a pair that blocking left out. */
export const scorePair = (
  model: MatchModel,
  comparisons: readonly Comparison[],
  pair: readonly [number, number],
): number => waterfall(model, comparisons, pair).bits;
