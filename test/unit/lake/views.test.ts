import { describe, expect, it } from 'vitest';
import { glueType } from '../../../functions/lake/column-types.ts';
import { lakeViews } from '../../../functions/lake/views.ts';
import { LAKE_TABLES, type LakeRow } from '../../../schemas/lake.ts';
import { type Given, query } from '../../support/lake-views.ts';

const at = (day: number): string => `2026-03-${String(day).padStart(2, '0')} 00:00:00`;
const mapped = (owner: string, oneId: string, day: number, more: LakeRow = {}): LakeRow => ({
  owner,
  one_id: oneId,
  shared: false,
  valid_from: at(day),
  seq: day,
  ...more,
});

describe('events', () => {
  const twice: Given = {
    events: [
      { owner: 'o', source_id: 's', event_id: 'e', received_at: at(2), name: 'second' },
      { owner: 'o', source_id: 's', event_id: 'e', received_at: at(1), name: 'first' },
      { owner: 'p', source_id: 's', event_id: 'e', received_at: at(3), name: 'of another owner' },
      // Whoever guesses a system's event ids must not be able to hide its events.
      { owner: 'o', source_id: 't', event_id: 'e', received_at: at(4), name: 'of another source' },
    ],
  };

  it('keeps the earliest of a repeated event', async () => {
    expect(await query(twice, 'SELECT name FROM events ORDER BY received_at')).toEqual([
      ['first'],
      ['of another owner'],
      ['of another source'],
    ]);
  });

  it('passes rows through where delivery is exactly once', async () => {
    expect(await query(twice, 'SELECT count(*) FROM events', 'exactly_once')).toEqual([['4']]);
  });

  it('has the columns of the schema, in their order', async () => {
    for (const delivery of ['at_least_once', 'exactly_once'] as const) {
      const names = await query({}, 'SELECT column_name FROM (DESCRIBE events)', delivery);
      expect(names.flat()).toEqual(LAKE_TABLES[0]?.columns.map((column) => column.name));
    }
  });
});

describe('match_reviews', () => {
  it('shows the last state of each review', async () => {
    const review = (review_id: string, status: string, seq: number): LakeRow => ({
      review_id,
      status,
      seq,
      a: 'email:x',
      b: 'user_id:y',
      confidence: 0.7,
      updated_at: at(seq),
    });
    const rows = [review('r1', 'settled', 2), review('r1', 'open', 1), review('r2', 'open', 3)];
    const sql = 'SELECT review_id, status FROM match_reviews ORDER BY review_id';
    expect(await query({ match_reviews: rows }, sql)).toEqual([
      ['r1', 'settled'],
      ['r2', 'open'],
    ]);
    const decided = (event_id: string, action: string, day: number, source_id = 'operators'): LakeRow => ({
      audit_id: event_id,
      event_id,
      action,
      actor: `operator ${day}`,
      source_id,
      occurred_at: at(day),
      received_at: at(day),
    });
    const id = 'abcdefghijklmnopqrst_-';
    const given = {
      match_reviews: [review(id, 'open', 1), review('r2', 'open', 3)],
      audit: [
        decided(`review_${id}_1`, 'split', 4),
        decided(`review_${id}_2`, 'bind', 5),
        decided(`review_${id}_3`, 'split', 6, 'crm'),
      ],
    };
    expect(await query(given, 'SELECT review_id, status, decided_by FROM match_reviews ORDER BY review_id')).toEqual([
      [id, 'accepted', 'operator 5'],
      ['r2', 'open', null],
    ]);
  });
});

describe('identity_map', () => {
  const intervals =
    "SELECT one_id, strftime(valid_from, '%d'), strftime(valid_to, '%d') FROM identity_map ORDER BY owner, valid_from";

  it('turns changes into intervals, whatever order they were written in', async () => {
    const rows = [mapped('o', 'B', 5), mapped('o', 'A', 1), mapped('o', 'C', 9), mapped('p', 'Z', 3)];
    expect(await query({ identity_map: rows }, intervals)).toEqual([
      ['A', '01', '05'],
      ['B', '05', '09'],
      ['C', '09', null],
      ['Z', '03', null],
    ]);
  });

  it('collapses changes to the same person, and rows delivered twice', async () => {
    const rows = [
      mapped('o', 'A', 1),
      mapped('o', 'A', 1),
      mapped('o', 'A', 2),
      mapped('o', 'B', 3),
      mapped('o', 'A', 4),
    ];
    expect(await query({ identity_map: rows }, intervals)).toEqual([
      ['A', '01', '03'],
      ['B', '03', '04'],
      ['A', '04', null],
    ]);
  });

  it('lets the last of several changes at one instant count, and leaves no empty interval', async () => {
    const rows = [
      mapped('o', 'A', 1),
      mapped('o', 'B', 2, { seq: 7 }),
      mapped('o', 'A', 2, { seq: 8 }),
      mapped('o', 'C', 2, { seq: 6 }),
    ];
    expect(await query({ identity_map: rows }, intervals)).toEqual([['A', '01', null]]);
  });

  it('goes by the order of changes where a clock lagged behind', async () => {
    const rows = [mapped('o', 'A', 1), mapped('o', 'B', 5), mapped('o', 'C', 3, { seq: 6 })];
    expect(await query({ identity_map: rows }, intervals)).toEqual([
      ['A', '01', '05'],
      ['C', '05', null],
    ]);
  });

  it('keeps the moment an identifier became shared', async () => {
    const rows = [mapped('o', 'A', 1), mapped('o', 'A', 2, { shared: true })];
    expect(await query({ identity_map: rows }, 'SELECT shared FROM identity_map WHERE valid_to IS NULL')).toEqual([
      [true],
    ]);
  });
});

