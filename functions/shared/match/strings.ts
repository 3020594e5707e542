/**
 * How alike two strings are in spelling, from 0 (nothing in common) to 1 (the same): Jaro's share of common letters in
 * about the same place, raised for a common beginning. Jaro, JASA 84 (1989) 414–420; Winkler, ASA Survey Research
 * Methods (1990) 354–359. Names are compared by it, because their errors are single letters and rarely at the start.
 */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  // Common letters are found greedily, so that the order of the two could matter; it is made the same for both.
  const jaro = a < b ? jaroSimilarity(a, b) : jaroSimilarity(b, a);
  if (jaro < 0.7) return jaro;
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function jaroSimilarity(a: string, b: string): number {
  if (a.length === 0 || b.length === 0) return 0;
  const window = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const used = new Uint8Array(b.length);
  const common: number[] = [];
  for (let i = 0; i < a.length; i += 1) {
    const end = Math.min(b.length, i + window + 1);
    for (let j = Math.max(0, i - window); j < end; j += 1) {
      if (used[j] === 1 || a.charCodeAt(i) !== b.charCodeAt(j)) continue;
      used[j] = 1;
      common.push(a.charCodeAt(i));
      break;
    }
  }
  const count = common.length;
  if (count === 0) return 0;
  let at = 0;
  let outOfOrder = 0;
  for (let j = 0; j < b.length; j += 1) {
    if (used[j] !== 1) continue;
    if (common[at] !== b.charCodeAt(j)) outOfOrder += 1;
    at += 1;
  }
  return (count / a.length + count / b.length + (count - outOfOrder / 2) / count) / 3;
}

/** Rows of the table of distances, used again by every call: fresh ones for each pair would be most of the work. */
let rows: [Int32Array, Int32Array, Int32Array] = [new Int32Array(64), new Int32Array(64), new Int32Array(64)];

/**
 * Number of single-letter insertions, deletions, replacements and swaps of neighbours between two strings, counted up to
 * `limit`; `limit + 1` stands for anything more. Optimal string alignment: Damerau, CACM 7 (1964) 171–176; Boytsov, ACM
 * JEA 16 (2011) 1.1. For codes and numbers, whose errors are keystrokes.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  const width = b.length + 1;
  if (rows[0].length < width) rows = [new Int32Array(width * 2), new Int32Array(width * 2), new Int32Array(width * 2)];
  let [beforeLast, last, row] = rows;
  for (let j = 0; j < width; j += 1) last[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    row[0] = i;
    let best = i;
    const letter = a.charCodeAt(i - 1);
    for (let j = 1; j < width; j += 1) {
      const other = b.charCodeAt(j - 1);
      let cost = (last[j - 1] ?? 0) + (letter === other ? 0 : 1);
      cost = Math.min(cost, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row[j] = cost;
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return Math.min(last[b.length] ?? limit + 1, limit + 1);
}

/** The letters of a word in alphabetical order: scrambled letters leave it as it is. */
export const sortedLetters = (text: string): string => [...text].sort().join('');

/** Whether two words consist of the same letters, each as often, in whatever order. */
export function sameLetters(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    sum += x - y;
    squares += x * x - y * y;
  }
  return sum === 0 && squares === 0 && sortedLetters(a) === sortedLetters(b);
}
