import type { LakeTable } from '../../schemas/lake.ts';
import { type Clock, SqlError } from '../shared/seams.ts';
import { compact, forgetBefore, vacuum } from './history.ts';
import { dayOf, SETTLE_DAYS } from './landing.ts';

/** Athena does so much at once and asks for another run; a table that wants more gets it tomorrow. */
const MAX_ROUNDS = 10;
const MORE_RUNS = /MORE_RUNS_NEEDED/;

export interface UpkeepDeps {
  run(sql: string): Promise<unknown>;
  readonly clock: Clock;
}

/**
 * What an Iceberg table needs each day: forget what is past its retention, write the small files of the latest days together,
 * expire snapshots, and delete the files that nothing refers to. Each step is safe to repeat.
 * @throws SqlError of the step that failed; the later ones wait for the next run.
 */
export async function upkeep(table: LakeTable, retentionDays: number, { run, clock }: UpkeepDeps): Promise<void> {
  const now = clock.now();
  await run(forgetBefore(table, dayOf(now, -retentionDays)));
  // A day is written until it has settled, and once more by the run after that.
  await untilDone(compact(table, dayOf(now, -SETTLE_DAYS - 1)), run);
  await untilDone(vacuum(table), run);
}

async function untilDone(sql: string, run: UpkeepDeps['run']): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await run(sql);
      return;
    } catch (error) {
      if (!(error instanceof SqlError) || !MORE_RUNS.test(error.message)) throw error;
      if (round === MAX_ROUNDS) return;
    }
  }
}
