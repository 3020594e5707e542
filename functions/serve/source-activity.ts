import { addDays } from '../shared/zoned.ts';
import type { ServeDeps } from './deps.ts';

const DAYS = 7;
const MS_PER_DAY = 86_400_000;

/** What a source has sent. */
export interface SourceActivity {
  /** ISO 8601; null for nothing in seven days. */
  readonly last_event: string | null;
  /** Events of the last 24 hours, and how many of them could not be used. */
  readonly accepted_24h: number;
  readonly quarantined_24h: number;
  readonly events_per_day: number;
}

const timestamp = (ms: number): string => `TIMESTAMP '${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}'`;

/** The days whose partitions may hold what was received since, as a condition. */
function partitions(since: number, now: number): string {
  const days: string[] = [];
  const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  for (let day = dayOf(since); day <= dayOf(now + MS_PER_DAY); day = addDays(day, 1)) days.push(`'${day}'`);
  return `ingest_day IN (${days.join(', ')})`;
}

/** What each source has sent in the last seven days, by id. @throws what the lake throws */
export async function activityBySource({ sql, clock }: Pick<ServeDeps, 'sql' | 'clock'>) {
  const now = clock.now();
  const [week, day] = [now - DAYS * MS_PER_DAY, now - MS_PER_DAY];
  const [events, quarantined] = await Promise.all([
    sql.query(
      `SELECT source_id, max(received_at), sum(CASE WHEN received_at >= ${timestamp(day)} THEN 1 ELSE 0 END), count(*)
       FROM events_rows WHERE ${partitions(week, now)} AND received_at >= ${timestamp(week)} GROUP BY source_id`,
      [],
    ),
    sql.query(
      `SELECT source_id, count(*) FROM quarantine_rows
       WHERE ${partitions(day, now)} AND first_seen >= ${timestamp(day)} GROUP BY source_id`,
      [],
    ),
  ]);
  const broken = new Map(quarantined.rows.map(([source, count]) => [String(source), Number(count)]));
  const found = new Map<string, SourceActivity>();
  for (const [source, last, today, count] of events.rows) {
    const source_id = String(source);
    found.set(source_id, {
      last_event: instantOf(last),
      accepted_24h: Number(today),
      quarantined_24h: broken.get(source_id) ?? 0,
      events_per_day: Math.round((10 * Number(count)) / DAYS) / 10,
    });
  }
  const none = { last_event: null, accepted_24h: 0, events_per_day: 0 };
  return (source_id: string): SourceActivity =>
    found.get(source_id) ?? { ...none, quarantined_24h: broken.get(source_id) ?? 0 };
}

/** Engines write times as `2026-01-31 08:00:00.000`, without a zone, and mean UTC. */
function instantOf(value: unknown): string | null {
  const text = String(value).replace(' ', 'T');
  const ms = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
