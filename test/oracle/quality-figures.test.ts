import { describe, expect, it } from 'vitest';
import type { OutsideCount } from '../../functions/shared/quality/figures.ts';
import { readFields, readFigures } from '../../functions/shared/quality/read.ts';
import { daySpans, lastHours } from '../../functions/shared/quality/spans.ts';
import { median } from '../../functions/shared/quality/volume.ts';
import { addDays, wallClock } from '../../functions/shared/zoned.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { LATENESS_BOUNDS } from '../../schemas/quality.ts';
import type { QualityRow } from '../../schemas/quality-report.ts';
import { Dice } from '../support/dice.ts';
import { type QualityHistory, qualityHistory } from '../support/quality-history.ts';
import { openFixture, putCommitted } from '../unit/local/lake-fixture.ts';

const SEED = Math.floor(Math.random() * 2 ** 31);
const DAY_MS = 86_400_000;
const PLAN = {
  plan: 'p',
  version: 1,
  owner: 'o',
  events: {
    'Order Completed': {
      title: { en: 'o', zh: 'o' },
      description: '',
      type: 'track' as const,
      properties: { order_id: {}, price: {}, never_sent: {} },
      required: ['order_id'],
    },
  },
};

/** What is asked, counted one by one, by rules written down here a second time. */
class Naive {
  readonly #history: QualityHistory;
  readonly #zone: string;
  constructor(history: QualityHistory, zone: string) {
    this.#history = history;
    this.#zone = zone;
  }

  readonly #clocks = new Map<unknown, { date: string; time: string }>();

  clock(at: LakeRow[string] | undefined): { date: string; time: string } {
    const known = this.#clocks.get(at) ?? wallClock(Date.parse(String(at)), this.#zone);
    this.#clocks.set(at, known);
    return known;
  }

  day = (at: LakeRow[string] | undefined): string => this.clock(at).date;
  eventName = (row: LakeRow): string => String(row.type === 'track' ? row.name : row.type);

  /** Of one event, or of all. */
  events(day: string, source: string, event?: string): LakeRow[] {
    return this.#history.events.filter(
      (row) =>
        this.day(row.received_at) === day &&
        row.source_id === source &&
        (event === undefined || this.eventName(row) === event),
    );
  }

  quarantined(day: string, source: string, event?: string): LakeRow[] {
    const rows = this.#history.quarantine.filter(
      (row) =>
        this.day(row.first_seen) === day &&
        row.source_id === source &&
        (event === undefined || (row.event_name ?? (row.route === 'identify' ? 'identify' : '')) === event),
    );
    return [...new Map(rows.map((row) => [row.quarantine_id, row])).values()];
  }
}

function expectRow(row: QualityRow, naive: Naive, event?: string): void {
  const events = naive.events(row.day, row.source_id, event);
  const flagged = (...names: string[]): number =>
    events.filter(({ flags }) => names.some((name) => (JSON.parse(String(flags)) as string[]).includes(name))).length;
  const late = (row: LakeRow): number =>
    Math.floor((Date.parse(String(row.received_at)) - Date.parse(String(row.occurred_at))) / 1000);
  const quarantined = naive.quarantined(row.day, row.source_id, event);
  expect({
    accepted: row.accepted,
    unplanned: row.unplanned,
    clock_skewed: row.clock_skewed,
    untimed: row.untimed,
    within: row.lateness.within.map(({ events }) => events),
    quarantined: row.quarantined,
    missing: row.faults.filter(({ missing }) => missing).reduce((sum, { entries }) => sum + entries, 0),
  }).toEqual({
    accepted: events.length,
    unplanned: flagged('unplanned_event'),
    clock_skewed: flagged('clock_skewed', 'clock_ahead'),
    untimed: flagged('time_missing'),
    within: LATENESS_BOUNDS.map((bound) => events.filter((event) => late(event) <= bound).length),
    quarantined: quarantined.length,
    missing: quarantined.filter(({ detail }) => /is required and missing\.$/.test(String(detail))).length,
  });
  const p95 = row.lateness.p95_seconds;
  if (p95 !== null)
    expect(events.filter((event) => late(event) <= p95).length).toBeGreaterThanOrEqual(0.95 * events.length);
}

