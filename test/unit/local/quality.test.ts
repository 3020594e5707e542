import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { barsOf, bySource, daysBetween } from '../../../local/page/quality-figures.js';
import { EmbeddedQuality } from '../../../local/quality-desk.ts';
import { Counters, migrateState } from '../../../local/state.ts';
import type { QualityRules } from '../../../schemas/quality.ts';
import type { QualityRow } from '../../../schemas/quality-report.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-03-10T12:30:00Z');

function database(): { db: DatabaseSync; counters: Counters } {
  const db = new DatabaseSync(':memory:');
  migrateState(db);
  return { db, counters: new Counters(db) };
}
const commit = (counters: Counters, work: () => void): void => {
  counters.begin();
  work();
  counters.write();
  counters.committed();
};
const span = (from: string, to: string) => ({ label: 'day', begin: Date.parse(from), end: Date.parse(to) });

describe('counts of what never reaches the lake', () => {
  const refused = { source_id: 'web', event: '', kind: 'refused' as const, reason: 'unknown_key' };

  it('are by arrival, and so of any local day', () => {
    const { counters } = database();
    commit(counters, () => {
      for (const at of ['2026-03-09T18:14:59.999Z', '2026-03-09T18:15:00Z', '2026-03-09T18:20:00Z'])
        counters.quality.add(refused, Date.parse(at));
    });
    // Midnight in Kathmandu.
    const read = counters.quality.read([span('2026-03-09T18:15:00Z', '2026-03-10T18:15:00Z')]);
    expect(read).toEqual([{ ...refused, day: 'day', count: 2 }]);
  });

  it('of a transaction that is rolled back are void, and those before it are not', () => {
    const { counters } = database();
    counters.quality.add(refused, NOW);
    counters.begin();
    counters.quality.add(refused, NOW);
    counters.rolledBack();
    commit(counters, () => undefined);
    expect(counters.quality.read([span('2026-03-10T00:00Z', '2026-03-11T00:00Z')])).toMatchObject([{ count: 1 }]);
  });

  it('name at most 500 events in a quarter of an hour, and lose no count', () => {
    const { counters } = database();
    commit(counters, () => {
      for (let place = 0; place < 600; place++)
        counters.quality.add({ ...refused, kind: 'duplicate', event: `event ${place}` }, NOW);
    });
    const read = counters.quality.read([span('2026-03-10T00:00Z', '2026-03-11T00:00Z')]);
    expect(read).toHaveLength(501);
    expect(read.reduce((sum, { count }) => sum + count, 0)).toBe(600);
    counters.quality.prune(NOW + 101 * 24 * HOUR_MS);
    expect(counters.quality.read([span('2026-03-10T00:00Z', '2026-03-11T00:00Z')])).toEqual([]);
  });
});

describe('a broken rule', () => {
  const rules: QualityRules = {
    version: 1,
    owner: 'tests',
    time_zone: 'Asia/Shanghai',
    window_hours: 24,
    weeks: 2,
    rules: [
      {
        id: 'refusals',
        title: { en: 'Refusals', zh: '拒绝' },
        measure: 'refused_share',
        above: 0.1,
        min_events: 1,
        severity: 'error',
      },
    ],
  };

  it('is told once, keeps its time over a restart, and is told again when it comes back', async () => {
    const { db, counters } = database();
    let now = NOW;
    const lines: string[] = [];
    const open = () =>
      new EmbeddedQuality({
        db,
        counters,
        quality_rules: rules,
        plan: { plan: 'p', version: 1, owner: 'o', events: {} },
        clock: { now: () => now },
        sql: { query: async () => ({ columns: [], rows: [], truncated: false }) },
        pipeline: { materialise: async () => undefined, transaction: (work) => work() },
        log: (line) => lines.push(line),
      });
    commit(counters, () =>
      counters.quality.add({ source_id: 'web', event: '', kind: 'refused', reason: 'x' }, NOW - HOUR_MS),
    );
    const first = await open().alarms();
    expect(first).toMatchObject([{ rule: 'refusals', source_id: 'web', value: 1, since: '2026-03-10T12:30:00.000Z' }]);
    now += HOUR_MS;
    expect(await open().alarms()).toMatchObject([{ since: '2026-03-10T12:30:00.000Z' }]);
    expect(lines).toEqual(['Quality: Refusals (rule refusals, source web).\n']);
    now += 30 * HOUR_MS;
    expect(await open().alarms()).toEqual([]);
    commit(counters, () =>
      counters.quality.add({ source_id: 'web', event: '', kind: 'refused', reason: 'x' }, now - HOUR_MS),
    );
    expect(await open().alarms()).toMatchObject([{ since: '2026-03-11T19:30:00.000Z' }]);
    expect(lines).toHaveLength(2);
  });
});

describe('the picture of a source', () => {
  const row = (more: Partial<QualityRow>): QualityRow => ({
    day: '2026-03-01',
    source_id: 'web',
    event: '',
    accepted: 0,
    quarantined: 0,
    quarantine_share: null,
    faults: [],
    duplicates: null,
    duplicate_share: null,
    refused: null,
    refused_share: null,
    refused_by: [],
    unplanned: 0,
    unplanned_share: null,
    clock_skewed: 0,
    clock_skew_share: null,
    untimed: 0,
    lateness: { within: [], p50_seconds: null, p95_seconds: null },
    volume: null,
    ...more,
  });
  const late = (minute: number, hour: number) => ({
    within: [
      { seconds: 60, events: minute },
      { seconds: 3_600, events: hour },
    ],
    p50_seconds: null,
    p95_seconds: null,
  });

  it('adds up the days, the busiest source first', () => {
    const rows = [
      row({ source_id: 'app', accepted: 1 }),
      row({ day: '2026-03-02', accepted: 10, duplicates: 2, lateness: late(10, 10) }),
      row({ accepted: 90, quarantined: 5, duplicates: 1, lateness: late(80, 86) }),
    ];
    const [web, app] = bySource(rows);
    expect(web).toMatchObject({ source: 'web', accepted: 100, quarantined: 5, duplicates: 3, refused: 0, late: 3_600 });
    expect(web?.days.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02']);
    expect(app?.late, 'more than any bound').toBeNull();
    expect(bySource([row({})])[0]?.late).toBeUndefined();
  });

  it('has a bar for each day, of the height of the highest bar or mark', () => {
    const volume = { counted: 5, expected: 20, deviation: 0, weeks: 4, ratio: 0.25 };
    expect(barsOf([row({ accepted: 5, volume })], daysBetween('2026-02-28', '2026-03-01'))).toEqual([
      { day: '2026-02-28', count: 0, expected: undefined, height: 0, mark: undefined },
      { day: '2026-03-01', count: 5, expected: 20, height: 0.25, mark: 1 },
    ]);
  });
});
