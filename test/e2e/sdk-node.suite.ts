import { Analytics } from '@segment/analytics-node';
import { describe, expect, it } from 'vitest';
import type { Target } from '../support/target.ts';

/** An SDK as its documentation sets it up, and what it complained of. */
export function nodeSdk(target: Target, settings: { flushAt?: number } = {}) {
  const analytics = new Analytics({ writeKey: target.key('server'), ...target.sdk, ...settings });
  const errors: unknown[] = [];
  const delivered: (string | undefined)[] = [];
  analytics.on('error', (error) => errors.push(error));
  for (const type of ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const) {
    analytics.on(type, (context) => delivered.push(context.event.messageId));
  }
  return { analytics, errors, delivered };
}

/** Calls before the SDK is waited for: else it sends everything at once, from one process to all the functions there are. */
const AT_ONCE = 250;
/** Of a hundred members with one anonymous id each. */
const USERS = 100;

/** The n-th call: all six kinds, by members and by anonymous people. */
function call(analytics: Analytics, n: number, run: string): void {
  const userId = `${run}u${n % USERS}`;
  const messageId = `${run}sdk-${n}`;
  switch (n % 10) {
    case 0:
      analytics.identify({ messageId, userId, traits: { name: `Name ${n}`, level: 'gold' } });
      return;
    case 1:
      analytics.page({ messageId, userId, name: 'Home', properties: { url: 'https://shop.example.com/' } });
      return;
    case 2:
      analytics.screen({ messageId, anonymousId: `${run}a${n % USERS}`, name: 'Cart' });
      return;
    case 3:
      analytics.group({ messageId, userId, groupId: 'g1', traits: { name: 'Shop' } });
      return;
    case 4:
      analytics.alias({ messageId, userId, previousId: `${run}old-${n % USERS}` });
      return;
    case 5: {
      const products = [{ product_id: 'p1', price: 19.9, quantity: 1 }];
      const properties = { order_id: `${run}o${n}`, total: 19.9, currency: 'CNY', products };
      analytics.track({ messageId, userId, event: 'Order Completed', properties });
      return;
    }
    default:
      analytics.track({ messageId, userId, event: 'Product Viewed', properties: { product_id: `p${n % 7}` } });
      return;
  }
}

/** The unmodified Node SDK sends so many events, a multiple of a thousand: rows, persons and profiles have them all. */
export function nodeSdkSuite(target: () => Target, events: number): void {
  describe('the unmodified Node SDK', () => {
    it(`delivers ${events} events of all kinds, each one row`, async () => {
      const { run } = target();
      const { analytics, errors, delivered } = nodeSdk(target(), { flushAt: 50 });
      for (let n = 0; n < events; n++) {
        call(analytics, n, run);
        if (n % AT_ONCE === AT_ONCE - 1) await analytics.flush();
      }
      await analytics.closeAndFlush();
      expect(errors).toEqual([]);
      expect(new Set(delivered).size).toBe(events);
      const ours = `FROM events WHERE event_id LIKE '${run}sdk-%'`;
      await target().eventually(async () => {
        expect(await target().sql(`SELECT count(*), count(DISTINCT event_id) ${ours}`)).toEqual([[events, events]]);
      });
      const tenth = events / 10;
      expect(await target().sql(`SELECT type, count(*) ${ours} GROUP BY type ORDER BY type`)).toEqual([
        ['alias', tenth],
        ['group', tenth],
        ['identify', tenth],
        ['page', tenth],
        ['screen', tenth],
        ['track', 5 * tenth],
      ]);
      const mine = `SELECT DISTINCT one_id FROM events_resolved WHERE event_id LIKE '${run}sdk-%'`;
      await target().eventually(async () => {
        expect(await target().value(`SELECT sum(events) FROM profiles WHERE one_id IN (${mine})`)).toBe(events);
      });
    });

    it('brings an alias and what its former id did into the person', async () => {
      const { run } = target();
      const person = await target().person({ identifier: `user_id:${run}u4` });
      expect(person.identifiers.map(({ key }) => key).sort()).toEqual([`anonymous_id:${run}old-4`, `user_id:${run}u4`]);
      const buyer = await target().person({ identifier: `user_id:${run}u5` });
      const orders = events / USERS;
      expect(buyer.tags).toMatchObject({ orders_90d: orders, revenue_cny_90d: orders * 1_990, no_order_30d: false });
    });
  });
}

