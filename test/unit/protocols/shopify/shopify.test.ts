import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hookPost, hookServer } from '../../../support/hook-sender.ts';
import { CUSTOMER, DATA_REQUEST, ORDER, REDACT, REFUND, SHOP_REDACT } from './bodies.ts';

const SHOP = 't.myshopify.com';
const PATH = '/v1/hooks/shopify/hook';
const server = () =>
  hookServer({ protocol: 'shopify', app_id: SHOP, secrets: { client_secret: ['hush', 'new-secret'] } });

const mac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64');

function webhook(topic: string, body: unknown, { secret = 'hush', id = 'w1', shop = SHOP } = {}) {
  // Shopify writes its large ids as numbers, all digits of them.
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return hookPost(PATH, text, {
    'x-shopify-topic': topic,
    'x-shopify-shop-domain': shop,
    'x-shopify-webhook-id': id,
    'x-shopify-event-id': `e-${id}`,
    'x-shopify-api-version': '2026-04',
    'x-shopify-triggered-at': '2026-11-21T21:05:00.123456789Z',
    'x-shopify-hmac-sha256': mac(text, secret),
  });
}

async function events(topic: string, body: unknown) {
  const hook = server();
  expect((await hook.send(webhook(topic, body))).status).toBe(200);
  const { events: found, quarantined } = hook.cleaned();
  expect(quarantined).toEqual([]);
  return found;
}

const keysOf = (event: { identifiers: readonly { type: string; scope?: string; value: string }[] } | undefined) =>
  event?.identifiers.map(({ type, scope, value }) => [type, scope, ['email', 'phone'].includes(type) ? '' : value]);

it('agrees with what Shopify’s own library says of every recorded request', async () => {
  const path = new URL('../../../recordings/shopify-api-validate/validate.json', import.meta.url);
  const {
    secret,
    out,
  }: { secret: string; out: { headers: Record<string, string>; body: string; result: { valid: boolean } }[] } =
    JSON.parse(readFileSync(path, 'utf8'));
  expect(out.length).toBe(3);
  for (const { headers, body, result } of out) {
    const hook = hookServer({ protocol: 'shopify', app_id: SHOP, secrets: { client_secret: [secret] } });
    const { status } = await hook.send(hookPost(PATH, body, headers));
    expect(status).toBe(result.valid ? 200 : 401);
  }
});

describe('orders', () => {
  it('paid is an order completed, with money, lines and the buyer', async () => {
    const [order, ...rest] = await events('orders/paid', ORDER);
    expect(rest).toEqual([]);
    expect(order).toMatchObject({
      event_id: 'w1',
      type: 'track',
      name: 'Order Completed',
      occurred_at: '2026-11-21T21:05:00.000Z',
      verified: true,
      flags: [],
      properties: {
        order_id: String(ORDER.id),
        affiliation: SHOP,
        total: 409.94,
        subtotal: 398,
        tax: 11.94,
        discount: 5,
        shipping: 0,
        currency: 'USD',
        coupon: 'SPRING',
        products: [
          { product_id: '632910392', sku: 'IPOD-R', name: 'IPod', price: 199, quantity: 2 },
          { product_id: '2', name: 'Gift wrap', price: 0, quantity: 1 },
        ],
        status: 'paid',
        platform_event: 'orders/paid',
      },
    });
    expect(keysOf(order)).toEqual([
      ['phone', undefined, ''],
      ['email', undefined, ''],
      ['shopify_customer_id', SHOP, String(ORDER.customer.id)],
      ['order_id', SHOP, String(ORDER.id)],
      ['anonymous_id', undefined, 'shopify-cart:c1-abc'],
    ]);
    // Whoever it is sent to is not the buyer, and not kept.
    expect(JSON.stringify(order)).not.toMatch(/jon@example|5551111|5552222|Somebody|Elm St/);
  });

  it.each([
    ['orders/create', 'Order Updated', 'created', '2026-11-21T21:00:00.000Z'],
    ['orders/updated', 'Order Updated', 'updated', '2026-11-21T21:05:00.000Z'],
    ['orders/fulfilled', 'Order Updated', 'shipped', '2026-11-21T21:05:00.000Z'],
    ['orders/cancelled', 'Order Cancelled', 'cancelled', '2026-11-21T21:05:00.000Z'],
    ['checkouts/create', 'Checkout Started', 'created', '2026-11-21T21:05:00.000Z'],
  ])('%s is %s, %s', async (topic, name, status, occurred_at) => {
    expect(await events(topic, ORDER)).toMatchObject([{ name, occurred_at, properties: { status } }]);
  });

  it('a refund belongs to the order it names, in what was really paid back', async () => {
    const [refund] = await events('refunds/create', REFUND);
    expect(refund).toMatchObject({
      name: 'Order Refunded',
      owner: `order_id:${SHOP}:${ORDER.id}`,
      occurred_at: '2026-11-21T22:00:01.000Z',
      properties: { order_id: String(ORDER.id), refund_id: '509562969', total: 199, currency: 'USD' },
    });
  });

  it('keeps every digit of a large id', async () => {
    const text = JSON.stringify({ ...ORDER, line_items: [] }).replace(/"id":\d{15,}/, '"id":9007199254740993123');
    const [order] = await events('orders/paid', text);
    expect(order?.properties.order_id).toBe('9007199254740993123');
  });
});

