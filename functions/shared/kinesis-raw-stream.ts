import { type KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { callFault, codeOf } from './aws-errors.ts';
import type { StreamEntry } from './kinesis-records.ts';
import type { OutputOptions } from './output.ts';
import { type RawStream, StreamOverloaded, StreamUnavailable } from './seams.ts';
import { pack } from './stream-codec.ts';
import { rawKey } from './stream-kind.ts';

/** What a client should wait when the stream is full: shards recover within the second, resharding takes longer. */
const RETRY_AFTER_SECONDS = 2;
/** What it should wait when nothing can be stored at all. */
const OUTAGE_RETRY_AFTER_SECONDS = 30;

const TARGET = 'raw';

/** A record of the raw stream as it lies in a spilled object. */
export const rawLine = (key: string, data: Uint8Array): string =>
  JSON.stringify({ key, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') });

/** The record of a line that `rawLine` made. */
export function readRawLine(line: string): StreamEntry {
  const { key, data } = JSON.parse(line) as { key: string; data: string };
  return { PartitionKey: key, Data: Buffer.from(data, 'base64') };
}

export interface RawStreamOptions extends Pick<OutputOptions, 'spill'> {
  readonly gzip_from_bytes: number;
}

/**
 * The raw stream on Kinesis. A put resolves when three availability zones have the record: those of the stream, or those of S3
 * where the stream is down. The raw stream has no order to keep, and a record holds its own ids and time of arrival; so one that
 * comes by way of a drain, or both ways, is the same events.
 */
export class KinesisRawStream implements RawStream {
  readonly #client: KinesisClient;
  readonly #stream: string;
  readonly #options: RawStreamOptions;

  constructor(client: KinesisClient, stream: string, options: RawStreamOptions) {
    this.#client = client;
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * A full stream is not spilled for: senders come back, and what they are let send stays bounded.
   * @throws StreamOverloaded, StreamUnavailable; or the service's error for a record that it will never take.
   */
  async put(record: Uint8Array, partitionKey: string): Promise<void> {
    const { spill, gzip_from_bytes } = this.#options;
    const data = pack(record, gzip_from_bytes);
    const key = rawKey(partitionKey);
    if (spill?.breaker.isOpen(TARGET)) return await this.#spill({ key, data }, 'breaker open');
    try {
      await this.#send(key, data);
      spill?.breaker.note(TARGET, 'succeeded');
    } catch (error) {
      const fault = callFault(error);
      if (fault === 'throttled') throw new StreamOverloaded(RETRY_AFTER_SECONDS);
      if (fault === 'own' || fault === 'invalid' || !spill) throw error;
      spill.breaker.note(TARGET, 'failed');
      await this.#spill({ key, data }, codeOf(error));
    }
  }

  async #send(PartitionKey: string, data: Uint8Array): Promise<void> {
    const input = { StreamName: this.#stream, PartitionKey, Data: Uint8Array.from(data) };
    await this.#client.send(new PutRecordCommand(input));
  }

  async #spill({ key, data }: { key: string; data: Uint8Array }, why: string): Promise<void> {
    try {
      await this.#options.spill?.to.put({ kind: 'raw', target: TARGET, why, lines: [rawLine(key, data)] });
    } catch (error) {
      throw new StreamUnavailable(OUTAGE_RETRY_AFTER_SECONDS, error);
    }
  }
}
