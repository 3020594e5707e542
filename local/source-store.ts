import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { hashKey, type StoredKey } from '../functions/shared/sources/keys.ts';
import {
  type Committed,
  MAX_CHANGES,
  type SourceChange,
  type SourceCommit,
  type SourceStore,
  type StoredSecret,
  type StoredSource,
} from '../functions/shared/sources/store.ts';
import type { SourceDefinition } from '../schemas/source.ts';
import { inTransaction, migrate } from './sqlite.ts';

const MIGRATIONS = [
  `CREATE TABLE sources(source_id TEXT PRIMARY KEY, version INTEGER NOT NULL, definition TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE source_keys(hash TEXT PRIMARY KEY, source_id TEXT NOT NULL, id TEXT NOT NULL, last4 TEXT, created_at TEXT NOT NULL,
     valid_until INTEGER) WITHOUT ROWID;
   CREATE TABLE aliases(hash TEXT PRIMARY KEY, source_id TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE source_secrets(source_id TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL,
     created_at TEXT NOT NULL, valid_until INTEGER, PRIMARY KEY (source_id, name, id)) WITHOUT ROWID;
   CREATE TABLE source_changes(source_id TEXT NOT NULL, version INTEGER NOT NULL, change TEXT NOT NULL,
     PRIMARY KEY (source_id, version)) WITHOUT ROWID;`,
];

type Row = Record<string, SQLOutputValue>;
const until = (row: Row): { valid_until?: number } =>
  row.valid_until === null ? {} : { valid_until: Number(row.valid_until) };

/** What opens a source: a hash of a key, or of an alias. */
export interface Opening {
  readonly definition: SourceDefinition;
  readonly valid_until?: number;
}

/** Sources of the embedded binding, in a database file of their own: a reset of the data leaves them alone. */
export class SqliteSourceStore implements SourceStore {
  readonly #db: DatabaseSync;
  readonly #opening: StatementSync;
  readonly #version: StatementSync;
  /** SQLite counts the changes of other connections only. */
  #writes = 0;

  constructor(db: DatabaseSync) {
    db.exec('PRAGMA secure_delete = ON');
    migrate(db, 'sources', MIGRATIONS);
    this.#db = db;
    this.#opening = db.prepare(
      `SELECT definition, valid_until FROM (SELECT hash, source_id, valid_until FROM source_keys
         UNION ALL SELECT hash, source_id, NULL FROM aliases) JOIN sources USING (source_id) WHERE hash = ?`,
    );
    this.#version = db.prepare('PRAGMA data_version');
  }

  /** Another text after every change, whichever process made it. */
  state(): string {
    return `${this.#version.get()?.data_version}.${this.#writes}`;
  }

  /** The source that a key or an alias stands for. */
  opening(key: string): Opening | undefined {
    const row = this.#opening.get(hashKey(key));
    return row && { definition: JSON.parse(String(row.definition)) as SourceDefinition, ...until(row) };
  }

  async list(): Promise<readonly StoredSource[]> {
    return this.all();
  }

  all(): readonly StoredSource[] {
    const rows = this.#db.prepare('SELECT source_id FROM sources ORDER BY source_id').all();
    return rows.flatMap(({ source_id }) => this.read(String(source_id)) ?? []);
  }

  async get(source_id: string): Promise<StoredSource | undefined> {
    return this.read(source_id);
  }

  read(source_id: string): StoredSource | undefined {
    const row = this.#db.prepare('SELECT version, definition FROM sources WHERE source_id = ?').get(source_id);
    if (row === undefined) return undefined;
    const of = (table: string) =>
      this.#db.prepare(`SELECT * FROM ${table} WHERE source_id = ? ORDER BY created_at, id`).all(source_id);
    return {
      definition: JSON.parse(String(row.definition)) as SourceDefinition,
      version: Number(row.version),
      keys: of('source_keys').map(keyOf),
      secrets: of('source_secrets').map(secretOf),
    };
  }

  async commit(next: SourceCommit): Promise<Committed> {
    return this.write(next);
  }

  write(next: SourceCommit): Committed {
    this.#writes += 1;
    return inTransaction(this.#db, () => {
      const { source_id, aliases = [] } = next.definition;
      const there = this.#db.prepare('SELECT version FROM sources WHERE source_id = ?').get(source_id);
      if (Number(there?.version ?? 0) !== next.expected) return 'changed';
      const owner = this.#db.prepare('SELECT source_id FROM aliases WHERE hash = ?');
      const hashes = aliases.map(hashKey);
      if (hashes.some((hash) => (owner.get(hash)?.source_id ?? source_id) !== source_id)) return 'taken';
      this.#put('sources', [source_id, next.expected + 1, JSON.stringify(next.definition)]);
      for (const table of ['source_keys', 'aliases', 'source_secrets']) {
        this.#db.prepare(`DELETE FROM ${table} WHERE source_id = ?`).run(source_id);
      }
      for (const { hash, id, last4, created_at, valid_until } of next.keys) {
        this.#put('source_keys', [hash, source_id, id, last4 ?? null, created_at, valid_until ?? null]);
      }
      for (const hash of hashes) this.#put('aliases', [hash, source_id]);
      for (const { name, id, sealed, created_at, valid_until } of next.secrets) {
        this.#put('source_secrets', [source_id, name, id, sealed, created_at, valid_until ?? null]);
      }
      this.#put('source_changes', [source_id, next.expected + 1, JSON.stringify(next.change)]);
      this.#db
        .prepare('DELETE FROM source_changes WHERE source_id = ? AND version <= ?')
        .run(source_id, next.expected + 1 - MAX_CHANGES);
      return 'done';
    });
  }

  async changes(source_id: string, limit: number): Promise<readonly SourceChange[]> {
    return this.#db
      .prepare('SELECT change FROM source_changes WHERE source_id = ? ORDER BY version DESC LIMIT ?')
      .all(source_id, limit)
      .map(({ change }) => JSON.parse(String(change)) as SourceChange);
  }

  close(): void {
    this.#db.close();
  }

  #put(table: string, values: readonly (string | number | null | Uint8Array)[]): void {
    this.#db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
  }
}

const keyOf = (row: Row): StoredKey => ({
  id: String(row.id),
  hash: String(row.hash),
  ...(row.last4 === null ? {} : { last4: String(row.last4) }),
  created_at: String(row.created_at),
  ...until(row),
});

const secretOf = (row: Row): StoredSecret => ({
  name: String(row.name),
  id: String(row.id),
  sealed: row.sealed instanceof Uint8Array ? row.sealed : new Uint8Array(),
  created_at: String(row.created_at),
  ...until(row),
});
