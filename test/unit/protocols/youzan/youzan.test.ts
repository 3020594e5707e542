import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StreamOverloaded } from '../../../../functions/shared/seams.ts';
import { hookPost, hookServer } from '../../../support/hook-sender.ts';

const PATH = '/v1/hooks/youzan/hook';
const server = (app_id = 'CID') =>
  hookServer({ protocol: 'youzan', app_id, secrets: { client_secret: ['OLD', 'CSECRET'] } });
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function push(fields: Record<string, unknown>, { secret = 'CSECRET', client = 'CID' } = {}) {
  const text = JSON.stringify({
    client_id: client,
    kdt_id: 567323,
    msg_id: 'm1',
    version: 1795312800,
    test: false,
    ...fields,
  });
  const headers = { 'event-sign': md5(client + text + secret), 'event-type': String(fields.type), 'client-id': client };
  return hookPost(PATH, text, headers);
}

const encoded = (msg: unknown): string => encodeURIComponent(JSON.stringify(msg));
const TRADE = {
  full_order_info: {
    order_info: { tid: 'E2026', status: 'TRADE_PAID', created: '2026-11-22 09:59:00', pay_time: '2026-11-22 10:00:00' },
    pay_info: { total_fee: '100.00', post_fee: '8.00', payment: '99.50' },
    buyer_info: { buyer_id: 725462007, yz_open_id: 'LnhGm4rh576', buyer_phone: '13800138000', outer_user_id: 'oX' },
    address_info: { receiver_name: '李四', receiver_tel: '13900139000', delivery_address: '某路 1 号' },
    orders: [{ oid: '1', item_id: 42, outer_sku_id: 'S-1', title: '帽子', price: '50.00', num: 2 }],
  },
};

async function events(fields: Record<string, unknown>) {
  const hook = server();
  const answer = await hook.send(push(fields));
  expect(JSON.parse(answer.body)).toEqual({ code: 0, msg: 'success' });
  const { events: found, quarantined } = hook.cleaned();
  expect(quarantined).toEqual([]);
  return found;
}

it('verifies the vector', async () => {
  const path = new URL('../../../recordings/_test-vectors/self-computed.json', import.meta.url);
  const vectors: { name: string; inputs: { body: string }; value: string }[] = JSON.parse(readFileSync(path, 'utf8'));
  const vector = vectors.find(({ name }) => name === 'youzan');
  const hook = server();
  const headers = { 'event-sign': vector?.value ?? '', 'client-id': 'CID', 'event-type': 'trade_TradePaid' };
  const answer = await hook.send(hookPost(PATH, vector?.inputs.body, headers));
  expect([answer.status, answer.body]).toEqual([200, '{"code":0,"msg":"success"}']);
  expect(hook.cleaned().events).toMatchObject([
    { name: 'Order Completed', event_id: 'm1', owner: 'order_id:youzan.1:E1', properties: { order_id: 'E1' } },
  ]);
});

