import { NULL_LEVEL } from './comparisons.ts';

/** What Fellegi and Sunter's model knows: the share of matches and how often each level comes up among both kinds. */
export interface Parameters {
  /** Probability that two records drawn at random are one person's. */
  readonly lambda: number;
  /** For each comparison, for each level: its probability among matches (where nothing is missing). */
  readonly m: readonly (readonly number[])[];
  /** The same among non-matches. */
  readonly u: readonly (readonly number[])[];
}

/** Level vectors with the number of pairs that have them. */
export interface CountedVectors {
  readonly vectors: readonly Uint8Array[];
  readonly counts: Float64Array;
}

export interface EmOptions {
  /**
   * How u is learned: `fixed` stays, `free` from the given pairs alone, or from `marginals`: how many of *all* pairs of
   * the table have each level, less those that are matches. The last needs no pair that is free of matches.
   */
  readonly u: 'fixed' | 'free' | { readonly marginals: readonly (readonly number[])[] };
  /** Pairs of the table that blocking left out; they count as non-matches in the share of matches. */
  readonly outside: number;
  /** Pairs added to every level, so that none is impossible. */
  readonly smoothing: number;
}

/** Probability that a pair with these levels is a match; missing values say nothing. */
export function matchProbability(vector: Uint8Array, { lambda, m, u }: Parameters): number {
  let match = lambda;
  let other = 1 - lambda;
  for (let c = 0; c < vector.length; c += 1) {
    const level = vector[c] ?? NULL_LEVEL;
    if (level === NULL_LEVEL) continue;
    match *= m[c]?.[level] ?? 0;
    other *= u[c]?.[level] ?? 0;
  }
  return match + other === 0 ? 0 : match / (match + other);
}

/** Log-likelihood of the vectors (natural logarithm); EM with u fixed or free never lowers it. */
export function logLikelihood({ vectors, counts }: CountedVectors, parameters: Parameters): number {
  let sum = 0;
  vectors.forEach((vector, at) => {
    let match = parameters.lambda;
    let other = 1 - parameters.lambda;
    vector.forEach((level, c) => {
      if (level === NULL_LEVEL) return;
      match *= parameters.m[c]?.[level] ?? 0;
      other *= parameters.u[c]?.[level] ?? 0;
    });
    sum += (counts[at] ?? 0) * Math.log(match + other);
  });
  return sum;
}

const normalised = (sums: readonly number[], smoothing: number): number[] => {
  const padded = sums.map((sum) => Math.max(0, sum) + smoothing);
  const total = padded.reduce((a, b) => a + b, 0);
  return padded.map((sum) => (total === 0 ? 1 / sums.length : sum / total));
};

/** One round of expectation and maximisation (Dempster, Laird & Rubin 1977, as Winkler 1988 applies it to linkage). */
export function emStep(data: CountedVectors, before: Parameters, options: EmOptions): Parameters {
  const matches = before.m.map((levels) => levels.map(() => 0));
  const others = before.u.map((levels) => levels.map(() => 0));
  let matched = 0;
  let total = options.outside;
  data.vectors.forEach((vector, at) => {
    const count = data.counts[at] ?? 0;
    const weight = count * matchProbability(vector, before);
    matched += weight;
    total += count;
    for (let c = 0; c < vector.length; c += 1) {
      const level = vector[c] ?? NULL_LEVEL;
      const [match, other] = [matches[c], others[c]];
      if (level === NULL_LEVEL || match === undefined || other === undefined) continue;
      match[level] = (match[level] ?? 0) + weight;
      other[level] = (other[level] ?? 0) + count - weight;
    }
  });
  const m = matches.map((sums) => normalised(sums, options.smoothing));
  const { u: mode } = options;
  if (mode === 'fixed') return { lambda: matched / total, m, u: before.u };
  const left = (c: number, level: number): number => {
    if (mode === 'free') return others[c]?.[level] ?? 0;
    return (mode.marginals[c]?.[level] ?? 0) - (matches[c]?.[level] ?? 0);
  };
  const u = others.map((sums, c) =>
    normalised(
      sums.map((_, level) => left(c, level)),
      options.smoothing,
    ),
  );
  return { lambda: matched / total, m, u };
}

/** Rounds until no parameter moves by more than `tolerance`, at most `maxRounds`. */
export function runEm(
  data: CountedVectors,
  start: Parameters,
  options: EmOptions & { maxRounds: number; tolerance: number },
): { parameters: Parameters; rounds: number } {
  let parameters = start;
  for (let round = 1; round <= options.maxRounds; round += 1) {
    const next = emStep(data, parameters, options);
    const moved = Math.max(
      Math.abs(next.lambda - parameters.lambda) / Math.max(parameters.lambda, 1e-12),
      ...next.m.flatMap((levels, c) => levels.map((value, level) => Math.abs(value - (parameters.m[c]?.[level] ?? 0)))),
    );
    parameters = next;
    if (moved < options.tolerance) return { parameters, rounds: round };
  }
  return { parameters, rounds: options.maxRounds };
}
