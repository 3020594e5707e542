import { describe, expect } from 'vitest';
import { scenario } from '../support/scenario.ts';
import {
  crmKnows,
  does,
  email,
  fromPage,
  phone,
  signsIn,
  type Telling,
  tillSells,
  visit,
} from '../support/scenario-events.ts';

const MUM = 'user_id:mum';
const DAD = 'user_id:dad';
const TABLET = 'device_id:tablet';

describe('a family tablet', () => {
  scenario('keeps mum and dad two people, and belongs to neither', async ({ given, when, thenSee }) => {
    given('mum uses the tablet alone', visit(TABLET), signsIn([MUM, TABLET], { traits: { city: 'Hangzhou' } }));
    await thenSee('what was done before her first login is hers', async ({ persons, profile }) => {
      expect(await persons()).toEqual([`${TABLET} + ${MUM}`]);
      expect((await profile(MUM)).profile.behaviour.events).toBe(2);
    });

    when('dad signs in on it too', signsIn([DAD, TABLET]));
    await thenSee('three persons, the tablet shared', async ({ persons, traits, sums }) => {
      expect(await persons()).toEqual([`${TABLET} (shared)`, DAD, MUM]);
      expect(await traits(MUM)).toEqual({ city: 'Hangzhou' });
      expect(await traits(DAD)).toEqual({});
      expect((await sums()).events).toBe(3);
    });
    await thenSee('and the reason', async ({ why }) => {
      const refusal = `shared: ${TABLET} is shared: it was seen with ${MUM} and with ${DAD}`;
      expect(await why(MUM, TABLET)).toEqual({ together: false, chain: [], refused: [refusal], apart: [] });
      expect(await why(MUM, DAD)).toEqual({ together: false, chain: [], refused: [], apart: [] });
    });
  });

  scenario('leaves each their own browser and phone', async ({ given, thenSee }) => {
    given(
      'all of a family that share one tablet',
      crmKnows([MUM, 'phone:mums']),
      crmKnows([DAD, 'phone:dads']),
      visit(MUM, 'anonymous_id:mums-browser'),
      signsIn([DAD, TABLET]),
      visit(DAD, 'anonymous_id:dads-browser'),
      signsIn([MUM, TABLET]),
      visit(TABLET),
    );
    await thenSee('only the tablet stands apart', async ({ persons, why }) => {
      expect(await persons()).toEqual([
        `anonymous_id:dads-browser + phone:dads + ${DAD}`,
        `anonymous_id:mums-browser + phone:mums + ${MUM}`,
        `${TABLET} (shared)`,
      ]);
      // Weakest first: what a browser says is worth less than what the company's own system knows.
      expect((await why('anonymous_id:mums-browser', 'phone:mums')).chain).toEqual([
        `anonymous_id:mums-browser – ${MUM} same_event by web`,
        `phone:mums – ${MUM} import by crm`,
      ]);
    });
  });
});

describe('the till of a shop', () => {
  const POS = 'device_id:till-7';
  const customers = Array.from({ length: 40 }, (_, n) => `user_id:m${String(n).padStart(2, '0')}`);
  const sales = (total: number): Telling[] => customers.map((customer) => tillSells(total, customer, POS));

  scenario('sells to forty members a day and joins none of them', async ({ given, thenSee }) => {
    given('a day at the till', ...sales(19.99), ...sales(5), tillSells(1, POS));
    await thenSee('forty members, each with what he bought', async ({ persons, profile, sums }) => {
      expect(await persons()).toEqual([`${POS} (shared)`, ...customers]);
      expect((await profile('user_id:m07')).tags.revenue_cny_90d).toBe(2499);
      expect(await sums()).toMatchObject({ events: 81, revenue: 40 * 2499 + 100 });
    });
    await thenSee('verified evidence is no excuse', async ({ why }) => {
      const { together, refused } = await why('user_id:m07', POS);
      expect(together).toBe(false);
      expect(refused).toEqual([
        expect.stringMatching(/^shared: device_id:till-7 is shared: it was seen with user_id:m\d\d and with/),
      ]);
    });
  });
});