describe.each(['Asia/Shanghai', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns'])('figures in %s', (zone) => {
  it(`are those of a count one by one (seed ${SEED})`, async () => {
    const dice = new Dice(SEED);
    // Clocks change in Berlin on 29 March, in St. John's on 8 March.
    const now = Date.parse('2026-03-31T09:40:00Z');
    const range = { from: Date.parse('2026-02-20T00:00:00Z'), to: Date.parse('2026-04-03T00:00:00Z'), now };
    const history = qualityHistory(dice, range, 4_000);
    const naive = new Naive(history, zone);
    const fixture = await openFixture();
    try {
      await putCommitted(fixture, 'events', history.delivered.events);
      await putCommitted(fixture, 'quarantine', history.delivered.quarantine);
      await fixture.lake.flush();
      const outside: OutsideCount[] = [];
      const sources = { sql: fixture.lake.engine, plan: PLAN, outside: async () => outside };
      const to = wallClock(now, zone).date;
      const spans = daySpans(addDays(to, -9), to, zone);
      const calendar = { now, zone, weeks: 4 };

      const figures = await readFigures(sources, { spans, by: 'source' }, calendar);
      expect(figures.truncated).toBe(false);
      expect(figures.rows.length).toBeGreaterThanOrEqual(30);
      const past = figures.rows.filter(({ day }) => day < to);
      for (const row of past) expectRow(row, naive);
      for (const row of past) {
        const weeks = [1, 2, 3, 4].map((week) => naive.events(addDays(row.day, -7 * week), row.source_id).length);
        expect(row.volume).toMatchObject({ counted: row.accepted, expected: median(weeks), weeks: 4 });
      }
      // The day that is not over: complete hours against the same hours.
      const cut = Math.floor(now / 3_600_000) * 3_600_000;
      const hour = wallClock(cut, zone).time;
      const until = (day: string, source: string): number =>
        naive.events(day, source).filter((row) => naive.clock(row.received_at).time < hour).length;
      for (const row of figures.rows.filter(({ day }) => day === to)) {
        expect(row.volume?.counted).toBe(until(to, row.source_id));
        expect(row.volume?.expected).toBe(
          median([1, 2, 3, 4].map((week) => until(addDays(to, -7 * week), row.source_id))),
        );
      }

      const byEvent = await readFigures(sources, { spans, source: 'web', by: 'event' }, calendar);
      for (const row of byEvent.rows.filter(({ day }) => day < to)) expectRow(row, naive, row.event);
      expect(new Set(byEvent.rows.map(({ event }) => event)).size).toBeGreaterThanOrEqual(5);

      const scope = { spans, events: ['Order Completed'], by: 'event' as const };
      const ofOrders = await readFigures(sources, scope, calendar);
      const fields = (await readFields(sources, scope, ofOrders.rows)).rows;
      expect(new Set(fields.map(({ field }) => field)).size).toBe(7);
      for (const row of fields.filter(({ day }) => day < to)) {
        const events = naive.events(row.day, row.source_id, 'Order Completed');
        const filled = events.filter(({ properties }) => {
          const held: unknown = Object.getOwnPropertyDescriptor(JSON.parse(String(properties)), row.field)?.value;
          return held !== undefined && !['null', '""', '[]', '{}'].includes(JSON.stringify(held));
        }).length;
        const missing = naive
          .quarantined(row.day, row.source_id, 'Order Completed')
          .filter(
            ({ detail, field }) => field === `/properties/${row.field}` && /missing\.$/.test(String(detail)),
          ).length;
        expect({ ...row }).toMatchObject({
          events: events.length + missing,
          empty: events.length + missing - filled,
          planned: Object.hasOwn(PLAN.events['Order Completed'].properties, row.field),
        });
      }

      const window = lastHours(now, 24, zone);
      const [watched] = (await readFigures(sources, { spans: [window], source: 'web', by: 'source' }, calendar)).rows;
      const inWindow = history.events.filter(
        ({ source_id, received_at }) =>
          source_id === 'web' &&
          Date.parse(String(received_at)) >= window.begin &&
          Date.parse(String(received_at)) < window.end,
      );
      expect(watched?.accepted).toBe(inWindow.length);
      expect(window.end - window.begin).toBe(DAY_MS);
    } finally {
      await fixture.dispose();
    }
  });
});
