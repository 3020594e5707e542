import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { LAKE_PREFIXES } from '../../functions/lake/prefixes.ts';
import { codeOf } from '../../functions/shared/aws-errors.ts';
import { S3LargeRecords } from '../../functions/shared/large-records.ts';
import { ArchiveError, MAX_ARCHIVE_BYTES, readArchive } from '../../functions/shared/raw-archive.ts';
import type { Clock } from '../../functions/shared/seams.ts';
import { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { ArchiveDays } from './archive-args.ts';
import { type DeploymentNames, DeploymentNamesError } from './deployment.ts';

/** Records that are put together, in as many calls as they need. */
const PORTION = { items: 1_000, bytes: 1_000_000 };
/** Objects that the report names; more are only counted. */
const MAX_NAMED = 1_000;

export interface ArchiveReplay {
  readonly clients: { readonly s3: S3Client; readonly sqs: SQSClient };
  readonly names: Pick<DeploymentNames, 'bucket' | 'rawQueue' | 'lakeBucket'>;
  readonly clock: Clock;
  sleep(ms: number): Promise<unknown>;
  /** Takes lines that say how far it is. */
  say(line: string): void;
}

/** An object that could not be read, or not to its end; what came before the damage is fed. */
export interface Unreadable {
  readonly key: string;
  /** Records before the damage. */
  readonly records: number;
  readonly why: string;
}

export interface ArchiveReplayReport {
  /** All that were looked at, those that could not be read included. */
  readonly objects: number;
  /** Those that were fed, or in a dry run would be. */
  readonly records: number;
  /** Bytes of these records, packed as they are. */
  readonly bytes: number;
  readonly unreadable: number;
  /** The first thousand of them. */
  readonly left: readonly Unreadable[];
}

interface Archived {
  readonly key: string;
  readonly bytes: number;
}

/** Where Firehose leaves the raw records of a day. */
const dayPrefix = (day: string): string => `${LAKE_PREFIXES.raw}${PARTITION_COLUMN.name}=${day}/`;

/** The objects of a day by key, which is by time, page by page. What was written since `until` was perhaps fed by this very run. */
async function* objectsOf(s3: S3Client, bucket: string, of: { day: string; until: number }): AsyncIterable<Archived> {
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: dayPrefix(of.day), ContinuationToken: token }),
    );
    for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
      if (Key !== undefined && (LastModified?.getTime() ?? 0) < of.until) yield { key: Key, bytes: Size };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

async function read(s3: S3Client, bucket: string, { key, bytes }: Archived): Promise<Uint8Array> {
  if (bytes > MAX_ARCHIVE_BYTES) throw new ArchiveError('The object is larger than what Firehose puts into one.');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

/** Records, some at a time. What `records` throws comes after what it gave before. */
function* portions(records: Iterable<Buffer>): Generator<readonly Buffer[], unknown> {
  let portion: Buffer[] = [];
  let bytes = 0;
  try {
    for (const record of records) {
      if (portion.length === PORTION.items || (portion.length > 0 && bytes + record.byteLength > PORTION.bytes)) {
        yield portion;
        portion = [];
        bytes = 0;
      }
      portion.push(record);
      bytes += record.byteLength;
    }
  } catch (error) {
    if (portion.length > 0) yield portion;
    return error;
  }
  if (portion.length > 0) yield portion;
  return undefined;
}

const sizeOf = (records: readonly Buffer[]): number => records.reduce((sum, record) => sum + record.byteLength, 0);

/** Puts records on the raw queue as they are, no faster than an import does: live events wait behind them. */
function feederOn({ clients, names, clock, sleep }: ArchiveReplay): (records: readonly Buffer[]) => Promise<void> {
  const large = new S3LargeRecords(clients.s3, names.bucket);
  const raw = new SqsRawQueue(clients.sqs, names.rawQueue, { ...TOPOLOGY.raw_packing, large });
  /** From when on the next ones may go. */
  let free = 0;
  return async (records) => {
    const now = clock.now();
    if (free > now) await sleep(free - now);
    free = Math.max(free, now) + (sizeOf(records) / TOPOLOGY.import.bytes_per_second) * 1000;
    await raw.putPacked(records);
  };
}

/**
 * Feeds what the raw archive has of these days in again, one object in memory at a time. An object that cannot be read is named, and the
 * others go on; a queue that refuses ends the run, and running it again from that day changes nothing of what is fed.
 * @throws DeploymentNamesError; what listing throws; as `SqsRawQueue.putPacked`
 */
export async function replayArchive(
  deployed: ArchiveReplay,
  { days, dryRun }: { days: ArchiveDays; dryRun: boolean },
): Promise<ArchiveReplayReport> {
  const { clients, names, clock, say } = deployed;
  const { lakeBucket } = names;
  if (lakeBucket === undefined) throw new DeploymentNamesError('The lake stack has no bucket. Deploy it again.');
  const until = clock.now();
  const feed = dryRun ? async () => undefined : feederOn(deployed);
  const left: Unreadable[] = [];
  const total = { objects: 0, records: 0, bytes: 0, unreadable: 0 };
  const take = async (object: Archived): Promise<void> => {
    let records = 0;
    const why = await eachPortion(
      () => read(clients.s3, lakeBucket, object),
      async (portion) => {
        await feed(portion);
        records += portion.length;
        total.records += portion.length;
        total.bytes += sizeOf(portion);
      },
    );
    total.objects += 1;
    say(`${object.key}: ${records} records${why === undefined ? '' : `, then: ${why}`}`);
    if (why === undefined) return;
    total.unreadable += 1;
    if (left.length < MAX_NAMED) left.push({ key: object.key, records, why });
  };
  for (const day of days) {
    const before = total.objects;
    for await (const object of objectsOf(clients.s3, lakeBucket, { day, until })) await take(object);
    say(`${day}: ${total.objects - before} objects; ${total.records} records so far`);
  }
  return { ...total, left };
}

/** @returns why the object could not be read to its end, if so; what `use` throws is thrown */
async function eachPortion(
  fetched: () => Promise<Uint8Array>,
  use: (records: readonly Buffer[]) => Promise<void>,
): Promise<string | undefined> {
  let object: Uint8Array;
  try {
    object = await fetched();
  } catch (error) {
    return error instanceof ArchiveError ? error.message : `S3 does not give it (${codeOf(error)}).`;
  }
  const all = portions(readArchive(object));
  for (let next = all.next(); ; next = all.next()) {
    if (!next.done) {
      await use(next.value);
      continue;
    }
    if (next.value === undefined || next.value instanceof ArchiveError) return next.value?.message;
    throw next.value;
  }
}
