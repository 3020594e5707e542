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
  /** What is taken off because different people of one household, or of one name, are alike too; 0 or less. */
  readonly lookalikeBits: number;
  readonly bits: number;
  readonly probability: number;
}

/** Probability of odds given as log2. */
export const probabilityOfBits = (bits: number): number => 1 / (1 + 2 ** -bits);

const bitsOver = (levels: readonly number[], u: readonly number[] | undefined): number[] =>
  levels.map((value, level) => Math.log2(value / (u?.[level] ?? 1)));

/** Bits of every level over strangers, for matches and for each kind of lookalikes (null where those are strangers). */
interface LevelBits {
  readonly match: readonly (readonly number[])[];
  readonly lookalikes: readonly (readonly (readonly number[] | null)[])[];
}

const levelBits = ({ parameters: { m, u, lookalikes = [] } }: MatchModel): LevelBits => ({
  match: m.map((levels, c) => bitsOver(levels, u[c])),
  lookalikes: lookalikes.map((kind) => kind.levels.map((levels, c) => levels && bitsOver(levels, u[c]))),
});

function frequencyBits(model: MatchModel, c: number, text: string): number {
  const frequencies = model.frequencies[c];
  if (frequencies === undefined) return 0;
  const frequency = Object.hasOwn(frequencies.byValue, text) ? frequencies.byValue[text] : undefined;
  return Math.log2((model.parameters.u[c]?.[0] ?? 1) / (frequency ?? frequencies.rare));
}

/** Odds of a match, and of each kind of lookalikes, against two strangers, before anything is compared. */
function priorBits({ parameters: { lambda, lookalikes = [] } }: MatchModel): { match: number; lookalikes: number[] } {
  const strangers = lookalikes.reduce((rest, kind) => rest - kind.lambda, 1 - lambda);
  const bits = (share: number): number => Math.log2(share / strangers);
  return { match: bits(lambda), lookalikes: lookalikes.map((kind) => bits(kind.lambda)) };
}

/** From odds against strangers to odds against strangers and lookalikes; 2 ** 1000 is still a number. */
const penalty = (lookalikes: readonly number[]): number =>
  -Math.log2(lookalikes.reduce((sum, bits) => sum + 2 ** Math.min(1000, bits), 1));

/** Scores compared pairs, in log2 odds. */
export function scorePairs(pairs: Pairs, model: MatchModel, comparisons: readonly Comparison[]): Float64Array {
  const bits = levelBits(model);
  const prior = priorBits(model);
  const adjustments = comparisons.map(({ field }, c) =>
    Float64Array.from(field.values, (text) => frequencyBits(model, c, text)),
  );
  const scores = new Float64Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    let sum = prior.match;
    const alike = [...prior.lookalikes];
    for (let c = 0; c < pairs.width; c += 1) {
      const level = pairs.levels[pair * pairs.width + c] ?? NULL_LEVEL;
      if (level === NULL_LEVEL) continue;
      const value = level === 0 ? (comparisons[c]?.field.ids[pairs.left[pair] ?? 0] ?? 0) : 0;
      const rarity = level === 0 ? (adjustments[c]?.[value] ?? 0) : 0;
      sum += (bits.match[c]?.[level] ?? 0) + rarity;
      addLookalikeBits(alike, bits, { c, level, rarity });
    }
    scores[pair] = sum + penalty(alike);
  }
  return scores;
}

/** Adds to each kind of lookalikes what a level says for it; a shared value is as rare among them. */
function addLookalikeBits(
  sums: number[],
  bits: LevelBits,
  { c, level, rarity }: { c: number; level: number; rarity: number },
): void {
  for (let k = 0; k < sums.length; k += 1) {
    const levels = bits.lookalikes[k]?.[c];
    if (levels) sums[k] = (sums[k] ?? 0) + (levels[level] ?? 0) + rarity;
  }
}

/** Explains the score of one pair of records, comparison by comparison. */
export function waterfall(
  model: MatchModel,
  comparisons: readonly Comparison[],
  [i, j]: readonly [number, number],
): Waterfall {
  const bits = levelBits(model);
  const prior = priorBits(model);
  const alike = [...prior.lookalikes];
  const contributions = comparisons.map((comparison, c): Contribution => {
    const level = comparison.level(i, j);
    if (level === NULL_LEVEL) return { comparison: comparison.name, level: 'missing', bits: 0, frequencyBits: 0 };
    const rarity = level === 0 ? frequencyBits(model, c, sharedText(comparison, i)) : 0;
    addLookalikeBits(alike, bits, { c, level, rarity });
    return {
      comparison: comparison.name,
      level: comparison.levels[level] ?? '',
      bits: bits.match[c]?.[level] ?? 0,
      frequencyBits: rarity,
    };
  });
  const lookalikeBits = penalty(alike);
  const added = contributions.reduce((total, one) => total + one.bits + one.frequencyBits, 0);
  const sum = prior.match + added + lookalikeBits;
  return { priorBits: prior.match, contributions, lookalikeBits, bits: sum, probability: probabilityOfBits(sum) };
}

/** Score of one pair of records in log2 odds, also of a pair that blocking left out. */
export const scorePair = (
  model: MatchModel,
  comparisons: readonly Comparison[],
  pair: readonly [number, number],
): number => waterfall(model, comparisons, pair).bits;
