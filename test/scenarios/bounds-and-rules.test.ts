import { describe, expect } from 'vitest';
import { compileRules, oneId } from '../../functions/shared/identity/resolve.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { SHIPPED_RULES } from '../support/identity.ts';
import { scenario } from '../support/scenario.ts';
import { at, crmKnows, declares, signsIn, type Telling, tillSells, visit } from '../support/scenario-events.ts';

const M1 = 'user_id:m1';
const cookie = (n: number): string => `anonymous_id:c${String(n).padStart(2, '0')}`;
const cookies = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const LAST_MONTH = '2026-02-12T09:00:00.000Z';

/** The shipped rules with another limit for one type. */
const withLimit = (type: string, limit: number): IdentityRules => ({
  ...SHIPPED_RULES,
  types: SHIPPED_RULES.types.map((rule) => (rule.type === type ? { ...rule, limit } : rule)),
});

describe('a component that would exceed its bound', () => {
  scenario(
    'stays within it; the culprit is quarantined, events go on',
    async ({ given, when, thenSee }) => {
      given(
        'a member with five browsers, where six identifiers are the bound',
        ...cookies(5).map((n) => visit(M1, cookie(n))),
      );
      await thenSee('one person', async ({ persons }) => {
        expect(await persons()).toEqual([`${cookies(5).map(cookie).join(' + ')} + ${M1}`]);
      });

      when(
        'more browsers come',
        ...cookies(9)
          .slice(5)
          .map((n) => visit(M1, cookie(n))),
        tillSells(10, M1),
      );
      when('and others are busy', visit('user_id:m2', cookie(20)));
      await thenSee('they are nobody’s, everything is counted, and the alarm has its evidence', async (world) => {
        const { persons, profile, stitched } = world;
        const added = cookies(9).slice(5).map(cookie);
        expect(await persons()).toEqual(
          [`${cookies(5).map(cookie).join(' + ')} + ${M1}`, ...added, `${cookie(20)} + user_id:m2`].sort(),
        );
        expect(await profile(M1)).toMatchObject({
          tags: { revenue_cny_90d: 1000 },
          profile: { behaviour: { events: 10 } },
        });
        const rows = new Map(stitched.lake.of('quarantine').map((row) => [row.event_id, row]));
        expect([...rows.values()].map(({ reason, field }) => [reason, field])).toEqual(
          added.map(() => ['component_too_large', '/identifiers']),
        );
        expect([...rows.values()][0]?.detail).toBe(
          'Evidence on anonymous_id identifiers would make a component of 7 identifiers; the bound is 6 identifiers.',
        );
        expect(new Set(stitched.lake.of('events').map(({ event_id }) => event_id)).size).toBe(world.events().length);
      });

      when('the browser that is known says more', visit(M1, cookie(0)), crmKnows([M1], { city: 'Beijing' }));
      await thenSee('that is taken in as ever', async ({ traits, profile }) => {
        expect(await traits(M1)).toEqual({ city: 'Beijing' });
        expect((await profile(M1)).profile.behaviour.events).toBe(12);
      });
    },
    { withoutOracle: true, rules: compileRules({ ...SHIPPED_RULES, max_component: 6 }) },
  );
});

