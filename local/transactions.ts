import type { DatabaseSync } from 'node:sqlite';
import { Checkpointer } from './checkpointer.ts';
import type { SqliteDocStore } from './doc-store.ts';
import type { EmbeddedLake } from './lake.ts';
import type { Counters } from './state.ts';

export interface TransactionParts {
  readonly db: DatabaseSync;
  readonly store: SqliteDocStore;
  readonly counters: Counters;
  readonly lake: EmbeddedLake;
}

/** Everything that changes state runs through here: one piece of work after the other, each wholly or not at all. */
export class Transactions {
  readonly #parts: TransactionParts;
  readonly #checkpointer: Checkpointer;
  /** The tail of the line. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: TransactionParts) {
    this.#parts = parts;
    this.#checkpointer = new Checkpointer(parts.db);
  }

  /** Runs in a transaction of its own when those before it are done. Rolled back wholly when it throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const one = (): Promise<T> => this.#one(work);
    const result = this.#line.then(one, one);
    this.#line = result.catch(() => undefined);
    return result;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    await this.#line.catch(() => undefined);
    await this.#checkpointer.close();
  }

  async #one<T>(work: () => Promise<T>): Promise<T> {
    const { db, store, counters, lake } = this.#parts;
    db.exec('BEGIN IMMEDIATE');
    counters.begin();
    try {
      const result = await work();
      counters.write();
      db.exec('COMMIT');
      counters.committed();
      lake.flushWhenLarge();
      void this.#checkpointer.committed();
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      store.rolledBack();
      counters.rolledBack();
      throw error;
    }
  }
}
