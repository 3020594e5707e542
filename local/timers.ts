import type { DatabaseSync } from 'node:sqlite';
import type { BusEvent } from '../functions/shared/seams.ts';
import type { Timer } from '../schemas/decision.ts';

/** One-shot timers in a table; arming a name again has no effect. Changes are part of the surrounding transaction. */
export class TimerTable {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The in-process counterpart of a campaign's rule on the bus: its target arms the timer. Returns how many were new. */
  armFrom(events: readonly BusEvent[]): number {
    const insert = this.#db.prepare('INSERT INTO timers VALUES (?, ?, ?) ON CONFLICT(name) DO NOTHING');
    let armed = 0;
    for (const { detail } of events) {
      const timer = detail.timer as Timer;
      armed += Number(insert.run(timer.name, timer.at, JSON.stringify(timer)).changes);
    }
    return armed;
  }

  /** The earliest timer that is due at `ms`. */
  nextDue(ms: number): Timer | undefined {
    const row = this.#db
      .prepare('SELECT body FROM timers WHERE at <= ? ORDER BY at, name LIMIT 1')
      .get(new Date(ms).toISOString());
    return row === undefined ? undefined : (JSON.parse(String(row.body)) as Timer);
  }

  /** Timers that wait for their time. */
  waiting(): number {
    return Number(this.#db.prepare('SELECT count(*) AS n FROM timers').get()?.n);
  }

  /** A timer fires once. */
  remove(name: string): void {
    this.#db.prepare('DELETE FROM timers WHERE name = ?').run(name);
  }
}
