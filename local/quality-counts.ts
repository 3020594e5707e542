import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OutsideCount } from '../functions/shared/quality/figures.ts';
import type { Span } from '../functions/shared/quality/spans.ts';
import { migrate } from './sqlite.ts';

/** Time zones are that far apart at the least, so every local day is a sum of these. */
const QUARTER_MS = 900_000;
/** Kept as long as anybody compares with. */
const KEPT_MS = 100 * 86_400_000;
/** Different names of events in a quarter; names are the sender's, and more are counted without one. */
const MAX_NAMES_PER_QUARTER = 500;

const MIGRATIONS = [
  `CREATE TABLE quality_counts(quarter INTEGER NOT NULL, source_id TEXT NOT NULL, event TEXT NOT NULL, kind TEXT NOT NULL,
     reason TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (quarter, source_id, event, kind, reason)) WITHOUT ROWID;
   CREATE TABLE quality_alarms(alarm TEXT PRIMARY KEY, since TEXT NOT NULL) WITHOUT ROWID;`,
];

type Counted = Omit<OutsideCount, 'day' | 'count'>;

/**
 * Counts of what the lake cannot know, because it never reaches it: what was refused at the door, and repeats that were dropped. By
 * quarter of an hour of arrival. One write for each different thing of a transaction, not for each event.
 */
export class QualityCounts {
  readonly #upsert: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;
  #quarter = 0;
  readonly #names = new Set<string>();
  #pending = new Map<string, number>();
  /** What was pending when the transaction under way began: it is not the transaction's to take back. */
  #before = new Map<string, number>();

  constructor(db: DatabaseSync) {
    migrate(db, 'quality', MIGRATIONS);
    this.#upsert = db.prepare(
      `INSERT INTO quality_counts VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT(quarter, source_id, event, kind, reason) DO UPDATE SET n = n + excluded.n`,
    );
    this.#select = db.prepare(
      `SELECT source_id, event, kind, reason, sum(n) AS n FROM quality_counts WHERE quarter >= ? AND quarter < ?
       GROUP BY source_id, event, kind, reason`,
    );
    this.#delete = db.prepare('DELETE FROM quality_counts WHERE quarter < ?');
  }

  /** Counts one more, which arrived at `ms`. */
  add({ source_id, event, kind, reason }: Counted, ms: number): void {
    const quarter = Math.floor(ms / QUARTER_MS);
    const key = JSON.stringify([quarter, source_id, this.#isKnown(quarter, event) ? event : '', kind, reason]);
    this.#pending.set(key, (this.#pending.get(key) ?? 0) + 1);
  }

  #isKnown(quarter: number, event: string): boolean {
    if (quarter > this.#quarter) {
      this.#quarter = quarter;
      this.#names.clear();
    }
    if (this.#names.size < MAX_NAMES_PER_QUARTER) this.#names.add(event);
    return this.#names.has(event);
  }

  /** What was counted in each span, those of the transaction under way not included. */
  read(spans: readonly Span[]): OutsideCount[] {
    return spans.flatMap(({ label, begin, end }) =>
      this.#select.all(Math.ceil(begin / QUARTER_MS), Math.ceil(end / QUARTER_MS)).map((row) => ({
        day: label,
        source_id: String(row.source_id),
        event: String(row.event),
        kind: row.kind === 'refused' ? ('refused' as const) : ('duplicate' as const),
        reason: String(row.reason),
        count: Number(row.n),
      })),
    );
  }

  /** Forgets what nobody compares with any more. */
  prune(now: number): void {
    this.#delete.run(Math.floor((now - KEPT_MS) / QUARTER_MS));
  }

  /** At the begin of a transaction. */
  begin(): void {
    this.#before = new Map(this.#pending);
  }

  /** Writes what was added since the last call; to be called inside the transaction. */
  write(): void {
    for (const [key, n] of this.#pending) {
      const [quarter, source, event, kind, reason] = JSON.parse(key) as [number, string, string, string, string];
      this.#upsert.run(quarter, source, event, kind, reason, n);
    }
  }

  /** After the commit. */
  committed(): void {
    this.#pending = new Map();
  }

  /** After a rollback: what was added since the begin is void. */
  rolledBack(): void {
    this.#pending = this.#before;
  }
}