/** One malformed event each: how the SDK is called, and what the quarantine must say of it. */
const MALFORMED: {
  reason: string;
  field: string;
  call: (analytics: Analytics, messageId: string, userId: string) => void;
}[] = [
  {
    reason: 'plan_violation',
    field: '/properties/price',
    call: (analytics, messageId, userId) =>
      analytics.track({
        messageId,
        userId,
        event: 'Product Viewed',
        properties: { product_id: 'p', price: 'abc' },
      }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/product_id',
    call: (analytics, messageId, userId) =>
      analytics.track({ messageId, userId, event: 'Product Viewed', properties: {} }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/products/1/product_id',
    call: (analytics, messageId, userId) =>
      analytics.track({
        messageId,
        userId,
        event: 'Order Completed',
        properties: { order_id: 'o', products: [{ product_id: 'p' }, { sku: 's' }] },
      }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/order_id',
    call: (analytics, messageId, userId) => analytics.track({ messageId, userId, event: 'Order Completed' }),
  },
  {
    reason: 'plan_violation',
    field: '/traits/level',
    call: (analytics, messageId, userId) => analytics.identify({ messageId, userId, traits: { level: 7 } }),
  },
  {
    reason: 'invalid_time',
    field: '/timestamp',
    call: (analytics, messageId, userId) =>
      analytics.track({ messageId, userId, event: 'Signed In', timestamp: 'yesterday at noon' }),
  },
  {
    reason: 'no_identifier',
    field: '/userId',
    call: (analytics, messageId) => analytics.track({ messageId, userId: 'undefined', event: 'Signed In' }),
  },
  {
    reason: 'too_many_identifiers',
    field: '',
    call: (analytics, messageId, userId) => {
      const externalIds = Array.from({ length: 21 }, (_, n) => ({ type: 'device_id', id: `device-${n}` }));
      analytics.track({ messageId, userId, event: 'Signed In', context: { externalIds } });
    },
  },
];

/** What the SDK lets through and should not have been sent ends in quarantine, with the reason. */
export function malformedSuite(target: () => Target): void {
  const quarantined = async (eventId: string) => (await target().get(`/api/quarantine?event_id=${eventId}`)).json.items;

  describe('malformed events from the SDK', () => {
    it('are each in quarantine with the reason and the field, and the good ones among them are not', async () => {
      const { run } = target();
      const { analytics, errors } = nodeSdk(target());
      for (const [index, { call: misuse }] of MALFORMED.entries()) {
        misuse(analytics, `${run}bad-${index}`, `${run}bad`);
        analytics.track({ messageId: `${run}good-${index}`, userId: `${run}good`, event: 'Signed In' });
      }
      await analytics.closeAndFlush();
      expect(errors).toEqual([]);
      await target().eventually(async () => {
        const { json } = await target().get('/api/quarantine?limit=1000');
        const found = new Map<string, { reason: string; field: string; detail: string; fix: string }>(
          json.items.map((item: { event_id: string }) => [item.event_id, item]),
        );
        for (const [index, { reason, field }] of MALFORMED.entries()) {
          const item = found.get(`${run}bad-${index}`);
          expect(item, `bad-${index}`).toMatchObject({
            reason,
            field,
            source_id: 'server',
            stage: 'clean',
            status: 'open',
          });
          expect(item?.detail.length).toBeGreaterThan(20);
          expect(item?.fix).not.toBe('');
        }
        expect([...found.keys()].filter((id) => id.startsWith(`${run}good-`))).toEqual([]);
        const good = `SELECT count(*) FROM events WHERE event_id LIKE '${run}good-%'`;
        expect(await target().value(good)).toBe(MALFORMED.length);
      });
      expect(await target().value(`SELECT count(*) FROM events WHERE event_id LIKE '${run}bad-%'`)).toBe(0);
    });

    it('that are too large are refused and kept in quarantine, and the SDK says so', async () => {
      const { run } = target();
      const { analytics, errors } = nodeSdk(target());
      const properties = { text: 'x'.repeat(40_000) };
      analytics.track({ messageId: `${run}large`, userId: `${run}bad`, event: 'Signed In', properties });
      await analytics.closeAndFlush();
      expect(errors.length).toBe(1);
      await target().eventually(async () => {
        const items = await quarantined(`${run}large`);
        expect(items).toMatchObject([{ reason: 'event_too_large', event_id: `${run}large` }]);
      });
    });

    it('that reuse a message id for another event are in quarantine, not counted', async () => {
      const { run } = target();
      const { analytics, errors } = nodeSdk(target());
      const event = { messageId: `${run}reused`, userId: `${run}reuser`, event: 'Signed In' };
      analytics.track(event);
      analytics.track({ ...event, properties: { method: 'phone' } });
      await analytics.closeAndFlush();
      expect(errors).toEqual([]);
      await target().eventually(async () => {
        expect(await quarantined(`${run}reused`)).toMatchObject([{ reason: 'id_conflict', stage: 'stitch' }]);
      });
      const { profile } = await target().person({ identifier: `user_id:${run}reuser` });
      expect(profile.behaviour.events).toBe(1);
    });
  });
}