describe('orders', () => {
  it('paid: the order, its money and its buyer, and nothing of whoever receives it', async () => {
    const [order] = await events({ type: 'trade_TradePaid', id: 'E2026', status: 'TRADE_PAID', msg: encoded(TRADE) });
    expect(order).toMatchObject({
      event_id: 'm1',
      name: 'Order Completed',
      occurred_at: '2026-11-22T02:00:00.000Z',
      flags: expect.not.arrayContaining(['time_missing']),
      properties: {
        order_id: 'E2026',
        total: 99.5,
        shipping: 8,
        currency: 'CNY',
        products: [{ product_id: '42', sku: 'S-1', name: '帽子', price: 50, quantity: 2 }],
        status: 'paid',
        platform_event: 'trade_TradePaid',
      },
    });
    expect(order?.identifiers.map(({ type, scope }) => [type, scope])).toEqual([
      ['phone', undefined],
      ['youzan_openid', '567323'],
      ['order_id', 'youzan.567323'],
    ]);
    expect(JSON.stringify(order)).not.toMatch(/13800138000|13900139000|李四|某路/);
  });

  it('leaves an encrypted phone alone', async () => {
    const buyer_info = { yz_open_id: 'a', buyer_phone: '$2RoR==$1$' };
    const msg = encoded({ full_order_info: { ...TRADE.full_order_info, buyer_info } });
    const [order] = await events({ type: 'trade_TradePaid', id: 'E2026', msg });
    expect(order?.identifiers.map(({ type }) => type)).toEqual(['youzan_openid', 'order_id']);
    expect(order?.flags).toEqual([]);
  });

  it.each([
    ['trade_TradeCreate', 'Order Updated', 'created', {}],
    ['trade_TradeBuyerPay', 'Order Updated', 'to_ship', {}],
    ['trade_TradeSellerShip', 'Order Updated', 'shipped', {}],
    ['trade_TradeSuccess', 'Order Updated', 'received', {}],
    ['trade_TradeClose', 'Order Cancelled', 'cancelled', { close_type: 1 }],
    ['trade_refund_BuyerCreated', 'Order Updated', 'BuyerCreated', {}],
    ['trade_refund_RefundSellerAgree', 'Order Updated', 'RefundSellerAgree', { refund_type: 'REFUND_AND_RETURN' }],
    [
      'trade_refund_RefundSellerAgree',
      'Order Refunded',
      'refunded',
      { refund_type: 'REFUND_ONLY', refunded_fee: '5.00' },
    ],
    ['trade_refund_RefundSuccess', 'Order Refunded', 'refunded', { refunded_fee: '5.00' }],
  ])('%s is %s, %s', async (type, name, status, more) => {
    const [event] = await events({
      type,
      id: 'E7',
      msg: encoded({ tid: 'E7', update_time: '2026-11-22 10:00:00', ...more }),
    });
    expect(event).toMatchObject({
      name,
      owner: 'order_id:youzan.567323:E7',
      properties: { order_id: 'E7', status, ...plain(more) },
    });
  });

  it('a refund of the new kind has its msg as an object', async () => {
    const msg = { tid: 'E7', refund_id: 'R1', refunded_fee: '12.34', version: 3 };
    expect(await events({ type: 'youzan_trade_RefundSuccess', id: 'E7', msg })).toMatchObject([
      { name: 'Order Refunded', properties: { total: 12.34, currency: 'CNY', refund_id: 'R1' } },
    ]);
  });

  it('of the whole chain belong to its head office', async () => {
    const [event] = await events({
      type: 'trade_TradeClose',
      id: 'E7',
      root_kdt_id: 74234,
      msg: encoded({ tid: 'E7' }),
    });
    expect(event?.owner).toBe('order_id:youzan.74234:E7');
  });
});

/** Amounts and types of a refund are not repeated as they came. */
const plain = (more: Record<string, unknown>) => ('close_type' in more ? more : {});

describe('encodings of msg', () => {
  it.each([
    ['a plus for a space', '%7B%22tid%22%3A%22E7%22%2C%22close_reason%22%3A%22too+late%22%7D', 'too late'],
    ['percent signs for all', '%7B%22tid%22:%22E7%22,%22close_reason%22:%22a+b%20c%22%7D', 'a+b c'],
    ['nothing encoded', '{"tid":"E7","close_reason":"a+b"}', 'a+b'],
  ])('%s', async (_, msg, close_reason) => {
    expect(await events({ type: 'trade_TradeClose', id: 'E7', msg })).toMatchObject([{ properties: { close_reason } }]);
  });

  it.each(['%7B', '%', 'abc', 7, null])('%s cannot be read: quarantined, and taken all the same', async (msg) => {
    const hook = server();
    expect((await hook.send(push({ type: 'trade_TradeClose', msg }))).body).toContain('success');
    expect(hook.cleaned().quarantined.map(({ reason }) => reason)).toEqual(['invalid_payload']);
  });
});

