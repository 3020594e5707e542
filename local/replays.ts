import type { DatabaseSync } from 'node:sqlite';
import { Compile } from 'typebox/compile';
import { decodeRaw, replayRecord } from '../functions/shared/raw-record.ts';
import type { RawStream, SqlEngine } from '../functions/shared/seams.ts';
import { QuarantinedEvent, type Source } from '../schemas/event.ts';

/** What a replay did. */
export interface ReplayReport {
  /** Quarantined events that matched. */
  readonly matched: number;
  /** Events fed in again. */
  readonly fed: number;
  /** Events that cannot be fed in again, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

const validator = Compile(QuarantinedEvent);
const FIELDS = QuarantinedEvent.properties;

const PAGE = 500;
const MARK = Buffer.from('"replay_of"');

/** Feeds quarantined events in again, and remembers which, so that success closes their entries. */
export class Replays {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Feeds in every open entry (of one reason, where given), by way of the raw stream like all else. What fails again stays
   * in quarantine under the same id. Entries of stage `stitch` were applied or are conflicts: they are left and counted.
   */
  async feed(
    context: { sql: SqlEngine; raw: RawStream; source(id: string): Source | undefined },
    options: { reason?: string; dryRun?: boolean } = {},
  ): Promise<ReplayReport> {
    const left: Record<string, number> = {};
    let matched = 0;
    let fed = 0;
    let after = '';
    for (;;) {
      const page = await this.#page(context.sql, after, options.reason);
      for (const item of page) {
        matched += 1;
        const source = context.source(item.source_id);
        if (item.stage === 'stitch' || !source) left[item.reason] = (left[item.reason] ?? 0) + 1;
        else if (!options.dryRun) {
          this.#db
            .prepare('INSERT INTO replays VALUES (?, ?) ON CONFLICT(quarantine_id) DO UPDATE SET body = excluded.body')
            .run(item.quarantine_id, JSON.stringify(item));
          await context.raw.put(replayRecord(item, source), item.quarantine_id);
          fed += 1;
        } else fed += 1;
      }
      after = page.at(-1)?.quarantine_id ?? '';
      if (page.length < PAGE) return { matched, fed, left };
    }
  }

  async #page(sql: SqlEngine, after: string, reason: string | undefined): Promise<QuarantinedEvent[]> {
    const filter = reason === undefined ? '' : 'AND reason = ?';
    const values = reason === undefined ? [after] : [after, reason];
    const { columns, rows } = await sql.query(
      `SELECT * FROM quarantine WHERE status = 'open' AND quarantine_id > ? ${filter} ORDER BY quarantine_id LIMIT ${PAGE}`,
      values,
    );
    return rows.map((row) => {
      const cells = columns.map((name, index) => [name, row[index]] as const);
      const item: unknown = Object.fromEntries(cells.filter(([name, cell]) => name in FIELDS && cell !== null));
      if (validator.Check(item)) return item;
      throw new Error('A quarantine entry of the lake is not as its contract says; restore the lake from a backup.');
    });
  }

  /** The entry that a raw record replays, if it is a replay. */
  closing(record: Uint8Array): QuarantinedEvent | undefined {
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
    const end = bytes.indexOf(10);
    if (!bytes.subarray(0, Math.max(end, 0)).includes(MARK)) return undefined;
    const id = decodeRaw(record).head.replay_of;
    const body =
      id === undefined ? undefined : this.#db.prepare('SELECT body FROM replays WHERE quarantine_id = ?').get(id);
    return body === undefined ? undefined : (JSON.parse(String(body.body)) as QuarantinedEvent);
  }
}
