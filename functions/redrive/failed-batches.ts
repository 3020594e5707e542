import { callFault } from '../shared/aws-errors.ts';
import type { StreamEntry } from '../shared/kinesis-records.ts';
import type { Failures } from './bucket.ts';
import { type FailedBatch, FailedBatchError, readFailedBatch, type StreamRange } from './failed-batch.ts';
import { RecordsExpired } from './stream-range.ts';
import { isWithin, type Tally, tally } from './tally.ts';

/** Where Lambda puts failed batches, whatever the bucket. */
export const FAILED_BATCH_PREFIX = 'aws/lambda/';

/** The stream that failed records go back to. */
export interface River {
  put(entries: readonly StreamEntry[]): Promise<void>;
  /** @throws RecordsExpired */
  read(range: StreamRange): Promise<readonly StreamEntry[]>;
}

export interface RedriveOptions {
  /** Feeds nothing, and says what it would. */
  readonly dryRun: boolean;
  /** Only what was given up on from then on, epoch ms. */
  readonly since: number;
  /** Nothing that came later: what fails again is for the next run. Epoch ms. */
  readonly until: number;
}

/**
 * Feeds batches that functions gave up on in again: each record back onto its stream, under its own partition key, so that it
 * goes the way it was meant to go. An object is removed once its records are durable; a run that is broken off
 * feeds one batch twice at most, which changes nothing.
 */
export async function redriveBatches(failures: Failures, river: River, options: RedriveOptions): Promise<Tally> {
  const report = tally();
  for await (const page of failures.list(FAILED_BATCH_PREFIX)) {
    for (const { key, at } of page) {
      if (!isWithin(at, { ...options, report })) continue;
      const body = await failures.read(key);
      if (body === undefined) continue;
      const isFed = await feedBatch(Buffer.from(body).toString('utf8'), river, { ...options, report });
      if (isFed && !options.dryRun) await failures.remove(key);
    }
  }
  return report;
}

/** @returns whether everything of the batch is on its stream again. @throws when a stream or store cannot be reached. */
export async function feedBatch(
  text: string,
  river: River,
  { dryRun, report }: Pick<RedriveOptions, 'dryRun'> & { report: Tally },
): Promise<boolean> {
  report.found += 1;
  let batch: FailedBatch;
  try {
    batch = readFailedBatch(text);
  } catch (error) {
    if (!(error instanceof FailedBatchError)) throw error;
    report.leave('unreadable');
    return false;
  }
  report.note(`${batch.function} ${batch.condition}`, batch.at);
  try {
    const entries = batch.entries ?? (await river.read(batch.range));
    report.records += entries.length;
    if (dryRun) return true;
    if (entries.length > 0) await river.put(entries);
    report.fed += entries.length;
    return true;
  } catch (error) {
    if (error instanceof RecordsExpired) report.leave('expired');
    else if (callFault(error) === 'invalid') report.leave('refused');
    else throw error;
    return false;
  }
}
