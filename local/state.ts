import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CleanEvent } from '../schemas/event.ts';
import { QualityCounts } from './quality-counts.ts';
import { migrate } from './sqlite.ts';

const MIGRATIONS = [
  `CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE counters(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE timers(name TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX timers_at ON timers(at, name);
   CREATE TABLE dirty_persons(key TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE replays(quarantine_id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE messages(seq INTEGER PRIMARY KEY, send_id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL,
     status TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, error TEXT);
   CREATE INDEX messages_due ON messages(due_at) WHERE status = 'pending';`,
  'CREATE TABLE match_due(key TEXT PRIMARY KEY) WITHOUT ROWID',
  'DROP TABLE replays',
];

/** Makes the tables of the embedded pipeline that no other module owns. */
export const migrateState = (db: DatabaseSync): void => migrate(db, 'pipeline', MIGRATIONS);

/** Small values that must commit together with the pipeline's effects: its checkpoint, the clock's offset. */
export class Meta {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT value FROM meta WHERE name = ?');
    this.#upsert = db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value');
  }

  getNumber(name: string, fallback: number): number {
    const value = this.#select.get(name)?.value;
    return value === undefined ? fallback : Number(value);
  }

  setNumber(name: string, value: number): void {
    this.#upsert.run(name, String(value));
  }
}

/** Exact counts of what happened, by dotted name; written with the transaction that they count. */
export class Counters {
  /** By time, source and event; of what the lake cannot know. */
  readonly quality: QualityCounts;
  readonly #upsert: StatementSync;
  readonly #committed = new Map<string, number>();
  #pending = new Map<string, number>();
  /** What was pending when the transaction under way began: it is not the transaction's to take back. */
  #before = new Map<string, number>();

  constructor(db: DatabaseSync) {
    this.quality = new QualityCounts(db);
    this.#upsert = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET n = n + excluded.n');
    for (const row of db.prepare('SELECT name, n FROM counters').all())
      this.#committed.set(String(row.name), Number(row.n));
  }

  add(name: string, n = 1): void {
    if (n !== 0) this.#pending.set(name, (this.#pending.get(name) ?? 0) + n);
  }

  /** Counts a repeat that was dropped, in all and for its source and event. */
  duplicate({ source_id, type, name, received_at }: CleanEvent): void {
    const event = type === 'track' ? name : type;
    this.add('stitch.duplicates');
    this.quality.add({ source_id, event, kind: 'duplicate', reason: '' }, Date.parse(received_at));
  }

  get(name: string): number {
    return (this.#committed.get(name) ?? 0) + (this.#pending.get(name) ?? 0);
  }

  /** Names under a prefix, without it, with their counts. */
  under(prefix: string): [string, number][] {
    const names = new Set([...this.#committed.keys(), ...this.#pending.keys()]);
    const found = [...names].filter((name) => name.startsWith(prefix)).sort();
    return found.map((name) => [name.slice(prefix.length), this.get(name)]);
  }

  /** At the begin of a transaction. */
  begin(): void {
    this.#before = new Map(this.#pending);
    this.quality.begin();
  }

  /** Writes what was added since the last call; to be called inside the transaction. */
  write(): void {
    for (const [name, n] of this.#pending) this.#upsert.run(name, n);
    this.quality.write();
  }

  /** After the commit. */
  committed(): void {
    for (const [name, n] of this.#pending) this.#committed.set(name, (this.#committed.get(name) ?? 0) + n);
    this.#pending = new Map();
    this.quality.committed();
  }

  /** After a rollback: what was added since the begin is void. */
  rolledBack(): void {
    this.#pending = this.#before;
    this.quality.rolledBack();
  }
}
