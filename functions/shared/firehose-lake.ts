import { type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { LAKE_TABLES, type LakeRow, type LakeTableName } from '../../schemas/lake.ts';
import { type BatchLimits, chunk, refused } from './aws-batch.ts';
import { deliverOrSpill, type OutputOptions } from './output.ts';
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
  return JSON.stringify(out);
}

const linesOf = (record: Buffer): string[] => record.toString('utf8').trimEnd().split('\n');

/**
 * The lake on AWS: one Firehose stream per table, named `<prefix>-<table>`. At least once. Rows may be late: they say
 * themselves which of two is the newer.
 */
export class FirehoseLake implements LakeSink {
  readonly #client: FirehoseClient;
  readonly #prefix: string;
  readonly #options: OutputOptions;

  constructor(client: FirehoseClient, prefix: string, options: OutputOptions = {}) {
    this.#client = client;
    this.#prefix = prefix;
    this.#options = options;
  }

  /** Resolves when every row is durable: delivered, or spilled. @throws as `putLines`. */
  put(table: LakeTableName, rows: readonly LakeRow[]): Promise<void> {
    return this.putLines(
      table,
      rows.map((row) => firehoseLine(table, row)),
    );
  }

  /**
   * As `put`, for rows that are written out already, as `firehoseLine` does.
   * @throws DeliveryError when rows are refused to the end and there is no spill; RangeError for a row over 1,000 KiB.
   */
  async putLines(table: string, lines: readonly string[]): Promise<void> {
    const rows = lines.map((line) => Buffer.from(`${line}\n`));
    const records = chunk(rows, RECORD, (row) => row.byteLength).map((part) => Buffer.concat(part));
    const parts = chunk(records, CALL, (record) => record.byteLength);
    const send = (left: readonly Buffer<ArrayBuffer>[]) => this.#send(table, left);
    await deliverOrSpill({ kind: 'lake', target: table, parts, linesOf }, send, this.#options);
  }

  async #send(table: string, records: readonly Buffer<ArrayBuffer>[]) {
    const reply = await this.#client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: `${this.#prefix}-${table}`,
        Records: records.map((Data) => ({ Data })),
      }),
    );
    return reply.FailedPutCount === 0 ? [] : refused(records, reply.RequestResponses);
  }
}
