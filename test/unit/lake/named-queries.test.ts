import { describe, expect, it } from 'vitest';
import { namedQueries } from '../../../functions/lake/named-queries.ts';
import { loadDefinitions } from '../../../functions/shared/definitions.ts';
import type { LakeRow } from '../../../schemas/lake.ts';
import { type Given, query } from '../../support/lake-views.ts';

const QUERIES = namedQueries(loadDefinitions().tags.map(({ id }) => id));
const sqlOf = (name: string): string => QUERIES.find((found) => found.name === name)?.sql ?? '';
/** The SQL with its parameters filled in, as Athena does it. */
const filled = (name: string, ...values: string[]): string =>
  values.reduce((sql, value) => sql.replace('?', `'${value}'`), sqlOf(name));

const today = new Date().toISOString().slice(0, 10);
const event = (event_id: string, more: LakeRow = {}): LakeRow => ({
  event_id,
  type: 'track',
  name: 'Product Viewed',
  channel: 'web',
  owner: 'user_id:1',
  source_id: 's',
  local_date: today,
  occurred_at: `${today} 01:00:00`,
  received_at: `${today} 01:00:00`,
  ingest_day: today,
  ...more,
});
const mapped = (owner: string, one_id: string): LakeRow => ({
  owner,
  one_id,
  shared: false,
  valid_from: '2026-01-01 00:00:00',
  seq: 1,
});

const given: Given = {
  events: [
    event('a'),
    event('a'),
    event('b', { channel: 'store', owner: 'user_id:2' }),
    event('old', { ingest_day: '2020-01-01', local_date: '2020-01-01' }),
  ],
  identity_map: [mapped('user_id:1', 'P1'), mapped('user_id:2', 'P2')],
  profiles: [
    { one_id: 'P1', shared: false, active: true, updated_at: `${today} 00:00:00`, seq: 1, tags: '{"vip":true}' },
    { one_id: 'P2', shared: false, active: true, updated_at: `${today} 00:00:00`, seq: 1, tags: '{}' },
  ],
  quarantine: [
    {
      quarantine_id: 'q1',
      source_id: 's',
      stage: 'clean',
      reason: 'invalid_field',
      status: 'open',
      seq: 1,
      first_seen: `${today} 00:00:00`,
    },
    {
      quarantine_id: 'q2',
      source_id: 's',
      stage: 'clean',
      reason: 'invalid_field',
      status: 'replayed',
      seq: 1,
      first_seen: `${today} 00:00:00`,
    },
  ],
  decisions: [
    {
      decision_id: 'd',
      campaign: 'c',
      campaign_version: 1,
      one_id: 'P1',
      outcome: 'not_sent',
      reason: 'capped',
      decided_at: `${today} 00:00:00`,
    },
  ],
  match_reviews: [{ review_id: 'r', a: 'email:x', b: 'user_id:1', seq: 1, updated_at: `${today} 00:00:00` }],
};

describe('the named queries', () => {
  it.each(QUERIES)('answer on the embedded lake: $name', async ({ name, parameters }) => {
    const rows = await query(given, filled(name, ...parameters.map((_, i) => `no such ${i}`)));
    expect(Array.isArray(rows)).toBe(true);
    expect(sqlOf(name).split('?').length - 1).toBe(parameters.length);
  });

  it.each(QUERIES)('use nothing that Trino lacks: $name', ({ sql }) => {
    expect(sql).not.toMatch(/\b(?:QUALIFY|EXCLUDE|DISTINCT ON|ILIKE|ASOF|BY NAME|GROUP BY ALL)\b|::|SELECT \*|;/i);
  });

  it('have names of their own', () => {
    expect(new Set(QUERIES.map(({ name }) => name)).size).toBe(QUERIES.length);
  });
});

describe('the answers', () => {
  it('count each event once, of the days asked for', async () => {
    expect(await query(given, sqlOf('events by day and channel'))).toEqual([
      [today, 'store', '1', '1'],
      [today, 'web', '1', '1'],
    ]);
    expect(await query(given, sqlOf('events by name'))).toEqual([
      ['Product Viewed', 'track', '2', `${today} 01:00:00`],
    ]);
  });

  it('show what is open in quarantine', async () => {
    const rows = await query(given, sqlOf('quarantine by reason'));
    expect(rows.map((row) => row.slice(0, 5))).toEqual([['s', 'clean', 'invalid_field', null, '1']]);
  });

  it('tell the history of one person', async () => {
    const rows = await query(given, filled('history of a person', 'P2'));
    expect(rows.map(([, , , channel, , owner]) => [channel, owner])).toEqual([['store', 'user_id:2']]);
  });

  it('count persons by the value of each tag', async () => {
    const sizes = namedQueries(['vip']).find(({ name }) => name === 'audience sizes')?.sql ?? '';
    expect(await query(given, sizes)).toEqual(
      expect.arrayContaining([
        ['vip', 'true', '1'],
        ['vip', null, '1'],
      ]),
    );
    expect(namedQueries([]).some(({ name }) => name === 'audience sizes')).toBe(false);
  });

  it('say why nothing was sent', async () => {
    expect(await query(given, sqlOf('decisions by reason'))).toEqual([['c', '1', today, 'not_sent', 'capped', '1']]);
  });

  it('prove what is left of a person, table by table', async () => {
    const left = async (owner: string, one_id: string) =>
      Object.fromEntries((await query(given, filled('erasure proof', owner, one_id))).map(([table, n]) => [table, n]));
    expect(await left('user_id:1', 'P1')).toEqual({
      audit: '0',
      decisions: '1',
      events: '3',
      identity_map: '1',
      match_reviews: '1',
      person_changes: '0',
      profiles: '1',
    });
    expect(new Set(Object.values(await left('user_id:9', 'P9')))).toEqual(new Set(['0']));
  });
});
