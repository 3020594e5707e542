import { describe, expect, test } from 'vitest';
import { compileRules, oneId } from '../../../functions/shared/identity/resolve.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { cleanEvent, NO_DEFINITIONS, stitchWorld } from '../../support/stitch.ts';

const VERIFIED = { source_id: 'crm', channel: 'crm', verified: true };
const at = (minute: number) => `2026-03-15T11:${String(minute).padStart(2, '0')}:00.000Z`;
const [m1, p1, c1] = ['user_id:m1', 'phone:t1.p1', 'anonymous_id:c1'] as const;

describe('what the world is told about persons', () => {
  test('a person that comes to be, one that is merged, and one that comes out of it again', async () => {
    const { deps, bus, lake, clock } = stitchWorld({ definitions: NO_DEFINITIONS });
    const tell = async (event: ReturnType<typeof cleanEvent>) => {
      bus.published.length = 0;
      clock.at += 1;
      await stitch([event], deps);
      return bus.published.map(({ detail_type, detail }) => ({ detail_type, ...detail }));
    };
    const when = (ms: number) => new Date(clock.at + ms).toISOString();

    expect(await tell(cleanEvent([m1], { occurred_at: at(1) }))).toEqual([
      { detail_type: 'person.created', one_id: oneId(m1), at: when(0) },
    ]);
    await tell(cleanEvent([p1], { occurred_at: at(2) }));
    await tell(cleanEvent([c1], { occurred_at: at(3) }));
    await tell(cleanEvent([p1, c1], { occurred_at: at(4) }));

    const merged = await tell(cleanEvent([m1, p1], { ...VERIFIED, occurred_at: at(5) }));
    expect(merged).toEqual([
      {
        detail_type: 'person.merged',
        winner: oneId(m1),
        loser: oneId(p1),
        losers: [oneId(c1), oneId(p1)].sort(),
        at: when(0),
      },
    ]);

    const parted = await tell(cleanEvent([m1, p1], { ...VERIFIED, type: 'unbind', occurred_at: at(6) }));
    expect(parted).toEqual([{ detail_type: 'person.split', one_id: oneId(p1), from: oneId(m1), at: when(0) }]);
    expect(lake.of('person_changes').map(({ change }) => change)).toEqual([
      ...['person.created', 'person.created', 'person.created', 'person.merged', 'person.merged', 'person.split'],
    ]);
  });

  test('new persons are for the lake alone where the bus is not told of them', async () => {
    const { deps, bus, lake } = stitchWorld({ definitions: NO_DEFINITIONS });
    const silent = { ...deps, announces_new_persons: false };
    await stitch([cleanEvent([m1], { occurred_at: at(1) }), cleanEvent([p1], { occurred_at: at(2) })], silent);
    expect(bus.published).toEqual([]);
    await stitch([cleanEvent([m1, p1], { ...VERIFIED, occurred_at: at(3) })], silent);
    expect(bus.published.map(({ detail_type }) => detail_type)).toEqual(['person.merged']);
    expect(lake.of('person_changes').map(({ change }) => change)).toEqual([
      ...['person.created', 'person.created', 'person.merged'],
    ]);
  });

  test('is told again under the same ids when a crash came between the commit and the telling', async () => {
    const { deps, bus, lake } = stitchWorld({ definitions: NO_DEFINITIONS });
    await stitch([cleanEvent([m1], { occurred_at: at(1) }), cleanEvent([p1], { occurred_at: at(2) })], deps);
    const merge = cleanEvent([m1, p1], { ...VERIFIED, occurred_at: at(3) });
    const before = bus.published.length;
    lake.fail = (table) => {
      if (table === 'person_changes') throw new Error('The lake is away.');
    };
    await expect(stitch([merge], deps)).rejects.toThrow('away');
    expect(bus.published).toHaveLength(before);
    lake.fail = () => undefined;
    await stitch([merge], deps);
    await stitch([merge], deps);
    const told = bus.published.filter(({ detail }) => detail.loser === oneId(p1)).map(({ id }) => id);
    expect(told).toHaveLength(2);
    expect(new Set(told).size).toBe(1);
  });
});

test('events that come again name their persons again, whose profiles the lake may not have been told', async () => {
  const { deps } = stitchWorld({ definitions: NO_DEFINITIONS });
  const login = cleanEvent([m1, c1], { occurred_at: at(1) });
  await stitch([cleanEvent([m1], { occurred_at: at(0) }), cleanEvent([c1], { occurred_at: at(2) })], deps);
  expect((await stitch([login], deps)).touched.toSorted()).toEqual([c1, m1]);
  expect((await stitch([structuredClone(login)], deps)).touched.toSorted()).toEqual([c1, m1]);
});

test('and of whom they had taken an identifier away from, though nobody names that person again', async () => {
  const { deps } = stitchWorld({ definitions: NO_DEFINITIONS });
  const m2 = 'user_id:m2';
  for (const [minute, keys] of [[m2], [m1], [m2, c1]].entries()) {
    await stitch([cleanEvent(keys, { occurred_at: at(minute) })], deps);
  }
  const elsewhere = cleanEvent([m1, c1], { occurred_at: at(3) });
  expect((await stitch([elsewhere], deps)).touched.toSorted()).toEqual([c1, m1, m2]);
  expect((await stitch([structuredClone(elsewhere)], deps)).touched.toSorted()).toEqual([c1, m1, m2]);
});

describe('an identifier that everybody has', () => {
  const rules = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
  const withMember = (n: number) =>
    cleanEvent([`user_id:m${n}`, 'phone:t1.shop'], { ...VERIFIED, event_id: `sale${n}`, occurred_at: at(n) });

  test('is named once in quarantine when it passes the bound; its events count, and it joins nobody', async () => {
    const { deps, lake } = stitchWorld({ definitions: NO_DEFINITIONS, rules });
    const outcomes = [];
    for (const n of [1, 2, 3, 4, 5]) outcomes.push(...(await stitch([withMember(n)], deps)).events);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(5).fill('stitched'));
    expect(outcomes.map(({ reason }) => reason)).toEqual([
      ...[undefined, undefined, undefined, 'learned_placeholder', undefined],
    ]);
    const rows = lake.of('quarantine');
    expect(rows.map(({ reason, event_id }) => [reason, event_id])).toEqual([['learned_placeholder', 'sale4']]);
    expect(String(rows[0]?.detail)).toContain('phone:t1.shop was seen with more than 3 others');
  });
});
