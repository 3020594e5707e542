import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Clock, type RawStream, StreamOverloaded } from '../functions/shared/seams.ts';
import { inTransaction, migrate } from './sqlite.ts';

/** `seq` is the position in the stream; it only ever grows, and gaps mean nothing. Nothing reads `key`: it is empty. */
const MIGRATIONS = [
  'CREATE TABLE raw(seq INTEGER PRIMARY KEY, key TEXT NOT NULL, at INTEGER NOT NULL, record BLOB NOT NULL)',
];

const DEFAULT_MAX_BACKLOG_BYTES = 512 * 1024 * 1024;
const DEFAULT_RETRY_AFTER_SECONDS = 2;

export interface StreamRecord {
  readonly seq: number;
  readonly record: Uint8Array;
  /** When it was put, in milliseconds since the epoch, by the stream's clock. */
  readonly at: number;
}

export interface SqliteRawStreamOptions {
  readonly clock: Clock;
  /** Bytes that may wait for the reader before puts are refused: the disk must not fill while the reader is stuck. */
  readonly maxBacklogBytes?: number;
  /** What a refused client is told to wait. */
  readonly retryAfterSeconds?: number;
}

interface PendingPut {
  readonly record: Uint8Array;
  resolve(): void;
  reject(error: unknown): void;
}

/** The stream was closed; nothing was written. */
export class StreamClosed extends Error {
  override name = 'StreamClosed';
}

/**
 * The raw stream of the embedded binding, in a database file of its own so that its commits wait for nobody. Puts of one
 * turn of the event loop share one transaction and one sync of the disk. There is one reader: `read(n)` says that all up
 * to `n` has been taken care of.
 */
export class SqliteRawStream implements RawStream {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #maxBacklogBytes: number;
  readonly #retryAfterSeconds: number;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #backlogAfter: StatementSync;
  readonly #listeners = new Set<(lastSeq: number) => void>();
  #pending: PendingPut[] = [];
  #pendingBytes = 0;
  #lastSeq: number;
  /** Position up to which the reader is done, and the bytes stored after it. */
  #consumedSeq = 0;
  /** What the last read handed out, so that the usual next read need not measure the backlog again. */
  #lastRead: { from: number; to: number; bytes: number } | undefined;
  #backlogBytes: number;
  #closed = false;

  /** Takes the database over: `close` closes it. */
  constructor(db: DatabaseSync, options: SqliteRawStreamOptions) {
    migrate(db, 'raw', MIGRATIONS);
    this.#db = db;
    this.#clock = options.clock;
    this.#maxBacklogBytes = options.maxBacklogBytes ?? DEFAULT_MAX_BACKLOG_BYTES;
    this.#retryAfterSeconds = options.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
    this.#insert = db.prepare("INSERT INTO raw VALUES (?, '', ?, ?)");
    this.#select = db.prepare('SELECT seq, at, record FROM raw WHERE seq > ? ORDER BY seq');
    this.#backlogAfter = db.prepare('SELECT coalesce(sum(length(record)), 0) AS bytes FROM raw WHERE seq > ?');
    this.#lastSeq = Number(db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM raw').get()?.seq);
    // What is stored may all have been read before; the first read tells.
    this.#backlogBytes = 0;
  }

  /**
   * Resolves once the record is on the disk.
   * @throws StreamOverloaded, StreamClosed, or SQLite's error (disk full …); in each case nothing was written.
   */
  put(record: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new StreamClosed('The raw stream is closed; start the server again.'));
    if (this.#backlogBytes + this.#pendingBytes + record.byteLength > this.#maxBacklogBytes) {
      return Promise.reject(new StreamOverloaded(this.#retryAfterSeconds));
    }
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pendingBytes += record.byteLength;
    return new Promise((resolve, reject) => {
      this.#pending.push({ record, resolve, reject });
    });
  }

  /**
   * The records after position `afterSeq`, in order, and at least one where there is any. Whoever reads after a position
   * declares everything up to it done: it no longer counts as backlog, and may be pruned.
   */
  read(afterSeq: number, limits: { readonly maxRecords: number; readonly maxBytes: number }): StreamRecord[] {
    this.#consume(Math.min(afterSeq, this.#lastSeq));
    const records: StreamRecord[] = [];
    let bytes = 0;
    let returnedBytes = 0;
    for (const row of this.#select.iterate(afterSeq)) {
      if (!(row.record instanceof Uint8Array)) throw new Error(`Raw record ${row.seq} is not bytes; restore the file.`);
      bytes += row.record.byteLength;
      if (records.length > 0 && bytes > limits.maxBytes) break;
      returnedBytes = bytes;
      records.push({ seq: Number(row.seq), at: Number(row.at), record: row.record });
      if (records.length >= limits.maxRecords) break;
    }
    this.#lastRead = { from: afterSeq, to: records.at(-1)?.seq ?? afterSeq, bytes: returnedBytes };
    return records;
  }

  /** Records from the newest backwards, as far as somebody asks; what is read so changes nothing for the reader. */
  *newest(): Generator<Uint8Array> {
    const before = this.#db.prepare('SELECT seq, record FROM raw WHERE seq < ? ORDER BY seq DESC LIMIT 100');
    for (let seq = this.#lastSeq + 1; ; ) {
      const rows = before.all(seq);
      for (const row of rows) if (row.record instanceof Uint8Array) yield row.record;
      const last = rows.at(-1);
      if (last === undefined) return;
      seq = Number(last.seq);
    }
  }

  /** Whether puts wait for the disk. Only for traffic that can be made anew is it right to say false. */
  syncToDisk(wanted: boolean): void {
    this.#db.exec(`PRAGMA synchronous = ${wanted ? 'FULL' : 'OFF'}`);
    if (wanted) this.#db.exec('PRAGMA wal_checkpoint(FULL)');
  }

  /** Position of the newest record; 0 while there is none. */
  lastSeq(): number {
    return this.#lastSeq;
  }

  /** Calls back with the newest position after each commit. The callback must not throw. Returns how to stop. */
  onAppend(callback: (lastSeq: number) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /**
   * Deletes what was put before `beforeMs`, as far as the reader is done with it; returns how many. The newest record stays,
   * so that its position is never given out again.
   */
  prune(beforeMs: number): number {
    const kept = this.#db.prepare('SELECT seq FROM raw WHERE at >= ? ORDER BY seq LIMIT 1').get(beforeMs);
    const end = Math.min(Number(kept?.seq ?? this.#lastSeq), this.#consumedSeq + 1, this.#lastSeq);
    return Number(this.#db.prepare('DELETE FROM raw WHERE seq < ?').run(end).changes);
  }

  /** Writes what is pending, then closes the database. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#db.close();
  }

  #consume(seq: number): void {
    const last = this.#lastRead;
    if (last !== undefined && seq <= this.#consumedSeq) return;
    if (last?.from === this.#consumedSeq && last.to === seq) this.#backlogBytes -= last.bytes;
    else this.#backlogBytes = Number(this.#backlogAfter.get(seq)?.bytes);
    this.#consumedSeq = seq;
  }

  #flush(): void {
    const batch = this.#pending;
    if (batch.length === 0) return;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    try {
      const at = this.#clock.now();
      inTransaction(this.#db, () => {
        let seq = this.#lastSeq;
        for (const { record } of batch) this.#insert.run(++seq, at, record);
      });
    } catch (error) {
      for (const put of batch) put.reject(error);
      return;
    }
    this.#lastSeq += batch.length;
    this.#backlogBytes += bytes;
    for (const put of batch) put.resolve();
    for (const callback of this.#listeners) callback(this.#lastSeq);
  }
}
