import { NULL_LEVEL } from './comparisons.ts';

/** People who are not the same but live or work together: they share a surname, an address, a telephone. */
export interface Household {
  /** Probability that two records drawn at random are of two such people. */
  readonly lambda: number;
  /** For each comparison the probability of its levels among them; where undefined they agree no more than strangers. */
  readonly h: readonly (readonly number[] | undefined)[];
}

/** What Fellegi and Sunter's model knows: the share of matches and how often each level comes up among both kinds. */
export interface Parameters {
  /** Probability that two records drawn at random are one person's. */
  readonly lambda: number;
  /** For each comparison, for each level: its probability among matches (where nothing is missing). */
  readonly m: readonly (readonly number[])[];
  /** The same among strangers. */
  readonly u: readonly (readonly number[])[];
  /** A third class of pairs, as in Larsen & Rubin, JASA 96 (2001) 32–41; the plain model has two. */
  readonly household?: Household | undefined;
}

/** Level vectors with the number of pairs that have them. */
export interface CountedVectors {
  readonly vectors: readonly Uint8Array[];
  readonly counts: Float64Array;
}

export interface EmOptions {
  /**
   * How u is learned: `fixed` stays, `free` from the given pairs alone, or from `marginals`: how many of *all* pairs of
   * the table have each level, less those that are matches. The last needs no sample that is free of matches.
   */
  readonly u: 'fixed' | 'free' | { readonly marginals: readonly (readonly number[])[] };
  /** Pairs of the table that blocking left out; they count as non-matches in the share of matches. */
  readonly outside: number;
  /** Pairs added to every level, so that none is impossible. */
  readonly smoothing: number;
}

interface Likelihoods {
  readonly match: number;
  readonly household: number;
  readonly stranger: number;
}

function likelihoods(vector: Uint8Array, { lambda, m, u, household }: Parameters): Likelihoods {
  let match = lambda;
  let together = household?.lambda ?? 0;
  let stranger = 1 - lambda - together;
  for (let c = 0; c < vector.length; c += 1) {
    const level = vector[c] ?? NULL_LEVEL;
    if (level === NULL_LEVEL) continue;
    const alone = u[c]?.[level] ?? 0;
    match *= m[c]?.[level] ?? 0;
    stranger *= alone;
    if (household !== undefined) together *= household.h[c]?.[level] ?? alone;
  }
  return { match, household: together, stranger };
}

/** Probability that a pair with these levels is a match; missing values say nothing. */
export function matchProbability(vector: Uint8Array, parameters: Parameters): number {
  const { match, household, stranger } = likelihoods(vector, parameters);
  const total = match + household + stranger;
  return total === 0 ? 0 : match / total;
}

/** Log-likelihood of the vectors (natural logarithm); EM with u fixed or free never lowers it. */
export function logLikelihood({ vectors, counts }: CountedVectors, parameters: Parameters): number {
  let sum = 0;
  vectors.forEach((vector, at) => {
    const { match, household, stranger } = likelihoods(vector, parameters);
    sum += (counts[at] ?? 0) * Math.log(match + household + stranger);
  });
  return sum;
}

const normalised = (sums: readonly number[], smoothing: number): number[] => {
  const padded = sums.map((sum) => Math.max(0, sum) + smoothing);
  const total = padded.reduce((a, b) => a + b, 0);
  return padded.map((sum) => (total === 0 ? 1 / sums.length : sum / total));
};

/** Expected numbers of pairs at every level, by class. */
interface Expected {
  readonly match: number[][];
  readonly household: number[][];
  readonly stranger: number[][];
  matches: number;
  households: number;
  total: number;
}

function expect(data: CountedVectors, before: Parameters, outside: number): Expected {
  const zeros = (): number[][] => before.m.map((levels) => levels.map(() => 0));
  const sums: Expected = {
    match: zeros(),
    household: zeros(),
    stranger: zeros(),
    matches: 0,
    households: 0,
    total: outside,
  };
  const add = (row: number[] | undefined, level: number, weight: number): void => {
    if (row !== undefined) row[level] = (row[level] ?? 0) + weight;
  };
  data.vectors.forEach((vector, at) => {
    const count = data.counts[at] ?? 0;
    const { match, household, stranger } = likelihoods(vector, before);
    const all = match + household + stranger;
    const matched = all === 0 ? 0 : (count * match) / all;
    const together = all === 0 ? 0 : (count * household) / all;
    sums.matches += matched;
    sums.households += together;
    sums.total += count;
    for (let c = 0; c < vector.length; c += 1) {
      const level = vector[c] ?? NULL_LEVEL;
      if (level === NULL_LEVEL) continue;
      add(sums.match[c], level, matched);
      add(sums.household[c], level, together);
      add(sums.stranger[c], level, count - matched - together);
    }
  });
  return sums;
}

/** One round of expectation and maximisation (Dempster, Laird & Rubin 1977, as Winkler 1988 applies it to linkage). */
export function emStep(data: CountedVectors, before: Parameters, options: EmOptions): Parameters {
  const sums = expect(data, before, options.outside);
  const { u: mode, smoothing } = options;
  const together = before.household;
  const h = together?.h.map((levels, c) => levels && normalised(sums.household[c] ?? [], smoothing));
  const household = together && h && { lambda: sums.households / sums.total, h };
  const m = sums.match.map((levels) => normalised(levels, smoothing));
  const lambda = sums.matches / sums.total;
  if (mode === 'fixed') return { lambda, m, u: before.u, household };
  const strangers = (c: number, level: number): number => {
    const shared = sums.household[c]?.[level] ?? 0;
    // Where people of a household agree no more than strangers, they are strangers to this comparison.
    const apart = together?.h[c] === undefined ? shared : 0;
    if (mode === 'free') return (sums.stranger[c]?.[level] ?? 0) + apart;
    return (mode.marginals[c]?.[level] ?? 0) - (sums.match[c]?.[level] ?? 0) - shared + apart;
  };
  const u = sums.stranger.map((levels, c) =>
    normalised(
      levels.map((_, level) => strangers(c, level)),
      smoothing,
    ),
  );
  return { lambda, m, u, household };
}

const largestMove = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(0, ...a.flatMap((levels, c) => levels.map((value, level) => Math.abs(value - (b[c]?.[level] ?? 0)))));

/** Rounds until no parameter moves by more than `tolerance` (λ relative to itself), at most `maxRounds`. */
export function runEm(
  data: CountedVectors,
  start: Parameters,
  options: EmOptions & { maxRounds: number; tolerance: number },
): { parameters: Parameters; rounds: number } {
  let parameters = start;
  for (let round = 1; round <= options.maxRounds; round += 1) {
    const next = emStep(data, parameters, options);
    const lambdaMoved = Math.abs(next.lambda - parameters.lambda) / Math.max(parameters.lambda, 1e-12);
    const moved = Math.max(lambdaMoved, largestMove(next.m, parameters.m));
    parameters = next;
    if (moved < options.tolerance) return { parameters, rounds: round };
  }
  return { parameters, rounds: options.maxRounds };
}
