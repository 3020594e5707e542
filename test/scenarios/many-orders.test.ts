import { describe, expect } from 'vitest';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { SHIPPED_RULES } from '../support/identity.ts';
import { scenario } from '../support/scenario.ts';
import { at, crmKnows, type Telling } from '../support/scenario-events.ts';

const EMAIL = 'email:e1';
const MEMBER = 'user_id:m1';
const CUSTOMER = 'shopify_customer_id:shop:77';
const DAY_MS = 86_400_000;

const order = (n: number): string => `order_id:shop:${String(n).padStart(5, '0')}`;
/** An order a day, the last of `count` on the day before the tests' clock. */
const dayOf = (n: number, count: number): string =>
  new Date(Date.parse('2026-03-14T08:00:00.000Z') - (count - 1 - n) * DAY_MS).toISOString();

const SHOP = { source_id: 'shop', channel: 'shop', verified: true };
const placed = (n: number, count: number): Telling =>
  at(dayOf(n, count), {
    keys: [EMAIL, CUSTOMER, order(n)],
    over: { ...SHOP, name: 'Order Completed', properties: { total: 1, currency: 'CNY', products: [] } },
  });
/** What shops push about an order later names the order and nobody else. */
const shipped = (n: number): Telling => ({ keys: [order(n)], over: { ...SHOP, name: 'Order Shipped' } });
const orders = (count: number): Telling[] => Array.from({ length: count }, (_, n) => placed(n, count));

describe('a wholesale buyer', () => {
  scenario(
    'of more orders than one identifier may have neighbours stays one person, orders and all',
    async ({ given, when, thenSee }) => {
      const COUNT = 30;
      given('thirty orders, where ten others are believed', ...orders(COUNT));
      when('his member id becomes known, and an old and a new order are shipped', crmKnows([MEMBER, EMAIL]));
      when('the shop pushes', shipped(0), shipped(COUNT - 1));
      await thenSee('everything is his', async ({ persons, profile, stitched }) => {
        const all = Array.from({ length: COUNT }, (_, n) => order(n));
        expect(await persons()).toEqual([[EMAIL, ...all, CUSTOMER, MEMBER].sort().join(' + ')]);
        expect((await profile(MEMBER)).profile.behaviour.events).toBe(COUNT + 3);
        expect(stitched.lake.of('quarantine')).toEqual([]);
      });
    },
    { rules: compileRules({ ...SHIPPED_RULES, max_degree: 10 }) },
  );

  scenario(
    'of six hundred orders is one person, and the latest orders are his',
    async ({ given, when, thenSee }) => {
      const COUNT = 600;
      given('six hundred orders', ...orders(COUNT));
      await thenSee('he is known', async ({ persons }) => {
        expect((await persons(EMAIL))[0]).toContain(CUSTOMER);
      });
      when('his member id becomes known', crmKnows([MEMBER, EMAIL]));
      when('the oldest orders and the latest are shipped', shipped(5), shipped(COUNT - 1), shipped(COUNT - 20));
      await thenSee('member id and e-mail are one person, with everything bought', async ({ persons, profile }) => {
        const [line = '', ...others] = await persons(MEMBER, EMAIL, CUSTOMER);
        expect(others).toEqual([]);
        const members = line.split(' + ');
        for (const key of [EMAIL, CUSTOMER, MEMBER, order(COUNT - 1), order(COUNT - 20)])
          expect(members).toContain(key);
        expect(members.length).toBeLessThan(350);
        expect((await profile(MEMBER)).profile.behaviour.events, 'orders, CRM, two shipped').toBe(COUNT + 3);
      });
      await thenSee('what is pushed about an order of long ago stays with that order', async (world) => {
        expect(await world.persons(order(5))).toEqual([order(5)]);
        expect((await world.profile(order(5))).profile.behaviour.events).toBe(1);
        expect(world.stitched.lake.of('quarantine')).toEqual([]);
        expect(new Set(world.stitched.lake.of('events').map(({ event_id }) => event_id)).size).toBe(COUNT + 4);
      });
    },
    // What a component forgets depends on what came first, as its bounds do.
    { heavy: true, withoutOracle: true },
  );
});
