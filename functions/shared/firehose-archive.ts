import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { type BatchLimits, chunk, refused } from './aws-batch.ts';
import { deliverOrSpill, type OutputOptions } from './output.ts';

/** Firehose bills each record rounded up to 5 KB and takes at most 1,000 KiB in one: raw records are put together. */
const RECORD: BatchLimits = { items: 10_000, bytes: 1_000 * 1_024 };
const CALL: BatchLimits = { items: 500, bytes: 4 * 1024 * 1024 };

/** The only table of the archive; its delivery stream is named after it. */
const TARGET = 'raw';

/** The archive of raw records on AWS: a Firehose stream that writes them one behind the other. At least once, in any order. */
export class FirehoseArchive {
  readonly #client: FirehoseClient;
  readonly #stream: string;
  readonly #options: OutputOptions;

  constructor(client: FirehoseClient, stream: string, options: OutputOptions = {}) {
    this.#client = client;
    this.#stream = stream;
    this.#options = options;
  }

  /**
   * Resolves when every record is durable: delivered, or spilled.
   * @param records packed as `pack` does: each says itself where it ends (see `readArchive`)
   * @throws DeliveryError when records are refused to the end and there is no spill
   */
  async put(records: readonly Uint8Array[]): Promise<void> {
    const joined = chunk(records, RECORD, (record) => record.byteLength).map((part) => Buffer.concat(part));
    const parts = chunk(joined, CALL, (record) => record.byteLength);
    const send = (left: readonly Buffer<ArrayBuffer>[]) => this.#send(left);
    const linesOf = (record: Buffer) => [record.toString('base64')];
    await deliverOrSpill({ kind: 'archive', target: TARGET, parts, linesOf }, send, this.#options);
  }

  /** Delivers what `put` spilled. @throws as `put` */
  putLines(lines: readonly string[]): Promise<void> {
    return this.put(lines.map((line) => Buffer.from(line, 'base64')));
  }

  async #send(records: readonly Buffer<ArrayBuffer>[]) {
    const Records = records.map((Data) => ({ Data }));
    const reply = await this.#client.send(new PutRecordBatchCommand({ DeliveryStreamName: this.#stream, Records }));
    return reply.FailedPutCount === 0 ? [] : refused(records, reply.RequestResponses);
  }
}
