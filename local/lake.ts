import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LakeSink, SqlEngine } from '../functions/shared/seams.ts';
import type { LakeRow, LakeTableName } from '../schemas/lake.ts';
import { filesToMerge } from './lake/compaction.ts';
import { reconcileFiles } from './lake/files.ts';
import { FileLeases } from './lake/leases.ts';
import { Manifest } from './lake/manifest.ts';
import { Outbox } from './lake/outbox.ts';
import { relationStatements } from './lake/relations.ts';
import { LakeThread } from './lake/thread-client.ts';
import { openSqlEngine, type SqlEngineOptions, type SqlPool } from './sql.ts';

export interface LakeOptions {
  /** The connection that holds the pipeline's state; rows commit with it. */
  readonly db: DatabaseSync;
  /** The data folder; the lake is its subfolder `lake`. */
  readonly dir: string;
  /** Files of one table and day above which `compact` merges them. Default 16. */
  readonly maxFilesPerDay?: number;
  readonly sql?: SqlEngineOptions;
}

const MAX_FILES_PER_DAY = 16;
/** Rows that wait, as characters of NDJSON, beyond which they need not wait for somebody to ask: some 7,000 events. */
const LARGE_OUTBOX_CHARS = 8 * 1024 * 1024;

/** Opens, or makes, the embedded lake; repairs what a crash left. @throws Error when files of the lake are missing. */
export async function openLake(options: LakeOptions): Promise<EmbeddedLake> {
  await mkdir(join(options.dir, 'lake'), { recursive: true });
  const dir = await realpath(join(options.dir, 'lake'));
  if (/[*?[\]{}]/.test(dir)) {
    throw new Error(
      `The data folder ${dir} must not have any of * ? [ ] { } in its path; DuckDB reads them as patterns.`,
    );
  }
  const manifest = new Manifest(options.db);
  const outbox = new Outbox(options.db);
  await reconcileFiles(dir, manifest.list());
  const database = options.db.location();
  if (database === null) throw new Error('The lake needs a database in a file: its rows are read by another thread.');
  const thread = new LakeThread({ dir, database });
  return new EmbeddedLake({ ...options, dir, manifest, outbox, thread });
}

interface Parts extends LakeOptions {
  readonly manifest: Manifest;
  readonly outbox: Outbox;
  readonly thread: LakeThread;
}

/** The lake of the embedded binding: outbox in SQLite → Parquet by ingest day → DuckDB. */
export class EmbeddedLake implements LakeSink {
  readonly engine: SqlEngine;
  readonly #parts: Parts;
  readonly #leases = new FileLeases();
  readonly #sql: SqlPool;
  /** The tail of the line of operations on files; one at a time. */
  #line: Promise<unknown> = Promise.resolve();
  #queuedFlush: Promise<void> | undefined;
  #flushing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sql = openSqlEngine({ dir: parts.dir, snapshot: () => this.#snapshot(), ...parts.sql });
    this.engine = this.#sql;
  }

  /** Appends in the transaction that is open on the connection; the insert is done when the call returns. */
  async put(table: LakeTableName, rows: readonly LakeRow[]): Promise<void> {
    this.#parts.outbox.put(table, rows);
  }

  /** What is in Parquet, and what still waits to be. */
  totals(): { files: number; rows: number; pending: number } {
    return { ...this.#parts.manifest.totals(), pending: this.pendingRows() };
  }

  /** Rows that are committed or about to be, and not yet in Parquet. */
  pendingRows(): number {
    return this.#parts.outbox.pendingRows();
  }

  /**
   * Moves everything committed before the call to Parquet. Callers that come while a flush waits share it.
   * It waits until no transaction is open on the connection, so do not await it inside one.
   */
  flush(): Promise<void> {
    this.#queuedFlush ??= this.#inLine(async () => {
      this.#queuedFlush = undefined;
      await this.#flushNow();
    });
    return this.#queuedFlush;
  }

  /**
   * Starts a flush when much waits, and does not wait for it: Parquet is made on other threads while the pipeline goes on,
   * so that whoever asks next finds little left to do. A failure shows at the next `flush`, which tries the same again.
   */
  flushWhenLarge(): void {
    if (this.#parts.outbox.waitingChars < LARGE_OUTBOX_CHARS || this.#flushing) return;
    this.#flushing = true;
    this.flush()
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = false;
      });
  }

  /** Merges small files where a table has too many for one day. Readers see the rows once at any moment. */
  compact(): Promise<void> {
    return this.#inLine(async () => {
      const { manifest, thread, dir } = this.#parts;
      for (const group of filesToMerge(manifest.list(), this.#parts.maxFilesPerDay ?? MAX_FILES_PER_DAY)) {
        const merged = await thread.merge(group.files, group.name);
        await this.#betweenTransactions(() => manifest.swap({ add: [merged], remove: group.files }));
        await this.#betweenTransactions(() => manifest.sync());
        this.#leases.retire(group.files.map((file) => join(dir, file.path)));
      }
    });
  }

  /** Forgets every row and file. */
  reset(): Promise<void> {
    return this.#inLine(async () => {
      const { manifest, outbox, dir } = this.#parts;
      const files = manifest.list();
      await this.#betweenTransactions(() =>
        manifest.swap({ add: [], remove: files }, () => outbox.deleteUpTo(outbox.lastSeq())),
      );
      await this.#betweenTransactions(() => manifest.sync());
      this.#leases.retire(files.map((file) => join(dir, file.path)));
    });
  }

  /** Ends queries and waits for work in hand. Rows still in the outbox stay there for the next start. */
  async close(): Promise<void> {
    await this.#sql.close();
    await this.#line;
    await this.#leases.settled();
    await this.#parts.thread.close();
  }

  async #flushNow(): Promise<void> {
    const { manifest, outbox, thread } = this.#parts;
    const upTo = await this.#betweenTransactions(() => outbox.lastSeq());
    for (;;) {
      const round = await thread.writeRound(upTo);
      if (!round) return;
      await this.#betweenTransactions(() =>
        manifest.swap({ add: round.files, remove: [] }, () => outbox.deleteUpTo(round.lastSeq)),
      );
    }
  }

  async #snapshot(): Promise<{ version: number; statements: () => readonly string[]; release: () => void }> {
    if (this.#parts.outbox.lastSeq() > 0) await this.flush();
    const { manifest, dir } = this.#parts;
    const release = this.#leases.acquire();
    return { version: manifest.version, statements: () => relationStatements(dir, manifest.list()), release };
  }

  /** Runs the work at a moment when the pipeline has no transaction open on the shared connection. */
  async #betweenTransactions<T>(work: () => T): Promise<T> {
    while (this.#parts.db.isTransaction) await nextTurn();
    return work();
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#line.then(work);
    this.#line = result.catch(() => undefined);
    return result;
  }
}
