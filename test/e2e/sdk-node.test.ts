import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
}, 30_000);
afterAll(() => server.stop());

/** An SDK as its documentation sets it up, and what it complained of. */
function sdk(settings: { flushAt?: number } = {}) {
  const analytics = new Analytics({ writeKey: server.key('server'), host: server.url, ...settings });
  const errors: unknown[] = [];
  const delivered: (string | undefined)[] = [];
  analytics.on('error', (error) => errors.push(error));
  for (const type of ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const) {
    analytics.on(type, (context) => delivered.push(context.event.messageId));
  }
  return { analytics, errors, delivered };
}

const EVENTS = 10_000;
const USERS = 100;

/** The n-th call: all six kinds, by members and by anonymous people. */
function call(analytics: Analytics, n: number): void {
  const user = `u${n % USERS}`;
  switch (n % 10) {
    case 0:
      analytics.identify({ userId: user, traits: { name: `Name ${n}`, level: 'gold' } });
      return;
    case 1:
      analytics.page({ userId: user, name: 'Home', properties: { url: 'https://shop.example.com/' } });
      return;
    case 2:
      analytics.screen({ anonymousId: `a${n % USERS}`, name: 'Cart' });
      return;
    case 3:
      analytics.group({ userId: user, groupId: 'g1', traits: { name: 'Shop' } });
      return;
    case 4:
      analytics.alias({ userId: user, previousId: `old-${n % USERS}` });
      return;
    case 5: {
      const products = [{ product_id: 'p1', price: 19.9, quantity: 1 }];
      const properties = { order_id: `o${n}`, total: 19.9, currency: 'CNY', products };
      analytics.track({ userId: user, event: 'Order Completed', properties });
      return;
    }
    default:
      analytics.track({ userId: user, event: 'Product Viewed', properties: { product_id: `p${n % 7}` } });
      return;
  }
}

describe('the unmodified Node SDK', () => {
  it('delivers 10,000 events of all kinds, each one row', { timeout: 90_000 }, async () => {
    const { analytics, errors, delivered } = sdk({ flushAt: 50 });
    for (let n = 0; n < EVENTS; n++) call(analytics, n);
    await analytics.closeAndFlush();
    expect(errors).toEqual([]);
    expect(new Set(delivered).size).toBe(EVENTS);
    expect(await server.sql('SELECT count(*), count(DISTINCT event_id) FROM events')).toEqual([[EVENTS, EVENTS]]);
    expect(await server.sql('SELECT type, count(*) FROM events GROUP BY type ORDER BY type')).toEqual([
      ['alias', 1000],
      ['group', 1000],
      ['identify', 1000],
      ['page', 1000],
      ['screen', 1000],
      ['track', 5000],
    ]);
    expect((await server.get('/api/quarantine')).json.items).toEqual([]);
    const { json: stats } = await server.get('/api/stats');
    expect(stats.stages).toMatchObject({
      collect: { accepted: EVENTS, refused: 0 },
      clean: { events: EVENTS, quarantined: 0 },
      stitch: { events: EVENTS, duplicates: 0 },
    });
    expect(await server.value('SELECT sum(events) FROM profiles')).toBe(EVENTS);
  });

  it('brings an alias and what its former id did into the person', async () => {
    const person = await server.person({ identifier: 'user_id:u4' });
    expect(person.identifiers.map(({ key }) => key).sort()).toEqual(['anonymous_id:old-4', 'user_id:u4']);
    const buyer = await server.person({ identifier: 'user_id:u5' });
    expect(buyer.tags).toMatchObject({ orders_90d: 100, revenue_cny_90d: 199_000, no_order_30d: false });
  });
});

