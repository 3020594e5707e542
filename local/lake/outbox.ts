import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assertLakeRow, lakeTable, toNdjsonLine } from '../../functions/lake/rows.ts';
import type { LakeRow, LakeTableName } from '../../schemas/lake.ts';

export interface OutboxEntry {
  readonly seq: number;
  readonly table: LakeTableName;
  /** Lines of JSON, one per row, without a newline at the end; as bytes, since they only go on to a file. */
  readonly ndjson: Uint8Array;
}

/**
 * Rows on their way to the lake, in the same SQLite connection as the state they were made with: they commit with it or not at
 * all, which is what makes the embedded lake exactly once.
 */
export class Outbox {
  readonly #insert: StatementSync;
  readonly #pending: StatementSync;
  readonly #last: StatementSync;
  readonly #page: StatementSync;
  readonly #delete: StatementSync;
  #waitingChars = 0;

  constructor(db: DatabaseSync) {
    // AUTOINCREMENT: file names carry sequence numbers, so a number must never come back.
    db.exec(`CREATE TABLE IF NOT EXISTS lake_outbox (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT NOT NULL, n INTEGER NOT NULL, rows TEXT NOT NULL)`);
    this.#insert = db.prepare('INSERT INTO lake_outbox (tbl, n, rows) VALUES (?, ?, ?)');
    this.#pending = db.prepare('SELECT coalesce(sum(n), 0) AS n FROM lake_outbox');
    this.#last = db.prepare('SELECT max(seq) AS seq FROM lake_outbox');
    this.#page = db.prepare(
      'SELECT seq, tbl, CAST(rows AS BLOB) AS rows FROM lake_outbox WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
    );
    this.#delete = db.prepare('DELETE FROM lake_outbox WHERE seq <= ?');
  }

  /** Appends in the caller's transaction. @throws LakeRowError when a row does not fit its table; then nothing is written. */
  put(name: LakeTableName, rows: readonly LakeRow[]): void {
    if (rows.length === 0) return;
    const table = lakeTable(name);
    for (const row of rows) assertLakeRow(table, row);
    const ndjson = rows.map((row) => toNdjsonLine(table, row)).join('\n');
    this.#insert.run(name, rows.length, ndjson);
    this.#waitingChars += ndjson.length;
  }

  /** Characters put since the outbox was last emptied, roughly: what was rolled back counts too. */
  get waitingChars(): number {
    return this.#waitingChars;
  }

  pendingRows(): number {
    return Number(this.#pending.get()?.n ?? 0);
  }

  /** The last sequence number in the outbox, 0 when it is empty. */
  lastSeq(): number {
    return Number(this.#last.get()?.seq ?? 0);
  }

  page(range: { after: number; upTo: number; limit: number }): readonly OutboxEntry[] {
    return this.#page.all(range.after, range.upTo, range.limit).map((row) => ({
      seq: Number(row.seq),
      table: String(row.tbl) as LakeTableName, // written by `put` alone
      ndjson: row.rows as Uint8Array, // cast in the statement
    }));
  }

  deleteUpTo(seq: number): void {
    this.#delete.run(seq);
    this.#waitingChars = 0;
  }
}
