import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { vi } from 'vitest';

/** A view whose one row is never found, in constant memory: whoever reads it stays there until it is killed. */
const ENDLESS = `CREATE VIEW IF NOT EXISTS endless AS
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) AS n FROM numbers`;
const PATIENCE = { timeout: 60_000, interval: 20 };

/**
 * The raw stream of a server that is to be killed at a known place. It takes so many records and then a put that never ends: the server
 * cannot come past it, however fast it is, and whoever kills it need not be fast.
 */
export class HeldStream {
  readonly #db: DatabaseSync;
  /** Position of the last record that is taken. */
  #last = 0;

  /** @param dir the data folder of a server that has been started once */
  constructor(dir: string) {
    this.#db = new DatabaseSync(join(dir, 'raw.db'));
    this.#db.exec(ENDLESS);
  }

  /** Takes so many records more. Not to be called while a server is held: it holds the database as well. */
  holdAfter(records: number): void {
    this.release();
    this.#last = this.#newest() + records;
    this.#db.exec(
      `CREATE TRIGGER hold BEFORE INSERT ON raw WHEN NEW.seq > ${this.#last} BEGIN SELECT n FROM endless; END`,
    );
  }

  /** Takes everything, from the next record on. */
  release(): void {
    this.#db.exec('DROP TRIGGER IF EXISTS hold');
  }

  /** Resolves when the server is in the put that never ends. */
  async held(): Promise<void> {
    await vi.waitFor(() => {
      if (this.#newest() < this.#last) throw new Error(`The stream is at ${this.#newest()} of ${this.#last} records.`);
      if (!this.#isBeingWritten()) throw new Error('Nobody puts the next record.');
    }, PATIENCE);
  }

  close(): void {
    this.#db.close();
  }

  #newest(): number {
    return Number(this.#db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM raw').get()?.seq);
  }

  #isBeingWritten(): boolean {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch {
      return true;
    }
    this.#db.exec('ROLLBACK');
    return false;
  }
}
