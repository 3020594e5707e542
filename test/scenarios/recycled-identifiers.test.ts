import { describe, expect } from 'vitest';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { SHIPPED_RULES } from '../support/identity.ts';
import { scenario } from '../support/scenario.ts';
import { at, crmKnows, declares, does, signsIn, type Telling, tillSells, visit } from '../support/scenario-events.ts';
import type { ScenarioWorld } from '../support/scenario-world.ts';

const OLD = 'user_id:old';
const NEW = 'user_id:new';
const PHONE = 'phone:p1';

type Sums = Awaited<ReturnType<ScenarioWorld['sums']>>;

/** What the old owner has done before his number went to somebody else. */
const oldLife: readonly Telling[] = [
  crmKnows([OLD, PHONE], { name: 'Lao Wang', city: 'Beijing' }),
  tillSells(100, OLD),
  tillSells(19.99, PHONE),
  visit(PHONE, 'anonymous_id:old-browser'),
  signsIn([OLD, 'anonymous_id:old-browser'], { consent: { marketing: true } }),
];
const released = declares('unbind', 'the carrier gave the number to somebody else', PHONE);
const newLife: readonly Telling[] = [
  crmKnows([NEW, PHONE], { name: 'Xiao Li' }),
  tillSells(5, PHONE),
  does('Product Viewed', [NEW], { consent: { marketing: false } }),
];

describe('a recycled phone number', () => {
  scenario('is refused to the new owner as long as nobody says so', async ({ given, when, thenSee }) => {
    given('the old owner', ...oldLife);
    when('the new one registers', ...newLife);
    await thenSee('the number stays', async ({ persons, why }) => {
      expect(await persons()).toEqual([`anonymous_id:old-browser + ${PHONE} + ${OLD}`, NEW]);
      expect((await why(NEW, PHONE)).refused).toEqual([
        'unique: one person may hold 1 of user_id, this would make 2: user_id:new on one side, user_id:old on the other',
      ]);
    });
  });

  scenario('goes to the new owner once released, and the old one keeps all else', async ({ given, when, thenSee }) => {
    given('the old owner', ...oldLife);
    let before: Sums | undefined;
    await thenSee('one person', async ({ persons, sums }) => {
      before = await sums();
      expect(await persons()).toEqual([`anonymous_id:old-browser + ${PHONE} + ${OLD}`]);
    });

    when('the number is released', released);
    await thenSee('it is on its own, with what was sold to it', async ({ persons, profile, traits, sums }) => {
      expect(await persons()).toEqual([`anonymous_id:old-browser + ${OLD}`, PHONE]);
      expect(await traits(OLD)).toEqual({ name: 'Lao Wang', city: 'Beijing' });
      const { tags, consents } = await profile(OLD);
      expect(tags.revenue_cny_90d).toBe(10_000);
      expect(consents.marketing?.granted).toBe(true);
      expect(await sums()).toEqual(before);
    });

    when('the new owner registers', ...newLife);
    await thenSee('he holds it', async ({ persons, traits, profile, why, sums }) => {
      expect(await persons()).toEqual([`anonymous_id:old-browser + ${OLD}`, `${PHONE} + ${NEW}`]);
      expect(await traits(NEW)).toEqual({ name: 'Xiao Li' });
      expect((await profile(NEW)).consents.marketing?.granted).toBe(false);
      expect((await profile(OLD)).consents.marketing?.granted).toBe(true);
      expect((await why(OLD, PHONE)).refused).toEqual([
        expect.stringMatching(/^released: phone:p1 was released at 2026-03-\S+Z from what it was seen with before$/),
      ]);
      expect((await why(NEW, PHONE)).chain).toEqual([`${PHONE} – ${NEW} import by crm`]);
      expect((await sums()).events).toBe((before?.events ?? 0) + 3);
    });
  });

  scenario('comes out the same however late the release is heard of', async ({ given, thenSee }) => {
    given('everything at once', ...oldLife, released, ...newLife);
    await thenSee('the number is the new owner’s', async ({ persons, sums }) => {
      expect(await persons()).toEqual([`anonymous_id:old-browser + ${OLD}`, `${PHONE} + ${NEW}`]);
      expect(await sums()).toMatchObject({ events: 8, revenue: 12_499 });
    });
  });

  scenario('can be taken from one member alone', async ({ given, thenSee }) => {
    given('the pair is unbound', ...oldLife, declares('unbind', 'not his any more', PHONE, OLD), ...newLife);
    await thenSee('the number is the new owner’s', async ({ persons, why }) => {
      expect(await persons(PHONE)).toEqual([`${PHONE} + ${NEW}`]);
      const { refused, apart } = await why(OLD, PHONE);
      expect(refused).toEqual([`split: ${PHONE} and ${OLD} are kept apart by unbind`]);
      expect(apart).toEqual([`${PHONE} – ${OLD} unbind by desk`]);
    });
  });
});