describe('late evidence from last month', () => {
  const known: readonly Telling[] = [
    signsIn([M1, cookie(1)], { traits: { city: 'Beijing' } }),
    tillSells(100, M1),
    visit(cookie(2)),
  ];
  const late = at(LAST_MONTH, signsIn([M1, cookie(2)], { traits: { city: 'Wuhan', level: 'silver' } }));

  scenario('joins what it would have joined in time', async ({ given, when, thenSee }) => {
    given('a member, and a browser that nobody knows', ...known);
    await thenSee('two people', async ({ persons }) =>
      expect(await persons()).toEqual([`${cookie(1)} + ${M1}`, cookie(2)]),
    );
    when('an app that had been offline sends what happened last month', late);
    await thenSee('one; what is newer is not overwritten', async ({ persons, traits, profile }) => {
      expect(await persons()).toEqual([`${cookie(1)} + ${cookie(2)} + ${M1}`]);
      expect(await traits(M1)).toEqual({ city: 'Beijing', level: 'silver' });
      expect((await profile(M1)).first_seen).toBe(LAST_MONTH);
    });
  });

  scenario('may be older than whoever founded the person; both ids lead to him', async ({ given, when, thenSee }) => {
    given('a member named after his id', at('2026-02-20T00:00:00.000Z', crmKnows([M1])), ...known);
    let before = '';
    await thenSee('his id', async ({ profile }) => {
      before = (await profile(M1)).one_id;
      expect(before).toBe(oneId(M1));
    });
    when('he turns out to have used another browser before that', late, at(LAST_MONTH, visit(cookie(2))));
    await thenSee('the older one names him', async ({ profile, byId }) => {
      expect((await profile(M1)).one_id).toBe(oneId(cookie(2)));
      expect(await byId(before)).toBe(oneId(cookie(2)));
    });
    when('the browser turns out not to be his', declares('unbind', 'an internet café', cookie(2)));
    await thenSee('he has the id back', async ({ profile, byId }) => {
      expect((await profile(M1)).one_id).toBe(before);
      expect(await byId(before)).toBe(before);
    });
  });

  scenario('of another member shows that a device was shared all the time', async ({ given, when, thenSee }) => {
    given('one member on a tablet', signsIn([M1, 'device_id:tablet']), tillSells(100, 'device_id:tablet'));
    await thenSee('his', async ({ profile }) => expect((await profile(M1)).tags.revenue_cny_90d).toBe(10_000));
    when('last month’s log arrives', at(LAST_MONTH, signsIn(['user_id:m2', 'device_id:tablet'])));
    await thenSee('shared; what was counted goes along', async ({ persons, profile, sums }) => {
      expect(await persons()).toEqual(['device_id:tablet (shared)', M1, 'user_id:m2']);
      expect((await profile(M1)).tags.revenue_cny_90d).toBe(0);
      expect((await profile('device_id:tablet')).tags.revenue_cny_90d).toBe(10_000);
      expect(await sums()).toMatchObject({ events: 3, revenue: 10_000 });
    });
  });
});

describe('a rule tightened after the fact', () => {
  const phones = ['phone:p1', 'phone:p2', 'phone:p3'];
  const history: readonly Telling[] = [
    ...phones.map((phone) => crmKnows([M1, phone])),
    ...phones.map((phone) => tillSells(10, phone)),
    visit('phone:p3', cookie(3)),
  ];

  scenario('repairs the past: one phone per member', async ({ given, thenSee }) => {
    given('a member with three phones', ...history);
    await thenSee('one person before, three after; nothing is lost, and the reason is told', async (world) => {
      const tight = compileRules(withLimit('phone', 1));
      expect(await world.persons()).toEqual([`${cookie(3)} + ${phones.join(' + ')} + ${M1}`]);
      const after = [`${cookie(3)} + phone:p3`, `phone:p1 + ${M1}`, 'phone:p2'];
      expect(world.preview(tight)).toEqual(after);
      const repaired = await world.replayed(tight);
      expect(await repaired.persons()).toEqual(after);
      expect(await repaired.sums()).toEqual(await world.sums());
      expect((await repaired.profile(M1)).one_id).toBe((await world.profile(M1)).one_id);
      expect((await repaired.why(M1, 'phone:p2')).refused).toEqual([
        'unique: one person may hold 1 of phone, this would make 2: phone:p1 on one side, phone:p2 on the other',
      ]);
    });
  });

  scenario('and loosened again gives back what there was, byte for byte', async ({ given, thenSee }) => {
    given('the same member', ...history);
    await thenSee('as before', async (world) => {
      const repaired = await world.replayed(compileRules(withLimit('phone', 1)));
      const back = await repaired.replayed(world.rules);
      expect(await repaired.everything()).not.toEqual(await world.everything());
      expect(await back.everything()).toEqual(await world.everything());
    });
  });

  scenario('blocks a value that had joined strangers', async ({ given, thenSee }) => {
    given('two strangers and a number', visit(cookie(1), 'phone:p9'), visit(cookie(2), 'phone:p9'));
    await thenSee('one person, then two', async (world) => {
      const blocked = compileRules({ ...SHIPPED_RULES, blocked_values: ['p9'] });
      expect(await world.persons()).toEqual([`${cookie(1)} + ${cookie(2)} + phone:p9`]);
      expect(world.preview(blocked)).toEqual([cookie(1), cookie(2), 'phone:p9 (blocked)']);
    });
  });
});