/** One malformed event each: how the SDK is called, and what the quarantine must say of it. */
const MALFORMED: { reason: string; field: string; call: (analytics: Analytics, messageId: string) => void }[] = [
  {
    reason: 'plan_violation',
    field: '/properties/price',
    call: (analytics, messageId) =>
      analytics.track({
        messageId,
        userId: 'bad',
        event: 'Product Viewed',
        properties: { product_id: 'p', price: 'abc' },
      }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/product_id',
    call: (analytics, messageId) =>
      analytics.track({ messageId, userId: 'bad', event: 'Product Viewed', properties: {} }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/products/1/product_id',
    call: (analytics, messageId) =>
      analytics.track({
        messageId,
        userId: 'bad',
        event: 'Order Completed',
        properties: { order_id: 'o', products: [{ product_id: 'p' }, { sku: 's' }] },
      }),
  },
  {
    reason: 'plan_violation',
    field: '/properties/order_id',
    call: (analytics, messageId) => analytics.track({ messageId, userId: 'bad', event: 'Order Completed' }),
  },
  {
    reason: 'plan_violation',
    field: '/traits/level',
    call: (analytics, messageId) => analytics.identify({ messageId, userId: 'bad', traits: { level: 7 } }),
  },
  {
    reason: 'invalid_time',
    field: '/timestamp',
    call: (analytics, messageId) =>
      analytics.track({ messageId, userId: 'bad', event: 'Signed In', timestamp: 'yesterday at noon' }),
  },
  {
    reason: 'no_identifier',
    field: '/userId',
    call: (analytics, messageId) => analytics.track({ messageId, userId: 'undefined', event: 'Signed In' }),
  },
  {
    reason: 'too_many_identifiers',
    field: '',
    call: (analytics, messageId) => {
      const externalIds = Array.from({ length: 21 }, (_, n) => ({ type: 'device_id', id: `device-${n}` }));
      analytics.track({ messageId, userId: 'bad', event: 'Signed In', context: { externalIds } });
    },
  },
];

describe('malformed events from the SDK', () => {
  it('are each in quarantine with the reason and the field, and the good ones among them are not', async () => {
    const { analytics, errors } = sdk();
    for (const [index, { call: misuse }] of MALFORMED.entries()) {
      misuse(analytics, `bad-${index}`);
      analytics.track({ messageId: `good-${index}`, userId: 'good', event: 'Signed In' });
    }
    await analytics.closeAndFlush();
    expect(errors).toEqual([]);
    const { json } = await server.get('/api/quarantine?limit=1000');
    const found = new Map<string, { reason: string; field: string; detail: string; fix: string }>(
      json.items.map((item: { event_id: string }) => [item.event_id, item]),
    );
    expect(found.size).toBe(MALFORMED.length);
    for (const [index, { reason, field }] of MALFORMED.entries()) {
      const item = found.get(`bad-${index}`);
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
    expect(await server.value(`SELECT count(*) FROM events WHERE event_id LIKE 'good-%'`)).toBe(MALFORMED.length);
    expect(await server.value(`SELECT count(*) FROM events WHERE event_id LIKE 'bad-%'`)).toBe(0);
  });

  it('that are too large are refused and kept in quarantine, and the SDK says so', async () => {
    const { analytics, errors } = sdk();
    analytics.track({
      messageId: 'large',
      userId: 'bad',
      event: 'Signed In',
      properties: { text: 'x'.repeat(40_000) },
    });
    await analytics.closeAndFlush();
    expect(errors.length).toBe(1);
    const { json } = await server.get('/api/quarantine?event_id=large');
    expect(json.items).toMatchObject([{ reason: 'event_too_large', event_id: 'large' }]);
  });

  it('that reuse a message id for another event are in quarantine, not counted', async () => {
    const { analytics, errors } = sdk();
    const event = { messageId: 'reused', userId: 'reuser', event: 'Signed In' };
    analytics.track(event);
    analytics.track({ ...event, properties: { method: 'phone' } });
    await analytics.closeAndFlush();
    expect(errors).toEqual([]);
    const { json } = await server.get('/api/quarantine?event_id=reused');
    expect(json.items).toMatchObject([{ reason: 'id_conflict', stage: 'stitch' }]);
    expect((await server.person({ identifier: 'user_id:reuser' })).profile.behaviour.events).toBe(1);
  });
});