/** Segment: identifiers that were deleted come back when history is replayed. */
describe('a replay of history', () => {
  const history: readonly Telling[] = [at('2026-02-20T00:00:00.000Z', crmKnows([OLD, PHONE])), visit(OLD)];
  const again = (telling: Telling, n: number): Telling =>
    'keys' in telling ? { ...telling, over: { ...telling.over, event_id: `replay-${n}` } } : telling;

  // An explicit bind lifts an unbind or a split, and what was seen counts again; what a release cut off stays cut off.
  for (const [what, cut, joins] of [
    ['released', declares('unbind', 'wrong number', PHONE), 'bind by desk'],
    ['unbound', declares('unbind', 'wrong number', PHONE, OLD), 'import by crm'],
    ['split', declares('split', 'wrong number', PHONE, OLD), 'import by crm'],
  ] as const) {
    scenario(`does not bring back what was ${what}`, async ({ given, when, thenSee }) => {
      given('a number that is cut off', ...history, cut);
      await thenSee('it is', async ({ persons }) => expect(await persons()).toEqual([PHONE, OLD]));
      when('all of it is sent again, under new ids, with the times at which it happened', ...history.map(again));
      await thenSee('still apart', async ({ persons }) => expect(await persons()).toEqual([PHONE, OLD]));
      when('a nightly import says it again, as of tonight', crmKnows([OLD, PHONE]));
      await thenSee('still apart', async ({ persons }) => expect(await persons()).toEqual([PHONE, OLD]));
      when('somebody binds them on purpose', declares('bind', 'the customer showed the phone', PHONE, OLD));
      await thenSee('together again', async ({ persons, why }) => {
        expect(await persons()).toEqual([`${PHONE} + ${OLD}`]);
        expect((await why(PHONE, OLD)).chain).toEqual([`${PHONE} – ${OLD} ${joins}`]);
      });
    });
  }

  scenario('does not bring it back because another system still has it', async ({ given, when, thenSee }) => {
    const stale = [
      tillSells(10, OLD, PHONE),
      does('Order Shipped', [OLD, PHONE], { source_id: 'erp', verified: true }),
      signsIn([OLD, PHONE], { source_id: 'app', attested: [OLD, PHONE] }),
    ];
    given('a number that only the CRM had sent is released', ...history, declares('unbind', 'recycled', PHONE));
    when('others, which were told of it late, send it for the first time', ...stale);
    await thenSee('still apart', async ({ persons }) => expect(await persons()).toEqual([PHONE, OLD]));
    when('the new owner registers', crmKnows([NEW, PHONE]));
    await thenSee('his', async ({ persons, why }) => {
      expect(await persons()).toEqual([`${PHONE} + ${NEW}`, OLD]);
      const { refused } = await why(OLD, PHONE);
      expect(new Set(refused).size).toBe(1);
      expect(refused).toHaveLength(4);
      expect(refused[0]).toMatch(/^released: phone:p1 was released at/);
    });
  });

  scenario('does not bring it back by way of a third identifier either', async ({ given, when, thenSee }) => {
    const seen = [crmKnows([OLD, PHONE]), visit(OLD, 'anonymous_id:c1'), visit(PHONE, 'anonymous_id:c1')];
    given(
      'a number that was also seen with a browser',
      ...seen.map((telling) => at('2026-02-20T00:00:00.000Z', telling)),
    );
    when('the number is released', declares('unbind', 'recycled', PHONE));
    await thenSee('it is on its own', async ({ persons }) => {
      expect(await persons()).toEqual([`anonymous_id:c1 + ${OLD}`, PHONE]);
    });
  });

  scenario('from the first event on, into an empty store, gives the same persons', async ({ given, thenSee }) => {
    given('a life with a release in it', ...oldLife, released, ...newLife);
    await thenSee('byte for byte', async (world) => {
      const replayed = await world.replayed(world.rules);
      expect(await replayed.everything()).toEqual(await world.everything());
    });
  });
});

