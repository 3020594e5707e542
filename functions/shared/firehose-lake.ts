import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { LAKE_TABLES, type LakeRow, type LakeTableName } from '../../schemas/lake.ts';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions, deliver, refused } from './aws-batch.ts';
import type { LakeSink } from './seams.ts';

/** Firehose bills each record rounded up to 5 KB and takes at most 1,000 KiB in one: rows are put together. */
const MAX_RECORD_BYTES = 1_000 * 1_024;
const RECORD: BatchLimits = { items: 5_000, bytes: MAX_RECORD_BYTES };
const CALL: BatchLimits = { items: 500, bytes: 4 * 1024 * 1024 };

const timestampsOf = new Map(
  LAKE_TABLES.map((table) => [table.name, table.columns.filter((c) => c.type === 'timestamp').map((c) => c.name)]),
);

/** A row as Firehose's Parquet conversion reads it: `2026-01-31 08:00:00.000` in UTC where the row has ISO 8601. */
export function firehoseLine(table: LakeTableName, row: LakeRow): string {
  const out: LakeRow = { ...row };
  for (const name of timestampsOf.get(table) ?? []) {
    const value = out[name];
    if (typeof value === 'string') out[name] = value.replace('T', ' ').replace('Z', '');
  }
  return `${JSON.stringify(out)}\n`;
}

/** The lake on AWS: one Firehose stream per table, named `<prefix>-<table>`. At least once. */
export class FirehoseLake implements LakeSink {
  readonly #client: FirehoseClient;
  readonly #prefix: string;
  readonly #options: DeliveryOptions;

  constructor(client: FirehoseClient, prefix: string, options: DeliveryOptions = DELIVERY) {
    this.#client = client;
    this.#prefix = prefix;
    this.#options = options;
  }

  /** @throws DeliveryError when rows are still refused after every retry; RangeError for a row over 1,000 KiB. */
  async put(table: LakeTableName, rows: readonly LakeRow[]): Promise<void> {
    const lines = rows.map((row) => Buffer.from(firehoseLine(table, row)));
    const records = chunk(lines, RECORD, (line) => line.byteLength).map((part) => Buffer.concat(part));
    for (const part of chunk(records, CALL, (record) => record.byteLength)) {
      await deliver(`Firehose ${table}`, part, (left) => this.#send(table, left), this.#options);
    }
  }

  async #send(table: LakeTableName, records: readonly Buffer<ArrayBuffer>[]) {
    const reply = await this.#client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: `${this.#prefix}-${table}`,
        Records: records.map((Data) => ({ Data })),
      }),
    );
    return reply.FailedPutCount === 0 ? [] : refused(records, reply.RequestResponses);
  }
}
