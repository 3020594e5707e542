import { createHash } from 'node:crypto';
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { CleanEvent } from '../../schemas/event.ts';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions, deliver, refused } from '../shared/aws-batch.ts';
import { encodeEvents } from '../shared/stream-codec.ts';
import { cleanKey } from '../shared/stream-kind.ts';

/** PutRecords takes 500 records and 5 MiB, keys included. */
const CALL: BatchLimits = { items: 500, bytes: 4 * 1024 * 1024 };
/** An event of 32 KiB can grow when cleaned; a record stays under the stream's 1 MiB even when gzip does nothing. */
const MAX_EVENT_BYTES = 900_000;

export interface Grouping {
  /** Owners are spread over this many partition keys; one owner always has the same one. */
  readonly owner_buckets: number;
  /** Bytes of JSON packed into one stream record, before gzip. */
  readonly record_bytes: number;
}

interface Entry {
  readonly PartitionKey: string;
  readonly Data: Uint8Array;
}

/** The partition key of an owner: stable, so its events stay in one shard and in order. */
export const bucketOf = (owner: string, buckets: number): string =>
  cleanKey(createHash('sha256').update(owner).digest().readUInt32BE(0) % buckets);

/** Packs events into stream records, many to one, by owner bucket and in order of arrival. */
export function packEvents(events: readonly CleanEvent[], grouping: Grouping): Entry[] {
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

/** The clean stream on Kinesis. */
export class KinesisCleanStream {
  readonly #client: KinesisClient;
  readonly #stream: string;
  readonly #options: DeliveryOptions & Grouping;

  constructor(client: KinesisClient, stream: string, options: Grouping & Partial<DeliveryOptions>) {
    this.#client = client;
    this.#stream = stream;
    this.#options = { ...DELIVERY, ...options };
  }

  /** Resolves when every event is durable. @throws DeliveryError when some are refused after every retry. */
  async put(events: readonly CleanEvent[]): Promise<void> {
    const entries = packEvents(events, this.#options);
    for (const part of chunk(entries, CALL, (entry) => entry.Data.byteLength + entry.PartitionKey.length)) {
      await deliver('Clean stream', part, (left) => this.#send(left), this.#options);
    }
  }

  async #send(entries: readonly Entry[]) {
    const reply = await this.#client.send(
      new PutRecordsCommand({
        StreamName: this.#stream,
        Records: entries.map(({ PartitionKey, Data }) => ({ PartitionKey, Data: Uint8Array.from(Data) })),
      }),
    );
    return reply.FailedRecordCount === 0 ? [] : refused(entries, reply.Records);
  }
}
