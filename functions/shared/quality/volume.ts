import type { Volume } from '../../../schemas/quality-report.ts';

/** Middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/**
 * A count against those of the weeks before, newest first. Weeks before the first in which anything came are not taken for weeks in
 * which nothing came. Null where no week is left. The deviation is the median absolute deviation, which one odd week does not move.
 */
export function volumeOf(counted: number, weeksBefore: readonly number[]): Volume | null {
  const known = weeksBefore.slice(0, weeksBefore.findLastIndex((count) => count > 0) + 1);
  if (known.length === 0) return null;
  const expected = median(known);
  const deviation = median(known.map((count) => Math.abs(count - expected)));
  return { counted, expected, deviation, weeks: known.length, ratio: expected > 0 ? counted / expected : null };
}
