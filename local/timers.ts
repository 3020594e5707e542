import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BusEvent } from '../functions/shared/seams.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import type { Timer } from '../schemas/decision.ts';

/** One-shot timers in a table; arming a name again has no effect. Changes are part of the surrounding transaction. */
export class TimerTable {
  readonly #insert: StatementSync;
  readonly #due: StatementSync;
  readonly #count: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO timers VALUES (?, ?, ?) ON CONFLICT(name) DO NOTHING');
    this.#due = db.prepare('SELECT body FROM timers WHERE at <= ? ORDER BY at, name LIMIT 1');
    this.#count = db.prepare('SELECT count(*) AS n FROM timers');
    this.#delete = db.prepare('DELETE FROM timers WHERE name = ?');
  }

  /** The in-process counterpart of a campaign's rule on the bus: its target arms the timer. Returns how many were new. */
  armFrom(events: readonly BusEvent[]): number {
    let armed = 0;
    for (const { detail_type, detail } of events) {
      if (detail_type !== TOPOLOGY.bus.campaign_triggered) continue;
      const timer = detail.timer as Timer;
      armed += Number(this.#insert.run(timer.name, timer.at, JSON.stringify(timer)).changes);
    }
    return armed;
  }

  /** The earliest timer that is due at `ms`. */
  nextDue(ms: number): Timer | undefined {
    const row = this.#due.get(new Date(ms).toISOString());
    return row === undefined ? undefined : (JSON.parse(String(row.body)) as Timer);
  }

  /** Timers that wait for their time. */
  waiting(): number {
    return Number(this.#count.get()?.n);
  }

  /** A timer fires once. */
  remove(name: string): void {
    this.#delete.run(name);
  }
}