describe('members', () => {
  const msg = { yz_open_id: 'LnhGm', mobile: '13800138000', name: '继承', gender: 1, is_member: 1 };

  it('an older push that comes later is older: its version is its time', async () => {
    const hook = server();
    const named = (name: string) => encoded({ ...msg, name });
    await hook.send(push({ type: 'SCRM_CUSTOMER_EVENT', msg: named('新'), version: 1795312802000, msg_id: 'b' }));
    await hook.send(push({ type: 'SCRM_CUSTOMER_EVENT', msg: named('旧'), version: 1795312801000, msg_id: 'a' }));
    const [newer, older] = hook.cleaned().events;
    expect(newer).toMatchObject({ type: 'identify', traits: { name: '新', gender: 'male', youzan_member: true } });
    expect(String(older?.occurred_at) < String(newer?.occurred_at)).toBe(true);
  });

  it.each([
    ['POINTS', '', { total: 120, amount: -5 }, 'Member Updated', { points: 120, points_change: -5 }],
    [
      'SCRM_CUSTOMER_CARD',
      'ACTIVE',
      { card_alias: 'gold', card_no: '9' },
      'Member Updated',
      { level: 'gold', card_no: '9' },
    ],
    [
      'COUPON_CUSTOMER_PROMOTION',
      'TAKE',
      { id: 'c1', title: '满减' },
      'Coupon Received',
      { coupon_id: 'c1', coupon_name: '满减' },
    ],
    ['COUPON_CUSTOMER_PROMOTION', 'CONSUME', { id: 'c1', order_no: 'E7' }, 'Coupon Redeemed', { order_id: 'E7' }],
    ['SCRM_CUSTOMER_EVENT', 'x', { is_log_off: true }, 'Customer Deleted', {}],
  ])('%s %s', async (type, status, more, name, properties) => {
    expect(await events({ type, status, msg: encoded({ ...msg, ...more }) })).toMatchObject([{ name, properties }]);
  });

  it('goods are nobody', async () => {
    expect(await events({ type: 'ITEM_STATE', msg: encoded({ data: {} }) })).toEqual([]);
    expect(await events({ type: 'constructor', msg: encoded({}) })).toEqual([]);
  });
});

describe('answers', () => {
  it('a test of the address, signed or not', async () => {
    const hook = server();
    const answer = await hook.send(hookPost(PATH, { test: true }));
    expect([answer.status, answer.body, hook.raw.records]).toEqual([200, '{"code":0,"msg":"success"}', []]);
  });

  const paid = { type: 'trade_TradePaid', id: 'E1', msg: encoded(TRADE) };
  it.each([
    ['another secret', push(paid, { secret: 'x' }), 'signature_invalid'],
    ['no signature', hookPost(PATH, paid), 'signature_missing'],
    ['another app', push(paid, { client: 'OTHER' }), 'foreign_app'],
    ['an unknown address', { ...push(paid), path: '/v1/hooks/youzan/x' }, 'unknown_key'],
    ['a body too large', hookPost(PATH, 'x'.repeat(600_000)), 'body_too_large'],
  ])('%s: never with the word that Youzan looks for', async (_, request, reason) => {
    const hook = server();
    const answer = await hook.send(request);
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('success');
    expect(hook.last()).toMatchObject({ protocol: 'youzan', refused: [reason], accepted: 0 });
    expect(hook.raw.records).toEqual([]);
  });

  it('the old secret while there are two, and a shop as the app id', async () => {
    expect((await server().send(push(paid, { secret: 'OLD' }))).status).toBe(200);
    expect((await server('567323').send(push(paid))).status).toBe(200);
    expect((await server('567324').send(push(paid))).status).toBe(401);
  });

  it('come again later when the stream can take no more', async () => {
    const hook = server();
    hook.raw.fail = new StreamOverloaded(5);
    const answer = await hook.send(push(paid));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.body).not.toContain('success');
  });

  it('a push that comes again has the same id and the same content', async () => {
    const hook = server();
    await hook.send(push(paid));
    await hook.send(push({ ...paid, sendCount: 2 }));
    const [first, second] = hook.cleaned().events;
    expect(second).toMatchObject({ event_id: 'm1', body_hash: first?.body_hash });
  });
});