it('a customer is identified, with the consents they gave', async () => {
  expect(await events('customers/update', CUSTOMER)).toMatchObject([
    {
      type: 'identify',
      occurred_at: '2026-11-21T20:00:00.000Z',
      traits: { name: 'Bob Biller', shopify_state: 'enabled', shopify_tags: 'vip' },
      consent: { email_marketing: true },
    },
  ]);
});

describe('requests for privacy are taken and written down, with the day they are due', () => {
  it.each([
    ['customers/data_request', DATA_REQUEST, { request: 'access', orders: [299938, 280263], data_request_id: '9999' }],
    ['customers/redact', REDACT, { request: 'erase', orders: [299938] }],
  ])('%s', async (topic, body, properties) => {
    const [event] = await events(topic, body);
    expect(event).toMatchObject({
      name: topic,
      occurred_at: '2026-11-21T21:05:00.123Z',
      properties: { ...properties, shop: SHOP, due_at: '2026-12-21T21:05:00.123Z' },
    });
    expect(keysOf(event)?.map(([type]) => type)).toEqual(['phone', 'email', 'shopify_customer_id']);
  });

  it('shop/redact belongs to the shop', async () => {
    expect(await events('shop/redact', SHOP_REDACT)).toMatchObject([
      {
        name: 'shop/redact',
        owner: `anonymous_id:shopify-shop:${SHOP}`,
        properties: { request: 'erase_shop', shop_id: '954889' },
      },
    ]);
  });
});

describe('other topics', () => {
  it('of a person keep their name', async () => {
    expect(await events('fulfillments/create', { id: 1, order_id: 5, email: 'a@example.com' })).toMatchObject([
      { name: 'Order Updated', properties: { order_id: '5', status: 'shipped' } },
    ]);
    expect(await events('customers/delete', { id: 7 })).toMatchObject([
      { name: 'Customer Deleted', owner: `shopify_customer_id:${SHOP}:7` },
    ]);
    expect(await events('carts/update', { token: 't1', line_items: ORDER.line_items })).toMatchObject([
      { name: 'Cart Updated', owner: 'anonymous_id:shopify-cart:t1' },
    ]);
    expect(await events('subscriptions/new', { customer: { id: 7 } })).toMatchObject([{ name: 'subscriptions/new' }]);
  });

  it.each(['products/update', 'app/uninstalled', 'constructor', '__proto__'])('%s is of nobody', async (topic) => {
    expect(await events(topic, { id: 1, title: 'x' })).toEqual([]);
  });
});

describe('refuses and reports', () => {
  it.each([
    ['another secret', webhook('orders/paid', ORDER, { secret: 'x' }), 401, 'signature_invalid'],
    ['another body', { ...webhook('orders/paid', ORDER), body: Buffer.from('{}') }, 401, 'signature_invalid'],
    ['no signature', hookPost(PATH, ORDER), 401, 'signature_missing'],
    ['another shop', webhook('orders/paid', ORDER, { shop: 'other.myshopify.com' }), 403, 'foreign_app'],
    ['an unknown address', { ...webhook('orders/paid', ORDER), path: '/v1/hooks/shopify/x' }, 401, 'unknown_key'],
  ])('%s', async (_, request, status, reason) => {
    const hook = server();
    expect((await hook.send(request)).status).toBe(status);
    expect(hook.last()).toMatchObject({ protocol: 'shopify', refused: [reason], accepted: 0 });
    expect(hook.raw.records).toEqual([]);
  });

  it('nothing that the old secret signed while there are two', async () => {
    const hook = server();
    for (const secret of ['hush', 'new-secret']) {
      expect((await hook.send(webhook('orders/paid', ORDER, { secret }))).status).toBe(200);
    }
  });

  it('a delivery that comes again: the same id and the same content', async () => {
    const hook = server();
    await hook.send(webhook('orders/paid', ORDER));
    await hook.send(webhook('orders/paid', ORDER, { secret: 'new-secret' }));
    const [first, second] = hook.cleaned().events;
    expect(second).toMatchObject({ event_id: 'w1', body_hash: first?.body_hash });
  });

  it.each([
    ['no JSON', '{', 'invalid_json'],
    ['no object', '[]', 'not_an_object'],
  ])('%s, but only in quarantine: it would never become better', async (_, body, reason) => {
    const hook = server();
    expect((await hook.send(webhook('orders/paid', body))).status).toBe(200);
    expect(hook.cleaned().quarantined.map((item) => item.reason)).toEqual([reason]);
  });
});