describe('a kiosk', () => {
  const KIOSK = 'device_id:kiosk';

  scenario('with a cookie for each visitor joins no visitors', async ({ given, when, thenSee }) => {
    const visitors = Array.from({ length: 30 }, (_, n) => n);
    given('thirty visitors, who do not sign in', ...visitors.map((n) => visit(KIOSK, `anonymous_id:v${n}`)));
    await thenSee('nobody knows better yet: one person of the device', async ({ persons }) => {
      expect(await persons()).toHaveLength(1);
    });

    when(
      'some of them sign in later',
      ...visitors.slice(0, 10).map((n) => signsIn([`user_id:m${n}`, `anonymous_id:v${n}`])),
      signsIn(['user_id:m0', KIOSK]),
      signsIn(['user_id:m1', KIOSK]),
    );
    await thenSee('the kiosk is shared, each member has his own visit', async ({ persons, sums }) => {
      const lines = await persons();
      expect(lines).toHaveLength(31);
      expect(lines).toContain(`${KIOSK} (shared)`);
      for (const n of [0, 5, 9]) expect(lines).toContain(`anonymous_id:v${n} + user_id:m${n}`);
      expect(lines).toContain('anonymous_id:v29');
      expect((await sums()).events).toBe(42);
    });
  });
});

/** Mautic #5495: whoever filled in a form on a computer took over the contact of whoever had done so before him. */
describe('identified people sharing a computer', () => {
  const COOKIE = 'anonymous_id:library';
  const [ANN, BOB] = [email('ann@example.com'), email('bob@example.com')];
  const form = (first_name: string, address: string) =>
    fromPage({ type: 'identify', anonymousId: 'library', traits: { email: address, first_name } });

  scenario('are not merged, and do not see each other’s names', async ({ given, when, thenSee }) => {
    given('Ann fills in a form', form('Ann', 'ann@example.com'));
    when('Bob fills in a form on the same computer', form('Bob', 'bob@example.com'));
    await thenSee('two people', async ({ persons, traits, why }) => {
      expect(await persons()).toEqual([`${COOKIE} (shared)`, ...[ANN, BOB].sort()]);
      expect((await traits(ANN)).first_name).toBe('Ann');
      expect((await traits(BOB)).first_name).toBe('Bob');
      expect(await traits(COOKIE)).toEqual({});
      const { refused } = await why(ANN, COOKIE);
      expect(refused).toEqual([expect.stringContaining(`shared: ${COOKIE} is shared: it was seen with`)]);
    });

    when('each of them comes back on a computer of his own', form('Ann', 'ann@example.com'));
    await thenSee('still two people', async ({ persons }) =>
      expect(await persons(ANN, BOB)).toEqual([ANN, BOB].sort()),
    );
  });

  scenario('are not merged by a phone number in common either', async ({ given, thenSee }) => {
    given(
      'two members who gave the number of one household',
      crmKnows(['user_id:ann', 'phone:home']),
      crmKnows(['user_id:bob', 'phone:home']),
      does('Product Viewed', ['user_id:bob', COOKIE]),
    );
    await thenSee('it is the first one’s, and the refusal says so', async ({ persons, why }) => {
      expect(await persons()).toEqual([`${COOKIE} + user_id:bob`, 'phone:home + user_id:ann']);
      expect((await why('phone:home', 'user_id:bob')).refused).toEqual([
        'unique: one person may hold 1 of user_id, this would make 2: user_id:ann on one side, user_id:bob on the other',
      ]);
    });
  });
});

describe('a phone number typed on a tablet of a shop', () => {
  scenario('is not the shop’s, nor the next customer’s', async ({ given, thenSee }) => {
    const numbers = ['13800138001', '13800138002', '13800138003'];
    given(
      'three customers leave their number',
      ...numbers.map((number) => fromPage({ type: 'identify', anonymousId: 'shop-tablet', traits: { phone: number } })),
    );
    await thenSee('three customers and a tablet', async ({ persons }) => {
      expect(await persons()).toEqual(['anonymous_id:shop-tablet (shared)', ...numbers.map(phone).sort()]);
    });
  });
});
