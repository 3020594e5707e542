import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StreamOverloaded } from '../../../../functions/shared/seams.ts';
import { hookPost, hookServer } from '../../../support/hook-sender.ts';

const PATH = '/v1/hooks/doudian/hook';
const server = () => hookServer({ protocol: 'doudian', app_id: 'KEY', secrets: { app_secret: ['OLD', 'SECRET'] } });
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function push(messages: unknown, { secret = 'SECRET', app = 'KEY' } = {}) {
  const text = typeof messages === 'string' ? messages : JSON.stringify(messages);
  return hookPost(PATH, text, { 'app-id': app, 'event-sign': md5(app + text + secret) });
}

/** `data` as the platform writes it: a text, in which ids have more digits than a number of JavaScript can have. */
const PAID =
  '{"p_id":4837328765348566675,"s_ids":[4837328765348566676],"shop_id":77977,"store_id":8794053,"order_status":2,"pay_amount":1990,"pay_time":1795312800,"pay_type":1,"biz":2,"receiver_msg":{"name":"张三","tel":"13117428565"}}';
const message = (tag: string | number, data: string, msg_id = '1') => ({ tag, msg_id, data });

async function events(messages: unknown) {
  const hook = server();
  const answer = await hook.send(push(messages));
  expect([answer.status, answer.body]).toEqual([200, '{"code":0,"msg":"success"}']);
  const { events: found, quarantined } = hook.cleaned();
  expect(quarantined).toEqual([]);
  return found;
}

it('verifies the vector', async () => {
  const path = new URL('../../../recordings/_test-vectors/self-computed.json', import.meta.url);
  const vectors: { name: string; inputs: { body: string }; value: string }[] = JSON.parse(readFileSync(path, 'utf8'));
  const vector = vectors.find(({ name }) => name === 'doudian');
  const hook = server();
  const headers = { 'app-id': 'KEY', 'event-sign': vector?.value ?? '' };
  expect((await hook.send(hookPost(PATH, vector?.inputs.body, headers))).status).toBe(200);
  expect(hook.raw.records.length).toBe(1);
});

describe('orders', () => {
  it('paid: every digit of its number, fen as yuan, and nobody’s address', async () => {
    const [order] = await events([message(101, PAID)]);
    expect(order).toMatchObject({
      event_id: 'doudian:1',
      name: 'Order Completed',
      owner: 'order_id:doudian.77977:4837328765348566675',
      occurred_at: '2026-11-22T02:00:00.000Z',
      properties: {
        order_id: '4837328765348566675',
        affiliation: '77977',
        store_id: '8794053',
        total: 19.9,
        currency: 'CNY',
        status: 'paid',
        platform_event: '101',
      },
    });
    expect(JSON.stringify(order)).not.toMatch(/13117428565|张三/);
  });

  it.each([
    ['100', '{"p_id":"9","shop_id":7,"create_time":1795312800}', 'Order Updated', 'created'],
    ['102', '{"p_id":"9","shop_id":7,"update_time":1795312800}', 'Order Updated', 'shipped'],
    ['103', '{"p_id":"9","shop_id":7,"complete_time":1795312800}', 'Order Updated', 'received'],
    ['106', '{"p_id":"9","shop_id":7,"cancel_time":1795312800}', 'Order Cancelled', 'cancelled'],
    ['206', '{"p_id":"9","shop_id":7,"success_time":1795312800,"refund_amount":500}', 'Order Refunded', 'refunded'],
  ])('tag %s', async (tag, data, name, status) => {
    const [event] = await events([message(tag, data)]);
    expect(event).toMatchObject({
      name,
      occurred_at: '2026-11-22T02:00:00.000Z',
      properties: { order_id: '9', status },
    });
  });

  it('a tag that means something else by now completes, cancels and refunds nothing', async () => {
    for (const tag of ['101', '106', '206', '999', 'constructor']) {
      expect(await events([message(tag, '{"p_id":"9","shop_id":7}')])).toMatchObject([{ name: 'Order Updated' }]);
    }
  });

  it('a buyer that is named is the shop’s', async () => {
    const [event] = await events([message('100', '{"p_id":"9","shop_id":7,"doudian_open_id":"1@#abc"}')]);
    expect(event?.owner).toBe('doudian_openid:7:1@#abc');
  });
});

it('takes several messages, leaves out those about goods, and quarantines what it cannot read', async () => {
  const hook = server();
  const goods = message(400, '{"product_id":1,"shop_id":7}', '2');
  const answer = await hook.send(push([message(101, PAID), goods, message(101, 'no json', '3'), 7]));
  expect(answer.body).toBe('{"code":0,"msg":"success"}');
  const { events: found, quarantined } = hook.cleaned();
  expect(found.map(({ event_id }) => event_id)).toEqual(['doudian:1']);
  expect(quarantined.map(({ reason }) => reason)).toEqual(['invalid_payload', 'invalid_payload']);
});

describe('answers', () => {
  it('a check of the address, signed or not', async () => {
    const hook = server();
    const answer = await hook.send(hookPost(PATH, [{ tag: '0', msg_id: '0', data: '2026-11-22T10:00:00Z' }]));
    expect([answer.status, answer.body, hook.raw.records]).toEqual([200, '{"code":0,"msg":"success"}', []]);
  });

  it.each([
    ['another secret', push([message(101, PAID)], { secret: 'x' }), 'signature_invalid'],
    ['no signature', hookPost(PATH, [message(101, PAID)]), 'signature_missing'],
    ['another app', push([message(101, PAID)], { app: 'OTHER' }), 'foreign_app'],
    ['a check with something beside it', hookPost(PATH, [message(0, ''), message(101, PAID)]), 'signature_missing'],
    ['an unknown address', { ...push([]), path: '/v1/hooks/doudian/x' }, 'unknown_key'],
  ])('%s', async (_, request, reason) => {
    const hook = server();
    const answer = await hook.send(request);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([401, 40041]);
    expect(hook.last()).toMatchObject({ protocol: 'doudian', refused: [reason], accepted: 0 });
    expect(hook.raw.records).toEqual([]);
  });

  it('the old secret while there are two', async () => {
    expect((await server().send(push([message(101, PAID)], { secret: 'OLD' }))).status).toBe(200);
  });

  it.each(['{}', 'x'])('%s: taken, since it would never become better', async (body) => {
    const hook = server();
    expect((await hook.send(push(body))).body).toBe('{"code":0,"msg":"success"}');
    expect(hook.cleaned().quarantined.length).toBe(1);
  });

  it('come again later when the stream can take no more', async () => {
    const hook = server();
    hook.raw.fail = new StreamOverloaded(5);
    expect((await hook.send(push([message(101, PAID)]))).status).toBe(503);
  });
});
