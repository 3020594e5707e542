import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { erasurePlan } from '../../../functions/lake/erase.ts';
import { landingRelation, mergeDay } from '../../../functions/lake/history.ts';
import { EVENTS, erasureColumns, LAKE_TABLES, type LakeRow } from '../../../schemas/lake.ts';
import { TwoTierLake } from '../../support/lake-history.ts';

const DAY = '2026-03-01';
const SINCE = '2026-03-04 02:30:00';
const person = { owners: ['user_id:gone', "email:o'neill"], one_ids: ['P1', 'P0'] };
const event = (owner: string): LakeRow => ({
  event_id: `of ${owner}`,
  owner,
  source_id: 's',
  received_at: `${DAY} 00:00:00`,
});

let lake: TwoTierLake;
beforeEach(async () => {
  lake = await TwoTierLake.open();
});
afterEach(() => lake.close());

/** What DuckDB can run of a plan: Iceberg's own statements and metadata are Athena's. */
const deletes = () =>
  erasurePlan(person, SINCE).flatMap(({ statements }) => statements.filter((sql) => /^DELETE/.test(sql)));
const erase = async () => {
  for (const sql of deletes()) await lake.run(sql);
};
const left = async () => (await lake.query('SELECT DISTINCT owner FROM events_rows ORDER BY owner')).flat();

describe('erasing somebody', () => {
  it('takes the rows of every identifier and of every id, and no other', async () => {
    await lake.land('events', DAY, ['user_id:gone', "email:o'neill", 'user_id:stays'].map(event));
    await lake.run(mergeDay(EVENTS, DAY));
    await lake.run(`INSERT INTO profiles_history (one_id) VALUES ('P0'), ('P1'), ('P2')`);
    await lake.run(`INSERT INTO match_reviews_history (a, b) VALUES ('x', 'user_id:gone'), ('x', 'y')`);
    await lake.run(`DELETE FROM ${landingRelation('events')}`);
    await erase();
    expect(await left()).toEqual(['user_id:stays']);
    expect(await lake.query('SELECT one_id FROM profiles_rows')).toEqual([['P2']]);
    expect(await lake.query('SELECT b FROM match_reviews_rows')).toEqual([['y']]);
  });

  it('has to be repeated while the rows are in landing: a merge brings them back', async () => {
    await lake.land('events', DAY, [event('user_id:gone')]);
    await lake.run(mergeDay(EVENTS, DAY));
    await erase();
    await lake.run(mergeDay(EVENTS, DAY));
    expect(await left()).toEqual(['user_id:gone']);
    await lake.run(`DELETE FROM ${landingRelation('events')}`);
    await erase();
    expect(await left()).toEqual([]);
  });

  it('is about every table that names persons, and writes their files anew', () => {
    const plan = erasurePlan(person, SINCE);
    const named = LAKE_TABLES.filter((table) => Object.values(erasureColumns(table)).flat().length > 0);
    expect(plan.map(({ table }) => table)).toEqual(named.map(({ name }) => name));
    expect(plan.map(({ table }) => table)).not.toContain('quarantine');
    for (const { table, statements } of plan) {
      expect(statements.at(-1)).toBe(`OPTIMIZE ${table}_history REWRITE DATA USING BIN_PACK`);
    }
  });

  it('is proven by what is left of rows, of delete files and of old snapshots', () => {
    const [events] = erasurePlan({ owners: ['o'], one_ids: [] }, SINCE);
    expect(events?.proof).toEqual([
      "SELECT count(*) FROM events_rows WHERE owner IN ('o')",
      'SELECT count(*) FROM "events_history$files" WHERE content <> 0',
      `SELECT count(*) FROM "events_history$snapshots" WHERE committed_at < TIMESTAMP '${SINCE} UTC'
  AND committed_at < (SELECT max(committed_at) FROM "events_history$snapshots")`,
    ]);
  });

  it('is split where there are more ids than a statement takes, and does nothing for nobody', () => {
    const owners = Array.from({ length: 1_001 }, (_, i) => `user_id:${i}`);
    const [events] = erasurePlan({ owners, one_ids: [] }, SINCE);
    expect(events?.statements).toHaveLength(4);
    expect(erasurePlan({ owners: [], one_ids: [] }, SINCE)).toEqual([]);
  });
});
