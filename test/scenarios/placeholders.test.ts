import { describe, expect } from 'vitest';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { SHIPPED_RULES } from '../support/identity.ts';
import { WEB } from '../support/ingest.ts';
import { scenario } from '../support/scenario.ts';
import { crmKnows, fromPage, fromServer, phone, tillSells, visit } from '../support/scenario-events.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const digits = (n: number): string => String(n).padStart(5, '0');

describe('the phone number 00000000000', () => {
  const COUNT = 10_000;

  scenario(
    'in 10,000 events makes no person of thousands',
    async ({ given, thenSee }) => {
      const traits = { phone: '00000000000' };
      given(
        'a form that has to be filled in',
        ...numbers(COUNT).map((n) => fromServer({ type: 'identify', userId: `m${digits(n)}`, traits })),
      );
      await thenSee('ten thousand people of one identifier each', async ({ persons, events, quarantined }) => {
        const lines = await persons();
        expect(lines).toHaveLength(COUNT);
        expect(lines.every((line) => /^user_id:m\d{5}$/.test(line))).toBe(true);
        expect(quarantined).toEqual([]);
        const remarked = events().filter(({ flags }) => flags.includes('blocked_identifier:/traits/phone'));
        expect(remarked).toHaveLength(COUNT);
      });
    },
    { heavy: true },
  );

  scenario('is refused in whatever way it is written', async ({ given, thenSee }) => {
    const written = ['00000000000', '+86 000 0000 0000', '0', '11111111111', '000-0000-0000', '-1', 'null', 'N/A'];
    given(
      'forms',
      ...written.map((number, n) => fromPage({ type: 'identify', userId: `m${n}`, traits: { phone: number } })),
    );
    await thenSee('everybody is alone', async ({ persons }) => {
      expect(await persons()).toEqual(written.map((_, n) => `user_id:m${n}`));
    });
  });

  scenario('alone in an event names nobody: the event is kept apart', async ({ given, thenSee }) => {
    given('a form without anything else', fromServer({ type: 'identify', traits: { phone: '00000000000' } }));
    await thenSee('in quarantine, with the reason', async ({ persons, quarantined }) => {
      expect(await persons()).toEqual([]);
      expect(quarantined.map(({ reason }) => reason)).toEqual(['no_identifier']);
      expect(quarantined[0]?.original).toContain('"identify"');
    });
  });
});

describe('a phone number that the shop’s staff types in for everybody', () => {
  const STAFF = phone('13800138000');
  const member = (n: number): string => `user_id:m${digits(n)}`;
  const forms = (count: number) =>
    numbers(count).map((n) =>
      fromServer({ type: 'identify', userId: `m${digits(n)}`, traits: { phone: '13800138000' } }),
    );

  for (const [members, bound, heavy] of [
    [600, 500, true],
    [30, 10, false],
  ] as const) {
    scenario(
      `is learned as a placeholder: ${members} members, where ${bound} are believed`,
      async ({ given, when, thenSee }) => {
        const others = [crmKnows(['user_id:a', 'phone:as']), visit('user_id:b', 'anonymous_id:bs')];
        given('one who really has a phone, and one who has a browser', ...others);
        when('all these members get the same number', ...forms(members), tillSells(3, STAFF), tillSells(10, member(0)));
        await thenSee(
          'the number is nobody’s, and the others are who they were',
          async ({ persons, profile, events }) => {
            const known = ['phone:as + user_id:a', 'anonymous_id:bs + user_id:b'];
            expect(await persons()).toEqual([`${STAFF} (degree)`, ...known, ...numbers(members).map(member)].sort());
            expect(await profile(STAFF)).toMatchObject({ shared: true, tags: { revenue_cny_90d: 300 } });
            expect((await profile(member(0))).tags.revenue_cny_90d).toBe(1000);
            expect(events()).toHaveLength(members + 4);
          },
        );
        await thenSee('the reason', async ({ why }) => {
          const { together, refused } = await why(member(7), STAFF);
          expect(together).toBe(false);
          expect(refused).toEqual([expect.stringMatching(/^degree: phone:\S+ was seen with .* others/)]);
        });
      },
      { heavy, rules: compileRules({ ...SHIPPED_RULES, max_degree: bound }) },
    );
  }

  scenario('is the first member’s up to the bound, and the refusals say so', async ({ given, thenSee }) => {
    given('four members', ...forms(4));
    await thenSee('one of them holds it', async ({ persons, why }) => {
      expect(await persons()).toEqual([`${STAFF} + ${member(0)}`, member(1), member(2), member(3)]);
      expect((await why(member(3), STAFF)).refused).toEqual([
        `unique: one person may hold 1 of user_id, this would make 2: ${member(0)} on one side, ${member(3)} on the other`,
      ]);
    });
  });
});

