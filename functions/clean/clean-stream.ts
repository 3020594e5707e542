import { createHash } from 'node:crypto';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { CleanEvent } from '../../schemas/event.ts';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions } from '../shared/aws-batch.ts';
import { KinesisRecords, type StreamEntry } from '../shared/kinesis-records.ts';
import { encodeEvents } from '../shared/stream-codec.ts';

/** An event of 32 KiB can grow when cleaned; a record stays under the stream's 1 MiB even when gzip does nothing. */
const MAX_EVENT_BYTES = 900_000;

export interface Grouping {
  /** Owners are spread over this many partition keys; one owner always has the same one. */
  readonly owner_buckets: number;
  /** Bytes of JSON packed into one stream record, before gzip. */
  readonly record_bytes: number;
}

/** The partition key of an owner: stable, so its events stay in one shard and in order. */
export const bucketOf = (owner: string, buckets: number): string =>
  `owner-${createHash('sha256').update(owner).digest().readUInt32BE(0) % buckets}`;

/** Packs events into stream records, many to one, by owner bucket and in order of arrival. */
export function packEvents(events: readonly CleanEvent[], grouping: Grouping): StreamEntry[] {
  const lines = new Map<string, string[]>();
  for (const event of events) {
    const key = bucketOf(event.owner, grouping.owner_buckets);
    const own = lines.get(key);
    if (own) own.push(JSON.stringify(event));
    else lines.set(key, [JSON.stringify(event)]);
  }
  const limits = { items: 10_000, bytes: grouping.record_bytes };
  return [...lines].flatMap(([PartitionKey, own]) =>
    chunkLines(own, limits).map((part) => ({ PartitionKey, Data: encodeEvents(part) })),
  );
}

/** Like `chunk`, but an event over the aim gets a record of its own. */
function chunkLines(lines: readonly string[], limits: BatchLimits): string[][] {
  const bytesOf = (line: string) => Math.min(Buffer.byteLength(line), limits.bytes);
  for (const line of lines) {
    if (Buffer.byteLength(line) > MAX_EVENT_BYTES) {
      throw new RangeError(
        `A clean event has ${Buffer.byteLength(line)} bytes; at most ${MAX_EVENT_BYTES} can be sent.`,
      );
    }
  }
  return chunk(lines, limits, bytesOf);
}

/**
 * The clean stream on Kinesis. What it does not take fails the batch and is not spilled: events of an owner that came by way of
 * a drain would be overtaken by later ones.
 */
export class KinesisCleanStream {
  readonly #records: KinesisRecords;
  readonly #grouping: Grouping;

  constructor(client: KinesisClient, stream: string, options: Grouping & Partial<DeliveryOptions>) {
    this.#records = new KinesisRecords(client, stream, { ...DELIVERY, ...options });
    this.#grouping = options;
  }

  /** Resolves when every event is durable. @throws DeliveryError when some are refused after every retry. */
  put(events: readonly CleanEvent[]): Promise<void> {
    return this.#records.put(packEvents(events, this.#grouping));
  }
}
