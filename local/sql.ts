import { type SqlEngine, SqlError, type SqlResult } from '../functions/shared/seams.ts';
import type { QueryLimits } from './sql/messages.ts';
import { SqlWorker } from './sql/worker-client.ts';

/** The lake's files at one moment. */
export interface LakeSnapshot {
  /** Two snapshots with the same version have the same files. */
  readonly version: number;
  /** Statements that make the views over these files. */
  readonly statements: () => readonly string[];
  /** To be called once when the files are no longer read. */
  readonly release: () => void;
}

export interface SqlEngineOptions {
  /** Time for one query, s. Default 20. */
  readonly seconds?: number;
  /** Rows in one answer. Default 10,000. */
  readonly rows?: number;
  /** Size of one answer as JSON, characters. Default 16 Mi. */
  readonly answerChars?: number;
  /** Memory of DuckDB for one query, MiB. Default 1,024. */
  readonly memoryMiB?: number;
  /** Queries at the same time, each in its own process. Default 2. */
  readonly workers?: number;
  /** Queries that may wait. Default 64. */
  readonly queue?: number;
}

export interface SqlPool extends SqlEngine {
  /** Ends running queries and refuses new ones. */
  close(): Promise<void>;
}

const DEFAULTS = { seconds: 20, rows: 10_000, answerChars: 16 * 1024 * 1024, memoryMiB: 1_024, workers: 2, queue: 64 };
/** Longest query text, characters. */
const MAX_SQL_CHARS = 256 * 1024;
/** What a process may take beyond DuckDB's limit: Node itself, and allocations DuckDB does not count. */
const PROCESS_MEMORY_FACTOR = 1.75;
const THREADS = 2;

/** A read-only SQL engine over the embedded lake. Nothing is started before the first query. */
export function openSqlEngine(
  options: SqlEngineOptions & { dir: string; snapshot: () => Promise<LakeSnapshot> },
): SqlPool {
  return new WorkerPool(options);
}

class WorkerPool implements SqlPool {
  readonly #options: typeof DEFAULTS & { dir: string };
  readonly #snapshot: () => Promise<LakeSnapshot>;
  readonly #idle: SqlWorker[] = [];
  readonly #all = new Set<SqlWorker>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(options: SqlEngineOptions & { dir: string; snapshot: () => Promise<LakeSnapshot> }) {
    const { snapshot, ...rest } = options;
    this.#options = { ...DEFAULTS, ...rest };
    this.#snapshot = snapshot;
  }

  async query(sql: string, parameters: readonly (string | number | boolean)[] = []): Promise<SqlResult> {
    if (sql.length > MAX_SQL_CHARS) throw new SqlError(`The query is longer than ${MAX_SQL_CHARS} characters.`);
    await this.#takeSlot();
    try {
      return await this.#run(sql, parameters);
    } finally {
      // The slot goes straight to the next in line, so that a newcomer cannot take it in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const worker of this.#all) worker.end();
    this.#all.clear();
  }

  async #run(sql: string, parameters: readonly (string | number | boolean)[]): Promise<SqlResult> {
    const snapshot = await this.#snapshot();
    const worker = this.#takeWorker();
    try {
      return await worker.run({ sql, parameters, limits: this.#limits() }, snapshot);
    } finally {
      snapshot.release();
      if (worker.alive) this.#idle.push(worker);
      else this.#all.delete(worker);
    }
  }

  #limits(): QueryLimits {
    return { seconds: this.#options.seconds, rows: this.#options.rows, answerChars: this.#options.answerChars };
  }

  async #takeSlot(): Promise<void> {
    if (this.#running < this.#options.workers) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#options.queue) {
      throw new SqlError(`${this.#options.queue} queries are waiting already; try again in a moment.`);
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #takeWorker(): SqlWorker {
    if (this.#closed) throw new SqlError('The lake is closed.');
    for (let worker = this.#idle.pop(); worker; worker = this.#idle.pop()) {
      if (worker.alive) return worker;
      this.#all.delete(worker);
    }
    const { dir, memoryMiB } = this.#options;
    const processMemoryMiB = Math.round(memoryMiB * PROCESS_MEMORY_FACTOR);
    const worker = new SqlWorker({ dir, memoryMiB, processMemoryMiB, threads: THREADS });
    this.#all.add(worker);
    return worker;
  }
}
