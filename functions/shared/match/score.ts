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
  /** What is taken off because the two may be different people of one household; 0 or less. */
  readonly householdBits: number;
  readonly bits: number;
  readonly probability: number;
}

/** Probability of odds given as log2. */
export const probabilityOfBits = (bits: number): number => 1 / (1 + 2 ** -bits);

const bitsOver = (levels: readonly number[], u: readonly number[] | undefined): number[] =>
  levels.map((value, level) => Math.log2(value / (u?.[level] ?? 1)));

/** Bits of every level for "the same person" and for "another of the household" (0 where nothing is shared), over strangers. */
function levelBits({ parameters: { m, u, household } }: MatchModel): { match: number[][]; household: number[][] } {
  return {
    match: m.map((levels, c) => bitsOver(levels, u[c])),
    household: m.map((levels, c) => {
      const h = household?.h[c];
      return h === undefined ? levels.map(() => 0) : bitsOver(h, u[c]);
    }),
  };
}

const sharesIn = ({ parameters: { household } }: MatchModel, c: number): boolean => household?.h[c] !== undefined;

function frequencyBits(model: MatchModel, c: number, text: string): number {
  const frequencies = model.frequencies[c];
  if (frequencies === undefined) return 0;
  const frequency = Object.hasOwn(frequencies.byValue, text) ? frequencies.byValue[text] : undefined;
  return Math.log2((model.parameters.u[c]?.[0] ?? 1) / (frequency ?? frequencies.rare));
}

/** Odds of a match, and of a household, against two strangers, before anything is compared. */
function priorBits({ parameters: { lambda, household } }: MatchModel): { match: number; household: number } {
  const strangers = 1 - lambda - (household?.lambda ?? 0);
  return { match: Math.log2(lambda / strangers), household: Math.log2((household?.lambda ?? 0) / strangers) };
}

/** From odds against strangers to odds against strangers and people of the household. */
const householdPenalty = (householdSum: number): number => {
  // Far above 0 the 1 does not count, and 2 ** bits might be more than a number can hold.
  return householdSum > 50 ? -householdSum : -Math.log2(1 + 2 ** householdSum);
};

/** Scores compared pairs, in log2 odds. */
export function scorePairs(pairs: Pairs, model: MatchModel, comparisons: readonly Comparison[]): Float64Array {
  const bits = levelBits(model);
  const prior = priorBits(model);
  const shared = comparisons.map((_, c) => sharesIn(model, c));
  const adjustments = comparisons.map(({ field }, c) =>
    Float64Array.from(field.values, (text) => frequencyBits(model, c, text)),
  );
  const scores = new Float64Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    let sum = prior.match;
    let together = prior.household;
    for (let c = 0; c < pairs.width; c += 1) {
      const level = pairs.levels[pair * pairs.width + c] ?? NULL_LEVEL;
      if (level === NULL_LEVEL) continue;
      const value = level === 0 ? (comparisons[c]?.field.ids[pairs.left[pair] ?? 0] ?? 0) : 0;
      const rarity = level === 0 ? (adjustments[c]?.[value] ?? 0) : 0;
      sum += (bits.match[c]?.[level] ?? 0) + rarity;
      if (shared[c]) together += (bits.household[c]?.[level] ?? 0) + rarity;
    }
    scores[pair] = sum + householdPenalty(together);
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
  const prior = priorBits(model);
  let together = prior.household;
  const contributions = comparisons.map((comparison, c): Contribution => {
    const level = comparison.level(i, j);
    if (level === NULL_LEVEL) return { comparison: comparison.name, level: 'missing', bits: 0, frequencyBits: 0 };
    const rarity = level === 0 ? frequencyBits(model, c, sharedText(comparison, i)) : 0;
    if (sharesIn(model, c)) together += (bits.household[c]?.[level] ?? 0) + rarity;
    return {
      comparison: comparison.name,
      level: comparison.levels[level] ?? '',
      bits: bits.match[c]?.[level] ?? 0,
      frequencyBits: rarity,
    };
  });
  const householdBits = householdPenalty(together);
  const added = contributions.reduce((total, one) => total + one.bits + one.frequencyBits, 0);
  const sum = prior.match + added + householdBits;
  return { priorBits: prior.match, contributions, householdBits, bits: sum, probability: probabilityOfBits(sum) };
}

/** Score of one pair of records in log2 odds, also of a pair that blocking left out. */
export const scorePair = (
  model: MatchModel,
  comparisons: readonly Comparison[],
  pair: readonly [number, number],
): number => waterfall(model, comparisons, pair).bits;
