import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addColumns,
  compact,
  createHistory,
  forgetBefore,
  historyRelation,
  landingRelation,
  mergeDay,
  vacuum,
} from '../../../functions/lake/history.ts';
import { EVENTS, LAKE_TABLES, type LakeRow, PERSON_CHANGES, PROFILES } from '../../../schemas/lake.ts';
import { TwoTierLake } from '../../support/lake-history.ts';

const DAY = '2026-03-01';
const event = (event_id: string, more: LakeRow = {}): LakeRow => ({
  event_id,
  owner: 'user_id:o',
  source_id: 's',
  received_at: `${DAY} 08:00:00.123`,
  ...more,
});

let lake: TwoTierLake;
beforeEach(async () => {
  lake = await TwoTierLake.open();
});
afterEach(() => lake.close());

const history = async (columns = 'event_id') =>
  await lake.query(`SELECT ${columns} FROM events_history ORDER BY ${columns}`);

describe('taking a landed day into history', () => {
  it('takes every row of that day and no other', async () => {
    await lake.land('events', DAY, [event('a'), event('b')]);
    await lake.land('events', '2026-03-02', [event('c')]);
    await lake.run(mergeDay(EVENTS, DAY));
    expect(await history('event_id, ingest_day')).toEqual([
      ['a', DAY],
      ['b', DAY],
    ]);
  });

  it('adds nothing when it is done again, and what came late when there is something', async () => {
    await lake.land('events', DAY, [event('a')]);
    await lake.run(mergeDay(EVENTS, DAY));
    await lake.run(mergeDay(EVENTS, DAY));
    await lake.land('events', DAY, [event('late')]);
    await lake.run(mergeDay(EVENTS, DAY));
    expect(await history()).toEqual([['a'], ['late']]);
  });

  it('takes one of the rows that Firehose delivered more than once', async () => {
    await lake.land('events', DAY, [event('a'), event('a'), event('a', { owner: 'user_id:p' })]);
    await lake.run(mergeDay(EVENTS, DAY));
    expect(await history('owner, event_id')).toEqual([
      ['user_id:o', 'a'],
      ['user_id:p', 'a'],
    ]);
  });

  it('keeps each version of what changes', async () => {
    const profile = (seq: number): LakeRow => ({ one_id: 'p', updated_at: `${DAY} 00:00:00`, seq, active: true });
    await lake.land('profiles', DAY, [profile(1), profile(2), profile(2)]);
    await lake.run(mergeDay(PROFILES, DAY));
    expect(await lake.query('SELECT seq FROM profiles_history ORDER BY seq')).toEqual([['1'], ['2']]);
  });

  it.each(LAKE_TABLES)('works for $name: its key is made of its columns', async (table) => {
    await lake.run(mergeDay(table, DAY));
    expect(table.columns.map(({ name }) => name)).toEqual(expect.arrayContaining([...table.row_key]));
  });

  it('keeps each list of losers of a change that was told again, and adds none twice, empty ones neither', async () => {
    const told = (losers: string | null): LakeRow => ({ change_id: 'c', losers, changed_at: `${DAY} 00:00:00` });
    await lake.land('person_changes', DAY, [told(null), told('["p_1"]'), told('["p_1"]'), told('["p_1","p_2"]')]);
    await lake.run(mergeDay(PERSON_CHANGES, DAY));
    await lake.run(mergeDay(PERSON_CHANGES, DAY));
    expect(await lake.query('SELECT losers FROM person_changes_history ORDER BY losers')).toEqual([
      ['["p_1","p_2"]'],
      ['["p_1"]'],
      [null],
    ]);
    expect(await lake.query('SELECT losers FROM person_changes')).toEqual([['["p_1","p_2"]']]);
  });

  it('refuses a day that is none', () => {
    expect(() => mergeDay(EVENTS, "2026-03-01' OR true --")).toThrow('YYYY-MM-DD');
  });
});

describe('reading both', () => {
  it('shows a row from the moment it has landed, and once, however far its way to history is', async () => {
    const count = async () => (await lake.query('SELECT count(*), count(DISTINCT event_id) FROM events'))[0];
    await lake.land('events', DAY, [event('a'), event('b')]);
    expect(await count()).toEqual(['2', '2']);
    await lake.run(mergeDay(EVENTS, DAY));
    expect(await count()).toEqual(['2', '2']);
    await lake.run(`DELETE FROM ${landingRelation('events')}`);
    expect(await count()).toEqual(['2', '2']);
  });

  it('gives the same milliseconds from either', async () => {
    await lake.land('events', DAY, [event('a')]);
    const time = 'SELECT received_at FROM events';
    const before = await lake.query(time);
    await lake.run(mergeDay(EVENTS, DAY));
    await lake.run(`DELETE FROM ${landingRelation('events')}`);
    expect(await lake.query(time)).toEqual(before);
  });
});

describe('forgetting', () => {
  it('takes whole days past the retention', async () => {
    for (const day of ['2026-01-01', '2026-01-02', '2026-01-03']) {
      await lake.land('events', day, [event(day)]);
      await lake.run(mergeDay(EVENTS, day));
    }
    await lake.run(forgetBefore(EVENTS, '2026-01-03'));
    expect(await history()).toEqual([['2026-01-03']]);
  });
});

describe("Athena's own statements", () => {
  it('make a table that rewrites after one deletion and keeps snapshots for a day', () => {
    const sql = createHistory(EVENTS, 's3://bucket/tables/events/');
    expect(sql).toContain(`CREATE TABLE IF NOT EXISTS ${historyRelation('events')} (`);
    expect(sql).toContain("owner string COMMENT 'key of the strongest identifier; join identity_map on it'");
    expect(sql).toContain("PARTITIONED BY (ingest_day)\nLOCATION 's3://bucket/tables/events/'");
    for (const property of [
      "'table_type' = 'ICEBERG'",
      "'optimize_rewrite_delete_file_threshold' = '1'",
      "'vacuum_max_snapshot_age_seconds' = '86400'",
      "'vacuum_min_snapshots_to_keep' = '1'",
    ]) {
      expect(sql).toContain(property);
    }
  });

  it('quote comments that hold quotes', () => {
    const comment = "the client's";
    const table = { ...EVENTS, columns: [{ name: 'x', type: 'varchar', comment } as const] };
    expect(createHistory(table, 's3://b/')).toContain("x string COMMENT 'the client''s'");
  });

  it('add the columns that a table lacks, and only those', () => {
    const names = EVENTS.columns.map(({ name }) => name);
    expect(addColumns(EVENTS, names)).toBeUndefined();
    expect(addColumns(EVENTS, names.slice(0, -1))).toMatch(
      /^ALTER TABLE events_history ADD COLUMNS \(request_id string COMMENT '.+'\)$/,
    );
  });

  it('write together and clean up', () => {
    expect(compact(EVENTS)).toBe('OPTIMIZE events_history REWRITE DATA USING BIN_PACK');
    expect(compact(EVENTS, DAY)).toBe(
      `OPTIMIZE events_history REWRITE DATA USING BIN_PACK WHERE ingest_day >= '${DAY}'`,
    );
    expect(vacuum(EVENTS)).toBe('VACUUM events_history');
  });
});
