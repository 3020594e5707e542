import { NULL_LEVEL } from './comparisons.ts';

/** Pairs of different people who are alike for a reason: they live together, or bear the same name. */
export interface Lookalike {
  readonly name: string;
  /** Probability that two records drawn at random are of two such people. */
  readonly lambda: number;
  /** For each comparison the probability of its levels among them; where null they agree no more than strangers. */
  readonly levels: readonly (readonly number[] | null)[];
}

/** What Fellegi and Sunter's model knows: the share of matches and how often each level comes up among both kinds. */
export interface Parameters {
  /** Probability that two records drawn at random are one person's. */
  readonly lambda: number;
  /** For each comparison, for each level: its probability among matches (where nothing is missing). */
  readonly m: readonly (readonly number[])[];
  /** The same among strangers. */
  readonly u: readonly (readonly number[])[];
  /** More classes of pairs than two, after Larsen & Rubin, JASA 96 (2001) 32–41; the plain model has none of them. */
  readonly lookalikes?: readonly Lookalike[] | undefined;
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

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** Likelihood of a vector in each class: match, stranger, then the lookalikes. */
function likelihoods(vector: Uint8Array, { lambda, m, u, lookalikes = [] }: Parameters): number[] {
  const classes = [
    lambda,
    1 - lambda - sum(lookalikes.map((kind) => kind.lambda)),
    ...lookalikes.map((kind) => kind.lambda),
  ];
  for (let c = 0; c < vector.length; c += 1) {
    const level = vector[c] ?? NULL_LEVEL;
    if (level === NULL_LEVEL) continue;
    const alone = u[c]?.[level] ?? 0;
    for (let k = 0; k < classes.length; k += 1) {
      const kind = k === 0 ? m[c] : lookalikes[k - 2]?.levels[c];
      classes[k] = (classes[k] ?? 0) * (kind?.[level] ?? alone);
    }
  }
  return classes;
}

/** Probability that a pair with these levels is a match; missing values say nothing. */
export function matchProbability(vector: Uint8Array, parameters: Parameters): number {
  const classes = likelihoods(vector, parameters);
  const total = sum(classes);
  return total === 0 ? 0 : (classes[0] ?? 0) / total;
}

/** Log-likelihood of the vectors (natural logarithm); EM with u fixed or free never lowers it. */
export function logLikelihood({ vectors, counts }: CountedVectors, parameters: Parameters): number {
  return sum(vectors.map((vector, at) => (counts[at] ?? 0) * Math.log(sum(likelihoods(vector, parameters)))));
}

const normalised = (sums: readonly number[], smoothing: number): number[] => {
  const padded = sums.map((value) => Math.max(0, value) + smoothing);
  const total = sum(padded);
  return padded.map((value) => (total === 0 ? 1 / sums.length : value / total));
};

/** Expected numbers of pairs, class by class: in all, and at every level of every comparison. */
interface Expected {
  readonly pairs: number[];
  readonly levels: number[][][];
  readonly total: number;
}

function expectation(data: CountedVectors, before: Parameters, outside: number): Expected {
  const kinds = 2 + (before.lookalikes?.length ?? 0);
  const pairs = Array.from({ length: kinds }, () => 0);
  const levels = pairs.map(() => before.m.map((row) => row.map(() => 0)));
  data.vectors.forEach((vector, at) => {
    const count = data.counts[at] ?? 0;
    const classes = likelihoods(vector, before);
    const all = sum(classes);
    for (let k = 0; k < kinds; k += 1) {
      const weight = all === 0 ? 0 : (count * (classes[k] ?? 0)) / all;
      pairs[k] = (pairs[k] ?? 0) + weight;
      for (let c = 0; c < vector.length; c += 1) {
        const row = levels[k]?.[c];
        const level = vector[c] ?? NULL_LEVEL;
        if (row !== undefined && level !== NULL_LEVEL) row[level] = (row[level] ?? 0) + weight;
      }
    }
  });
  return { pairs, levels, total: sum(data.counts) + outside };
}

/** One round of expectation and maximisation (Dempster, Laird & Rubin 1977, as Winkler 1988 applies it to linkage). */
export function emStep(data: CountedVectors, before: Parameters, options: EmOptions): Parameters {
  const { pairs, levels, total } = expectation(data, before, options.outside);
  const { u: mode, smoothing } = options;
  const lookalikes = before.lookalikes?.map((kind, k) => ({
    name: kind.name,
    lambda: (pairs[k + 2] ?? 0) / total,
    levels: kind.levels.map((row, c) => row && normalised(levels[k + 2]?.[c] ?? [], smoothing)),
  }));
  const m = before.m.map((_, c) => normalised(levels[0]?.[c] ?? [], smoothing));
  const after = { lambda: (pairs[0] ?? 0) / total, m, lookalikes };
  if (mode === 'fixed') return { ...after, u: before.u };
  // Where lookalikes agree no more than strangers, they are strangers to the comparison.
  const strangersAt = (c: number, level: number): number => {
    const sumOver = (free: boolean): number =>
      sum(
        (before.lookalikes ?? []).map((kind, k) =>
          (kind.levels[c] !== null) === free ? (levels[k + 2]?.[c]?.[level] ?? 0) : 0,
        ),
      );
    if (mode === 'free') return (levels[1]?.[c]?.[level] ?? 0) + sumOver(false);
    return (mode.marginals[c]?.[level] ?? 0) - (levels[0]?.[c]?.[level] ?? 0) - sumOver(true);
  };
  const u = before.u.map((row, c) =>
    normalised(
      row.map((_, level) => strangersAt(c, level)),
      smoothing,
    ),
  );
  return { ...after, u };
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
