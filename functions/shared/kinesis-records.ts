import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions, deliver, refused } from './aws-batch.ts';

/** PutRecords takes 500 records and 5 MiB, keys included. */
const CALL: BatchLimits = { items: 500, bytes: 4 * 1024 * 1024 };

/** A record of a stream. */
export interface StreamEntry {
  readonly PartitionKey: string;
  readonly Data: Uint8Array;
}

/**
 * Entries in waves: no key twice in one wave, each key's entries in their order from wave to wave. When PutRecords refuses one
 * record it may take a later one of the same key, so those of one key are never in one call.
 */
export function inWaves(entries: readonly StreamEntry[]): StreamEntry[][] {
  const waves: StreamEntry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const wave = seen.get(entry.PartitionKey) ?? 0;
    seen.set(entry.PartitionKey, wave + 1);
    const own = waves[wave];
    if (own) own.push(entry);
    else waves.push([entry]);
  }
  return waves;
}

/** Puts many records on a stream; those of one key stay in order. */
export class KinesisRecords {
  readonly #client: KinesisClient;
  readonly #stream: string;
  readonly #options: DeliveryOptions;

  /** @param stream name or ARN */
  constructor(client: KinesisClient, stream: string, options: DeliveryOptions = DELIVERY) {
    this.#client = client;
    this.#stream = stream;
    this.#options = options;
  }

  /** Resolves when every record is durable. @throws DeliveryError when some are refused after every retry. */
  async put(entries: readonly StreamEntry[]): Promise<void> {
    for (const wave of inWaves(entries)) {
      for (const part of chunk(
        wave,
        CALL,
        ({ Data, PartitionKey }) => Data.byteLength + Buffer.byteLength(PartitionKey),
      )) {
        await deliver(`Stream ${this.#stream}`, part, (left) => this.#send(left), this.#options);
      }
    }
  }

  async #send(entries: readonly StreamEntry[]) {
    const name = this.#stream.startsWith('arn:') ? { StreamARN: this.#stream } : { StreamName: this.#stream };
    const Records = entries.map(({ PartitionKey, Data }) => ({ PartitionKey, Data: Uint8Array.from(Data) }));
    const reply = await this.#client.send(new PutRecordsCommand({ ...name, Records }));
    return reply.FailedRecordCount === 0 ? [] : refused(entries, reply.Records);
  }
}