describe('events_resolved', () => {
  const given: Given = {
    events: [
      { owner: 'o', event_id: 'e1', received_at: at(1) },
      { owner: 'unknown', event_id: 'e2', received_at: at(1) },
    ],
    identity_map: [mapped('o', 'A', 1), mapped('o', 'B', 5)],
  };

  it('gives events of the past the person they belong to now, and loses none', async () => {
    expect(await query(given, 'SELECT event_id, one_id, shared FROM events_resolved ORDER BY 1')).toEqual([
      ['e1', 'B', false],
      ['e2', null, null],
    ]);
  });
});

describe('profiles, quarantine, decisions, audit', () => {
  it('shows the latest profile of each active person', async () => {
    const profile = (oneId: string, day: number, more: LakeRow = {}): LakeRow => ({
      one_id: oneId,
      updated_at: at(day),
      seq: 1,
      events: day,
      active: true,
      ...more,
    });
    const profiles = [
      profile('A', 2),
      profile('A', 1),
      profile('A', 2, { seq: 2, events: 99 }),
      // Written by a clock that is ahead, of a state before.
      profile('A', 3),
      profile('M', 1),
      profile('M', 2, { active: false }),
    ];
    expect(await query({ profiles }, 'SELECT one_id, events FROM profiles')).toEqual([['A', '99']]);
  });

  it('shows the latest state of each quarantined record, and when it was first seen', async () => {
    const quarantine: LakeRow[] = [
      { quarantine_id: 'q', first_seen: at(1), status: 'open', seq: 1 },
      { quarantine_id: 'q', first_seen: at(4), status: 'replayed', seq: 2 },
    ];
    expect(await query({ quarantine }, "SELECT status, strftime(first_seen, '%d') FROM quarantine")).toEqual([
      ['replayed', '01'],
    ]);
  });

  it('shows each decision once, as it was first taken', async () => {
    const decisions: LakeRow[] = [
      { decision_id: 'd', decided_at: at(2), outcome: 'not_sent' },
      { decision_id: 'd', decided_at: at(1), outcome: 'sent' },
    ];
    expect(await query({ decisions }, 'SELECT outcome FROM decisions')).toEqual([['sent']]);
  });

  it('shows each declaration once, however often the delivery repeats it', async () => {
    const row: LakeRow = { audit_id: 'a', received_at: at(1), occurred_at: at(1), action: 'merge', actor: 'anna' };
    const audit = [row, { ...row, received_at: at(2) }, { ...row, audit_id: 'b', action: 'unmerge' }];
    expect(await query({ audit }, 'SELECT action, actor FROM audit ORDER BY audit_id')).toEqual([
      ['merge', 'anna'],
      ['unmerge', 'anna'],
    ]);
  });
});

describe('person_changes', () => {
  it('shows a change that was told again once, with most of its losers, whichever came first', async () => {
    const told = (losers: string | null, change_id = 'merge'): LakeRow => ({ change_id, losers, changed_at: at(1) });
    const rows = [told('["p_1"]'), told('["p_1","p_2"]'), told('["p_1","p_3"]'), told(null, 'new'), told(null, 'new')];
    for (const person_changes of [rows, rows.toReversed()]) {
      expect(await query({ person_changes }, 'SELECT change_id, losers FROM person_changes ORDER BY 1')).toEqual([
        ['merge', '["p_1","p_2"]'],
        ['new', null],
      ]);
    }
  });
});

describe('the shared subset', () => {
  it('uses nothing that Trino lacks', () => {
    for (const view of [...lakeViews('at_least_once'), ...lakeViews('exactly_once')]) {
      expect(view.sql).not.toMatch(
        /\b(?:QUALIFY|EXCLUDE|DISTINCT ON|ILIKE|ASOF|BY NAME|GROUP BY ALL)\b|::|SELECT \*|;/i,
      );
    }
  });

  it('knows every column type in Glue', () => {
    const types = new Set(LAKE_TABLES.flatMap((table) => table.columns.map((column) => glueType(column.type))));
    expect([...types].sort()).toEqual(['bigint', 'boolean', 'date', 'double', 'string', 'timestamp']);
  });
});