describe('an openid without its app', () => {
  const event = (over: object) => ({ type: 'track', event: 'Opened', ...over });

  scenario('is no identifier: the same value in two apps is two people', async ({ given, thenSee }) => {
    given(
      'mini programs, one of which forgot its app id',
      fromPage(event({ userId: 'm1', properties: { openid: 'o1' } })),
      fromPage(event({ userId: 'm2', properties: { openid: 'o1', appid: 'wx1' } })),
      fromPage(event({ userId: 'm3', properties: { openid: 'o1', appid: 'wx2' } })),
    );
    await thenSee('the one without is left out and remarked on, the others are apart', async ({ persons, events }) => {
      expect(await persons()).toEqual(['openid:wx1:o1 + user_id:m2', 'openid:wx2:o1 + user_id:m3', 'user_id:m1']);
      expect(events()[0]?.flags).toContain('identifier_without_scope:/properties/openid');
      expect(events()[1]?.flags).not.toContain('identifier_without_scope:/properties/openid');
    });
  });

  scenario('alone in an event is kept, and can be fed in again', async ({ given, when, thenSee }) => {
    const app = { ...WEB, app_id: 'wx1' };
    given('nothing else names anybody', fromPage(event({ properties: { openid: 'o1' } })));
    await thenSee('in quarantine', async ({ persons, quarantined }) => {
      expect(await persons()).toEqual([]);
      expect(quarantined.map(({ reason }) => reason)).toEqual(['no_identifier']);
    });
    when('the source is given its app id', { source: app, raw: event({ userId: 'm1', properties: { openid: 'o1' } }) });
    await thenSee('it counts', async ({ persons }) => expect(await persons()).toEqual(['openid:wx1:o1 + user_id:m1']));
  });

  scenario('in a declaration stops the declaration', async ({ given, thenSee }) => {
    given(
      'customer service',
      crmKnows(['user_id:m1']),
      fromServer({ type: 'bind', identifiers: ['user_id:m1', 'openid:o1'], reason: 'asked to' }),
    );
    await thenSee('nothing bound, and why', async ({ persons, quarantined }) => {
      expect(await persons()).toEqual(['user_id:m1']);
      expect(quarantined.map(({ reason, field }) => [reason, field])).toEqual([
        ['identifier_without_scope', '/identifiers/1'],
      ]);
    });
  });
});

describe('values that mean nobody', () => {
  scenario('join nobody, wherever an SDK puts them', async ({ given, thenSee }) => {
    const junk = ['undefined', 'NULL', ' anonymous ', '[object Object]', '00000000-0000-0000-0000-000000000000', '0'];
    given(
      'broken clients',
      ...junk.flatMap((value, n) => [
        fromPage({ type: 'track', event: 'A', userId: `m${n}`, anonymousId: value }),
        fromPage({ type: 'track', event: 'B', userId: value, anonymousId: `c${n}` }),
        fromPage({ type: 'track', event: 'C', userId: `m${n}`, context: { device: { id: value } } }),
      ]),
    );
    await thenSee('twelve identifiers, each on its own', async ({ persons }) => {
      expect(await persons()).toEqual([
        ...junk.map((_, n) => `anonymous_id:c${n}`),
        ...junk.map((_, n) => `user_id:m${n}`),
      ]);
    });
  });

  scenario(
    'that a company names itself are blocked by its rules',
    async ({ given, thenSee }) => {
      given(
        'a call centre’s own number for "no number"',
        crmKnows(['user_id:m1', 'phone:none-x']),
        crmKnows(['user_id:m2', 'phone:none-y']),
      );
      await thenSee('blocked by pattern', async ({ persons, why }) => {
        expect(await persons()).toEqual([
          'phone:none-x (blocked)',
          'phone:none-y (blocked)',
          'user_id:m1',
          'user_id:m2',
        ]);
        expect((await why('user_id:m1', 'phone:none-x')).refused).toEqual([
          'blocked: "none-x" in phone:none-x is on the blocked list of the identity rules',
        ]);
      });
    },
    { rules: compileRules({ ...SHIPPED_RULES, blocked_patterns: ['none-.*'] }) },
  );
});
