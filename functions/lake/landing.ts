import { createHash } from 'node:crypto';
import type { LakeTableName } from '../../schemas/lake.ts';
import type { Retention } from '../shared/retention.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { SNAPSHOT_AGE_SECONDS } from './history.ts';

/** A file that Firehose wrote. */
export interface LandedFile {
  readonly key: string;
  readonly bytes: number;
}

/** Where Firehose leaves files by table and day, and what is remembered of their way into history. */
export interface LandingStore {
  /** Days that have files, `YYYY-MM-DD`, in any order. */
  days(table: LakeTableName): Promise<readonly string[]>;
  files(table: LakeTableName, day: string): Promise<readonly LandedFile[]>;
  /** The fingerprint of the files that were in history last time; none before the first time. */
  merged(table: LakeTableName, day: string): Promise<string | undefined>;
  markMerged(table: LakeTableName, day: string, fingerprint: string): Promise<void>;
  remove(files: readonly LandedFile[]): Promise<void>;
  /** How many files of rows there are that Firehose could not deliver; beyond some it is enough to say so many. */
  undelivered(table: LakeTableName): Promise<number>;
}

/** Firehose tries for a day to write what it took; by then nothing can come to a day any more. */
export const SETTLE_DAYS = 2;
/** How often retention, compaction and VACUUM run. */
export const UPKEEP_EVERY_DAYS = 1;

const DAY_MS = 86_400_000;

/** The UTC day, `days` later than that of `ms`. */
export const dayOf = (ms: number, days = 0): string => new Date(ms + days * DAY_MS).toISOString().slice(0, 10);

/** The same files give the same text, in whatever order they are listed. */
export function fingerprint(files: readonly LandedFile[]): string {
  const lines = files.map(({ key, bytes }) => `${key} ${bytes}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * How many days after it was asked for a row is in no file of a table any more, at the latest, step by step:
 *
 * - `landing`: rows of the day of the request lie in landing until that day has settled, and could be merged again until then; so
 *   the DELETE is repeated until landing holds nothing older than the request.
 * - `last_delete`: the next upkeep runs it for the last time, and OPTIMIZE writes the files anew.
 * - `snapshot`: snapshots from before then still refer to the old files until they are old enough to go.
 * - `vacuum`: the next upkeep takes them and their files. The bucket keeps no versions, so they are gone.
 */
export const DELETION_STEPS_DAYS = {
  landing: SETTLE_DAYS + 1,
  last_delete: UPKEEP_EVERY_DAYS,
  snapshot: SNAPSHOT_AGE_SECONDS / 86_400,
  vacuum: UPKEEP_EVERY_DAYS,
} as const;

/** What we promise of the lake's tables: a day more than the steps take, for one upkeep that fails. */
export const TABLE_DELETION_DAYS = 7;

/**
 * By when a deployment has forgotten somebody, in days after it was asked to: tables are done by then, and what cannot be
 * deleted by row has expired: raw records that could not be cleaned are not kept by any setting. Without an erasure of the account's own, nothing shorter can be promised.
 */
export const deletionDeadlineDays = ({ raw, failures, quarantine, query_results, logs }: Retention): number =>
  Math.max(
    TABLE_DELETION_DAYS,
    TOPOLOGY.raw_queue.large_retention_days,
    ...[raw, failures, quarantine, query_results, logs],
  );
