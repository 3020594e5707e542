import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { StreamName } from './topology-settings.ts';

/**
 * Raw and clean records can lie on one physical stream (`shares` in the topology). The partition key says which one a
 * record is: Lambda's own filters look only into data that is JSON, and ours is zipped or has two parts.
 */
const CLEAN = 'owner-';
const RAW = 'raw-';

/** The partition key of a clean record: a bucket of owners, so that an owner's events stay in one shard and in order. */
export const cleanKey = (bucket: number): string => `${CLEAN}${bucket}`;

/** The partition key of a raw record. Whatever `key` is, it cannot pass for a clean one. */
export const rawKey = (key: string): string => `${RAW}${key}`;

/** What the record with this partition key is. */
export const kindOf = (partitionKey: string): StreamName => (partitionKey.startsWith(CLEAN) ? 'clean' : 'raw');

type BatchHandler = (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>;

/**
 * A handler that sees only the records of one kind, in their order. The others are passed over before they are decoded, and a
 * batch without any of this kind is done at once.
 */
export const recordsOnly =
  (kind: StreamName, handle: BatchHandler): BatchHandler =>
  async (event) => {
    const Records = event.Records.filter(({ kinesis }) => kindOf(kinesis.partitionKey) === kind);
    return Records.length === 0 ? { batchItemFailures: [] } : await handle({ ...event, Records });
  };
