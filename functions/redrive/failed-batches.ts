import { callFault } from '../shared/aws-errors.ts';
import type { StreamEntry } from '../shared/kinesis-records.ts';
import { kindOf } from '../shared/stream-kind.ts';
import type { StreamName } from '../shared/topology-settings.ts';
import type { Failures } from './bucket.ts';
import { type FailedBatch, FailedBatchError, readFailedBatch, type StreamRange } from './failed-batch.ts';
import { RecordsExpired } from './stream-range.ts';
import { type Tally, tally } from './tally.ts';

/** Where Lambda puts failed batches, whatever the bucket. */
export const FAILED_BATCH_PREFIX = 'aws/lambda/';

/** The streams that failed records go back to, and the functions that read them. */
export interface River {
  put(stream: StreamName, entries: readonly StreamEntry[]): Promise<void>;
  /** @throws RecordsExpired */
  read(range: StreamRange): Promise<readonly StreamEntry[]>;
  /** What the function of this name reads; undefined when it is none of this deployment's. */
  consumes(functionName: string): StreamName | undefined;
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
 * goes the way it was meant to go. A record that lay in the batch but was not for the function that failed has been taken care
 * of by the one that it was for, and is left out. An object is removed once its records are durable; a run that is broken off
 * feeds one batch twice at most, which changes nothing.
 */
export async function redriveBatches(failures: Failures, river: River, options: RedriveOptions): Promise<Tally> {
  const report = tally();
  for await (const page of failures.list(FAILED_BATCH_PREFIX)) {
    for (const { key, at } of page) {
      if (at < options.since || at > options.until) continue;
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
    const entries = ownEntries(batch.entries ?? (await river.read(batch.range)), river.consumes(batch.function));
    report.records += entries.length;
    if (dryRun) return true;
    for (const kind of ['raw', 'clean'] as const) {
      const own = entries.filter(({ PartitionKey }) => kindOf(PartitionKey) === kind);
      if (own.length > 0) await river.put(kind, own);
    }
    report.fed += entries.length;
    return true;
  } catch (error) {
    if (error instanceof RecordsExpired) report.leave('expired');
    else if (callFault(error) === 'invalid') report.leave('refused');
    else throw error;
    return false;
  }
}

const ownEntries = (entries: readonly StreamEntry[], kind: StreamName | undefined): StreamEntry[] =>
  entries.filter(({ PartitionKey }) => kind === undefined || kindOf(PartitionKey) === kind);
