import { describe, expect } from 'vitest';
import { oneId } from '../../functions/shared/identity/resolve.ts';
import { scenario } from '../support/scenario.ts';
import {
  at,
  crmKnows,
  declares,
  does,
  fromServer,
  phone,
  signsIn,
  type Telling,
  tillSells,
  visit,
} from '../support/scenario-events.ts';
import type { ScenarioWorld } from '../support/scenario-world.ts';

const [M1, M2] = ['user_id:m1', 'user_id:m2'];

const cart = (key: string): Telling => does('Product Added', [key], { properties: { product_id: 'P9' } });
const agrees = (key: string, granted: boolean): Telling => does('Consent', [key], { consent: { marketing: granted } });

/** One human registered twice; nobody knows yet. */
const twoAccounts: readonly Telling[] = [
  at('2026-02-01T00:00:00.000Z', crmKnows([M1, 'phone:p1'], { name: 'Wang Fang', city: 'Beijing' })),
  at('2026-02-10T00:00:00.000Z', crmKnows([M2, 'phone:p2'], { name: 'Fang Wang', level: 'gold' })),
  signsIn([M1, 'anonymous_id:laptop']),
  signsIn([M2, 'anonymous_id:mobile']),
  tillSells(100, M1),
  tillSells(20, M2),
  agrees(M1, true),
  agrees(M2, false),
  cart(M2),
];
const ONE = [`anonymous_id:laptop + phone:p1 + ${M1}`];
const TWO = [`anonymous_id:mobile + phone:p2 + ${M2}`];
const BOTH = [`anonymous_id:laptop + anonymous_id:mobile + phone:p1 + phone:p2 + ${M1} + ${M2}`];

const merge = declares('merge', 'the customer called: both are hers', M1, M2);
const unmerge = declares('unmerge', 'it was her sister', M1, M2);

describe('one person with two members, merged by customer service', () => {
  scenario('is one, with the sum of both, until it is taken back to the byte', async ({ given, when, thenSee }) => {
    let before: Record<string, string> | undefined;
    given('two accounts', ...twoAccounts);
    await thenSee('two people', async ({ persons, everything }) => {
      expect(await persons()).toEqual([...ONE, ...TWO]);
      before = await everything();
    });

    when('customer service merges them', merge);
    await thenSee('one person, under the older id', async ({ persons, profile, traits }) => {
      expect(await persons()).toEqual(BOTH);
      const { one_id, tags, consents, profile: parts } = await profile(M2);
      expect(one_id).toBe(oneId('phone:p1'));
      expect(tags.revenue_cny_90d).toBe(12_000);
      expect(consents.marketing?.granted).toBe(false);
      expect(parts.behaviour.events).toBe(9);
      expect(await traits(M1)).toEqual({ name: 'Fang Wang', city: 'Beijing', level: 'gold' });
    });
    await thenSee('why: the weakest link first', async ({ why }) => {
      expect((await why('anonymous_id:laptop', 'phone:p2')).chain).toEqual([
        `anonymous_id:laptop – ${M1} login by web`,
        `phone:p2 – ${M2} import by crm`,
        `${M1} – ${M2} manual by desk`,
      ]);
    });

    when('it is taken back', unmerge);
    await thenSee(
      'ids, traits, counters, tags, consents and timers are what they were',
      async ({ everything, why }) => {
        expect(await everything()).toEqual(before);
        const { together, refused } = await why(M1, M2);
        expect(together).toBe(false);
        expect(refused).toEqual([
          expect.stringMatching(
            /^retracted: what was declared of user_id:m1 and user_id:m2 was taken back at 2026-03-\S+Z$/,
          ),
        ]);
      },
    );
  });

  scenario('is two again however the merge and its retraction arrive', async ({ given, thenSee }) => {
    given('all of it at once', ...twoAccounts, merge, unmerge);
    await thenSee('two people', async ({ persons }) => expect(await persons()).toEqual([...ONE, ...TWO]));
  });

  scenario('may use one browser for both', async ({ given, when, thenSee }) => {
    const COOKIE = 'anonymous_id:home';
    given('a browser that was seen with both', ...twoAccounts, signsIn([M1, COOKIE]), signsIn([M2, COOKIE]));
    await thenSee('it is shared', async ({ persons }) => {
      expect(await persons()).toEqual([`${COOKIE} (shared)`, ...ONE, ...TWO].sort());
    });
    when('both are declared one', merge);
    await thenSee('it is hers', async ({ persons }) => {
      expect(await persons()).toEqual([`${COOKIE} + ${BOTH[0]}`]);
    });
    when('a stranger signs in there too', signsIn(['user_id:stranger', COOKIE]));
    await thenSee('it is shared after all', async ({ persons }) => {
      expect(await persons()).toEqual([`${COOKIE} (shared)`, ...BOTH, 'user_id:stranger'].sort());
    });
  });

  scenario('cannot be had by a bind: limits hold for it', async ({ given, when, thenSee }) => {
    given('two accounts', ...twoAccounts);
    when('somebody binds the two ids', declares('bind', 'I think so', M1, M2));
    await thenSee('two people', async ({ persons, why }) => {
      expect(await persons()).toEqual([...ONE, ...TWO]);
      expect((await why(M1, M2)).refused).toEqual([
        'unique: one person may hold 1 of user_id, this would make 2: user_id:m1 on one side, user_id:m2 on the other',
      ]);
    });
  });

  scenario('goes through clean as customer service sends it', async ({ given, when, thenSee }) => {
    const declared = (type: string) =>
      fromServer({
        type,
        identifiers: ['user_id:m1', 'user_id:m2'],
        reason: 'she rang from 13800138000',
        actor: 'anna',
      });
    given('two accounts', ...twoAccounts, declared('merge'));
    await thenSee('one person, and who did it and why, without the number', async ({ persons, stitched }) => {
      expect(await persons()).toEqual(BOTH);
      const why = `she rang from ${phone('13800138000').slice('phone:'.length)}`;
      expect(stitched.lake.of('audit')[0]).toMatchObject({ action: 'merge', actor: 'anna', why });
    });
    when('it is taken back', declared('unmerge'));
    await thenSee('two people', async ({ persons }) => expect(await persons()).toEqual([...ONE, ...TWO]));
  });
});

