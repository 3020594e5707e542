import type { DatabaseSync } from 'node:sqlite';
import type { LakeTableName } from '../../schemas/lake.ts';

export interface LakeFile {
  /** Relative to the lake folder, with `/`. */
  readonly path: string;
  readonly table: LakeTableName;
  /** YYYY-MM-DD, UTC. */
  readonly ingestDay: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Which Parquet files are the lake. A file that is not listed here does not exist for any reader. */
export class Manifest {
  readonly #db: DatabaseSync;
  /** Grows with every change, so that a reader sees whether its views are current. */
  #version = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(`CREATE TABLE IF NOT EXISTS lake_files (
      path TEXT PRIMARY KEY, tbl TEXT NOT NULL, ingest_day TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL)`);
  }

  get version(): number {
    return this.#version;
  }

  /** Brings committed changes to the disk: to be called before files that are no longer listed are deleted. */
  sync(): void {
    this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** Files and the rows in them. */
  totals(): { files: number; rows: number } {
    const row = this.#db.prepare('SELECT count(*) AS files, coalesce(sum(rows), 0) AS n FROM lake_files').get();
    return { files: Number(row?.files), rows: Number(row?.n) };
  }

  list(): readonly LakeFile[] {
    const rows = this.#db
      .prepare('SELECT path, tbl, ingest_day, rows, bytes FROM lake_files ORDER BY tbl, ingest_day, path')
      .all();
    return rows.map((row) => ({
      path: String(row.path),
      table: String(row.tbl) as LakeTableName, // written by `swap` alone, from a LakeFile
      ingestDay: String(row.ingest_day),
      rows: Number(row.rows),
      bytes: Number(row.bytes),
    }));
  }

  /** Exchanges files in one transaction, together with `more` (e.g. deleting what was flushed): all or nothing. */
  swap(change: { add: readonly LakeFile[]; remove: readonly LakeFile[] }, more?: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const remove = this.#db.prepare('DELETE FROM lake_files WHERE path = ?');
      for (const file of change.remove) remove.run(file.path);
      const add = this.#db.prepare(
        'INSERT INTO lake_files (path, tbl, ingest_day, rows, bytes) VALUES (?, ?, ?, ?, ?)',
      );
      for (const file of change.add) add.run(file.path, file.table, file.ingestDay, file.rows, file.bytes);
      more?.();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#version += 1;
  }
}
