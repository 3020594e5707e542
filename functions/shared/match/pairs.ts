import type { Comparison } from './comparisons.ts';

/** Pairs of records, the smaller number first, with the level of every comparison. */
export interface Pairs {
  readonly count: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Levels, pair after pair: comparison c of pair p is at `p * width + c`. */
  readonly levels: Uint8Array;
  readonly width: number;
}

/** Compares pairs given as numbers `left * size + right`. */
export function comparePairs(codes: Float64Array, size: number, comparisons: readonly Comparison[]): Pairs {
  const count = codes.length;
  const width = comparisons.length;
  const left = new Int32Array(count);
  const right = new Int32Array(count);
  const levels = new Uint8Array(count * width);
  for (let pair = 0; pair < count; pair += 1) {
    const code = codes[pair] ?? 0;
    const i = Math.floor(code / size);
    const j = code - i * size;
    left[pair] = i;
    right[pair] = j;
    let at = pair * width;
    for (const comparison of comparisons) levels[at++] = comparison.level(i, j);
  }
  return { count, left, right, levels, width };
}

/** Numbers of all pairs of `size` records. */
export function allPairs(size: number): Float64Array {
  const codes = new Float64Array((size * (size - 1)) / 2);
  let at = 0;
  for (let i = 0; i < size; i += 1) for (let j = i + 1; j < size; j += 1) codes[at++] = i * size + j;
  return codes;
}

/** `wanted` pairs drawn at random, or all of them when there are no more; repeats are possible among drawn ones. */
export function randomPairs(size: number, wanted: number, random: () => number): Float64Array {
  if ((size * (size - 1)) / 2 <= wanted) return allPairs(size);
  return Float64Array.from({ length: wanted }, () => {
    const i = Math.floor(random() * size);
    const other = Math.floor(random() * (size - 1));
    const j = other >= i ? other + 1 : other;
    return Math.min(i, j) * size + Math.max(i, j);
  });
}

/** The different level vectors of pairs and how many pairs have each: all that EM needs of them. */
export interface Patterns {
  readonly vectors: readonly Uint8Array[];
  readonly counts: Float64Array;
  /** For every pair the number of its vector. */
  readonly of: Int32Array;
}

/** Groups pairs by their level vector. */
export function groupPatterns(pairs: Pairs): Patterns {
  const numbers = new Map<string, number>();
  const vectors: Uint8Array[] = [];
  const counts: number[] = [];
  const of = new Int32Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const vector = pairs.levels.subarray(pair * pairs.width, (pair + 1) * pairs.width);
    const key = String.fromCharCode(...vector);
    let id = numbers.get(key);
    if (id === undefined) {
      id = vectors.length;
      numbers.set(key, id);
      vectors.push(vector);
      counts.push(0);
    }
    counts[id] = (counts[id] ?? 0) + 1;
    of[pair] = id;
  }
  return { vectors, counts: Float64Array.from(counts), of };
}
