import type { Message, Timer } from '../../schemas/decision.ts';
import type { LakeRow, LakeTableName } from '../../schemas/lake.ts';

/** The seams at which the embedded binding and the AWS binding differ. State is in `doc-store.ts`. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Where rows of the lake go: Firehose, or the embedded lake's outbox. At least once. */
export interface LakeSink {
  put(table: LakeTableName, rows: readonly LakeRow[]): Promise<void>;
}

/** What stitch tells the world: EventBridge, or the in-process bus. */
export interface BusEvent {
  /** `Campaign Triggered`, `Person Changed` … */
  readonly detail_type: string;
  /** Idempotency key. */
  readonly id: string;
  readonly detail: Record<string, unknown>;
}
export interface Bus {
  publish(events: readonly BusEvent[]): Promise<void>;
}

/** One-shot timers: EventBridge Scheduler, or a table. Arming the same name again has no effect. */
export interface Timers {
  arm(timers: readonly Timer[]): Promise<void>;
}

/** Hands a message to its channel; resolves once the channel has it. Same send_id, same effect. */
export interface Channel {
  send(message: Message): Promise<void>;
}

/** Raw values of personal identifiers, by token. */
export interface Vault {
  store(entries: readonly { token: string; value: string }[]): Promise<void>;
  reveal(tokens: readonly string[]): Promise<Map<string, string>>;
}

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** True when rows were cut at the limit. */
  readonly truncated: boolean;
}
/** Reads the lake with SQL: DuckDB, or Athena. Statements other than one SELECT are refused with `SqlError`. */
export interface SqlEngine {
  /** `parameters` replace `?` in order. */
  query(sql: string, parameters?: readonly (string | number | boolean)[]): Promise<SqlResult>;
}

/** The query was refused or failed; the message is meant for its author. */
export class SqlError extends Error {
  override name = 'SqlError';
}

/** The raw stream: a queue, or a table. Resolves only when the record is durable. */
export interface RawStream {
  /** @throws StreamOverloaded or StreamUnavailable when it cannot be stored now; the client should retry. */
  put(record: Uint8Array): Promise<void>;
}

/** The stream cannot take the record now; nothing was written. */
export class StreamOverloaded extends Error {
  override name = 'StreamOverloaded';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`The stream is overloaded; retry after ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Neither the stream nor what stands in for it can be reached; the record may or may not have been written. */
export class StreamUnavailable extends Error {
  override name = 'StreamUnavailable';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number, cause: unknown) {
    super(`Nothing can be stored now; retry after ${retryAfterSeconds} s.`, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
