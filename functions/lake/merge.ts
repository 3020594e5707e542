import type { LakeTable, LakeTableName } from '../../schemas/lake.ts';
import type { Clock } from '../shared/seams.ts';
import { mergeDay } from './history.ts';
import { dayOf, fingerprint, type LandingStore, SETTLE_DAYS } from './landing.ts';

/** A run looks at no more days of one table; what is left is the next run's. */
export const MAX_DAYS_PER_RUN = 31;
/** With less time left than this, no further statement is begun. */
const LEAST_TIME_MS = 60_000;

export interface MergeDeps {
  readonly landing: LandingStore;
  /** Runs one statement to its end. */
  run(sql: string): Promise<unknown>;
  readonly clock: Clock;
  /** Milliseconds until the function is ended. */
  timeLeft(): number;
}

export interface MergeReport {
  readonly merged_days: number;
  readonly removed_files: number;
  /** Closed days with files that history may not have yet. */
  readonly waiting_days: number;
  /** Files with rows that never landed. */
  readonly undelivered_files: number;
  readonly errors: readonly unknown[];
}

/**
 * Takes the landed files of a table into its history, day by day, and removes them once their day has settled and every one
 * of them is there. It can end at any point and be run again, also twice at once: a MERGE adds nothing a second time, and
 * files are removed only if the very same ones were there when a MERGE began that succeeded. Today is still being written.
 */
export async function mergeLanding(table: LakeTable & { name: LakeTableName }, deps: MergeDeps): Promise<MergeReport> {
  const now = deps.clock.now();
  const closed = (await deps.landing.days(table.name)).filter((day) => day < dayOf(now)).sort();
  const undelivered_files = await deps.landing.undelivered(table.name);
  const report = { merged_days: 0, removed_files: 0, waiting_days: 0, undelivered_files, errors: [] as unknown[] };
  for (const [place, day] of closed.entries()) {
    if (place >= MAX_DAYS_PER_RUN || deps.timeLeft() < LEAST_TIME_MS) {
      report.waiting_days += 1;
      continue;
    }
    try {
      const outcome = await takeDay(table, { day, settled: day <= dayOf(now, -SETTLE_DAYS) }, deps);
      report.merged_days += outcome.merged ? 1 : 0;
      report.removed_files += outcome.removed;
    } catch (error) {
      report.waiting_days += 1;
      report.errors.push(error);
    }
  }
  return report;
}

/** A settled day's files go in the run after the one that took them: queries that had already planned to read them are done. */
async function takeDay(
  table: LakeTable & { name: LakeTableName },
  { day, settled }: { day: string; settled: boolean },
  { landing, run }: MergeDeps,
): Promise<{ merged: boolean; removed: number }> {
  const files = await landing.files(table.name, day);
  if (files.length === 0) return { merged: false, removed: 0 };
  const print = fingerprint(files);
  if ((await landing.merged(table.name, day)) !== print) {
    await run(mergeDay(table, day));
    await landing.markMerged(table.name, day, print);
    return { merged: true, removed: 0 };
  }
  if (!settled) return { merged: false, removed: 0 };
  await landing.remove(files);
  return { merged: false, removed: files.length };
}
