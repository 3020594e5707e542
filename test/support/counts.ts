/** Tests by how they ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Adds counts up. */
export const sum = (all: readonly Counts[]): Counts =>
  all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }), {
    passed: 0,
    failed: 0,
    skipped: 0,
  });

/** The last line of a run, e.g. `12 passed, 0 failed, 1 skipped`; skips are named only where there are some. */
export const countLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** 0 only where something passed and nothing failed. */
export const exitCode = ({ passed, failed }: Counts): 0 | 1 => (failed === 0 && passed > 0 ? 0 : 1);