describe('a user id that an app release had hard-coded', () => {
  const GUEST = 'user_id:guest-123';
  const phones = [1, 2, 3].map((n) => `device_id:phone${n}`);
  const blocked = compileRules({ ...SHIPPED_RULES, blocked_values: [...SHIPPED_RULES.blocked_values, GUEST] });
  const release = phones.map((device) => signsIn([GUEST, device]));
  const own = phones.map((device, n) => signsIn([`user_id:m${n + 1}`, device]));

  scenario('joins strangers, until the rules block it; nothing is lost', async ({ given, thenSee }) => {
    given('three installations', ...release, ...phones.map((device) => tillSells(10, device)));
    await thenSee('one person of three phones, and three once it is blocked', async (world) => {
      expect(await world.persons()).toEqual([`${phones.join(' + ')} + ${GUEST}`]);
      expect(world.preview(blocked)).toEqual([...phones, `${GUEST} (blocked)`]);
      const repaired = await world.replayed(blocked);
      expect(await repaired.persons()).toEqual([...phones, `${GUEST} (blocked)`]);
      expect(await repaired.sums()).toEqual(await world.sums());
      expect((await repaired.profile('device_id:phone2')).tags.revenue_cny_90d).toBe(1000);
      expect((await repaired.why(GUEST, 'device_id:phone1')).refused).toEqual([
        'blocked: "guest-123" in user_id:guest-123 is on the blocked list of the identity rules',
      ]);
    });
  });

  scenario('does not hide who signs in with an id of his own', async ({ given, thenSee }) => {
    given('the release, and the one that repaired it', ...release, ...own);
    await thenSee('the phones are shared now, and his own again once it is blocked', async (world) => {
      expect(await world.persons()).toEqual([
        ...phones.map((device) => `${device} (shared)`),
        GUEST,
        'user_id:m1',
        'user_id:m2',
        'user_id:m3',
      ]);
      expect(world.preview(blocked)).toEqual([
        ...phones.map((device, n) => `${device} + user_id:m${n + 1}`),
        `${GUEST} (blocked)`,
      ]);
    });
  });

  scenario(
    'stands alone by itself once too many devices have it',
    async ({ given, thenSee }) => {
      const devices = Array.from({ length: 12 }, (_, n) => `device_id:phone${String(n).padStart(2, '0')}`);
      given('twelve installations, ten being believed', ...devices.map((device) => signsIn([GUEST, device])));
      await thenSee('nobody is joined', async ({ persons, sums, why }) => {
        expect(await persons()).toEqual([...devices, `${GUEST} (degree)`]);
        expect((await sums()).events).toBe(12);
        expect((await why(GUEST, 'device_id:phone07')).refused).toEqual([
          expect.stringMatching(/^degree: user_id:guest-123 was seen with .* others/),
        ]);
      });
    },
    { rules: compileRules({ ...SHIPPED_RULES, max_degree: 10 }) },
  );
});