/** Tracardi #892: a merge lost properties and personal data of one side. */
describe('a merge', () => {
  scenario('loses nothing of either side', async ({ given, when, thenSee }) => {
    let before: Awaited<ReturnType<ScenarioWorld['sums']>> | undefined;
    const names = (side: string) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${side}_${n}`, `${side}${n}`]));
    given(
      'two profiles, each with traits of its own',
      crmKnows([M1, 'phone:p1'], { ...names('left'), nick: null, tags: ['a', 'b'] }),
      crmKnows([M2, 'email:e2'], { ...names('right'), address: { city: 'Wuhan', lines: [1, 2] } }),
      ...twoAccounts.slice(2),
    );
    await thenSee('two people', async ({ sums }) => {
      before = await sums();
    });
    when('they are merged', merge);
    await thenSee('everything of both', async ({ traits, profile, sums }) => {
      expect(await traits(M1)).toEqual({
        ...names('left'),
        ...names('right'),
        nick: null,
        tags: ['a', 'b'],
        address: { city: 'Wuhan', lines: [1, 2] },
      });
      const { identifiers } = await profile(M1);
      expect(identifiers.map(({ key }) => key)).toEqual(expect.arrayContaining(['phone:p1', 'email:e2', M1, M2]));
      expect(await sums()).toEqual(before);
    });
  });
});

/** PostHog #104939: splitting the first id of a person off did nothing, and left the person blank. */
describe('splitting off the identifier that a person is named after', () => {
  const FIRST = 'anonymous_id:first';
  const known: readonly Telling[] = [
    visit(FIRST),
    visit(FIRST),
    signsIn([M1, FIRST], { traits: { city: 'Beijing' } }),
    tillSells(100, M1),
    visit(M1, 'anonymous_id:second'),
  ];

  for (const [how, cut] of [
    ['split', declares('split', 'not his browser', M1, FIRST)],
    ['unbind', declares('unbind', 'not his browser', M1, FIRST)],
    ['release', declares('unbind', 'not his browser', FIRST)],
  ] as const) {
    scenario(`by ${how} leaves each with what is his`, async ({ given, when, thenSee }) => {
      given('a person known first by a browser', ...known);
      await thenSee('named after it', async ({ profile }) => expect((await profile(M1)).one_id).toBe(oneId(FIRST)));
      when(how, cut);
      await thenSee('two people, neither blank', async ({ persons, profile, traits }) => {
        expect(await persons()).toEqual([FIRST, `anonymous_id:second + ${M1}`]);
        const [first, member] = [await profile(FIRST), await profile(M1)];
        expect([first.one_id, member.one_id]).toEqual([oneId(FIRST), oneId(M1)]);
        expect([first.profile.behaviour.events, member.profile.behaviour.events]).toEqual([2, 3]);
        expect(await traits(M1)).toEqual({ city: 'Beijing' });
        expect(member.tags.revenue_cny_90d).toBe(10_000);
      });
    });
  }
});

const SERVER = { source_id: 'server', channel: 'server', verified: true };

describe('a CRM import that contradicts the app', () => {
  const app = (key: string, ...keys: string[]) =>
    signsIn([key, ...keys], { source_id: 'app', channel: 'app', traits: { city: 'Shanghai', name: 'Tom' } });

  scenario('about an openid keeps it where the CRM says', async ({ given, when, thenSee }) => {
    given(
      'the app says that an openid is of one member, the CRM of another',
      app(M1, 'openid:wx1:o1'),
      crmKnows([M2, 'openid:wx1:o1'], { city: 'Beijing', name: 'Thomas' }),
    );
    await thenSee('an account has one owner, and the CRM is verified', async ({ persons, why }) => {
      expect(await persons()).toEqual([`openid:wx1:o1 + ${M2}`, M1]);
      expect((await why(M1, 'openid:wx1:o1')).refused).toEqual([
        'unique: one person may hold 1 of user_id, this would make 2: user_id:m1 on one side, user_id:m2 on the other',
      ]);
    });
    when('a second server system says so of the first member', tillSells(10, M1, 'openid:wx1:o1'));
    await thenSee('two that are believed contradict each other: nobody holds it', async ({ persons }) => {
      expect(await persons()).toEqual(['openid:wx1:o1 (shared)', M1, M2]);
    });
  });

  scenario('about a phone keeps the phone where the CRM says', async ({ given, thenSee }) => {
    given('the app first', signsIn([M1, 'phone:p1'], { source_id: 'app' }), crmKnows([M2, 'phone:p1']));
    await thenSee('the app’s claim is refused', async ({ persons, why }) => {
      expect(await persons()).toEqual([`phone:p1 + ${M2}`, M1]);
      expect((await why(M1, 'phone:p1')).refused).toEqual([
        'unique: one person may hold 1 of user_id, this would make 2: user_id:m1 on one side, user_id:m2 on the other',
      ]);
    });
  });

  scenario(
    'about traits is believed, as it is verified; what the app said is shown',
    async ({ given, when, thenSee }) => {
      given('the CRM, then the app', crmKnows([M1], { city: 'Beijing', name: 'Thomas' }), app(M1));
      await thenSee('both are kept', async ({ profile }) => {
        const { name, city } = (await profile(M1)).profile.basic;
        expect(name).toMatchObject({ value: 'Thomas', source_id: 'crm', won_by: 'verified', over: [{ value: 'Tom' }] });
        expect(city).toMatchObject({ value: 'Beijing', won_by: 'verified', over: [{ value: 'Shanghai' }] });
      });
      when('the app’s own server says it', signsIn([M1], { ...SERVER, traits: { city: 'Shanghai', name: 'Tom' } }));
      await thenSee('a name is believed by rank, a city by time', async ({ profile }) => {
        const { name, city } = (await profile(M1)).profile.basic;
        expect(name).toMatchObject({ value: 'Thomas', source_id: 'crm', won_by: 'priority' });
        expect(city).toMatchObject({ value: 'Shanghai', source_id: 'server', won_by: 'time' });
      });
    },
  );
});
