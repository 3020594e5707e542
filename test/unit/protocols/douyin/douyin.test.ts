import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hookPost, hookServer, NOW } from '../../../support/hook-sender.ts';

const PATH = '/v1/hooks/douyin/hook';
const APP = 'awr8bfr64vxgk036';
const server = () => hookServer({ protocol: 'douyin', app_id: APP, secrets: { client_secret: ['OLD', 'SECRET'] } });
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

function webhook(fields: Record<string, unknown>, { secret = 'SECRET', id = 'msg-1' } = {}) {
  const text = JSON.stringify({ client_key: APP, log_id: 'L', ...fields });
  return hookPost(PATH, text, { 'x-douyin-signature': sha1(secret + text), 'msg-id': id });
}

async function events(fields: Record<string, unknown>) {
  const hook = server();
  const answer = await hook.send(webhook(fields));
  expect([answer.status, answer.body]).toEqual([200, 'success']);
  const { events: found, quarantined } = hook.cleaned();
  expect(quarantined).toEqual([]);
  return found;
}

it('answers the check of the address, with the vector and without any signature', async () => {
  const path = new URL('../../../recordings/_test-vectors/self-computed.json', import.meta.url);
  const vectors: { name: string; inputs: { body: string }; value: string }[] = JSON.parse(readFileSync(path, 'utf8'));
  const vector = vectors.find(({ name }) => name === 'douyin');
  expect(sha1(`SECRET${vector?.inputs.body}`)).toBe(vector?.value);
  for (const headers of [{ 'x-douyin-signature': vector?.value ?? '' }, {}] as Record<string, string>[]) {
    const hook = server();
    const answer = await hook.send(hookPost(PATH, vector?.inputs.body, headers));
    expect([answer.status, answer.body, hook.raw.records]).toEqual([200, '{"challenge":12345}', []]);
  }
});

describe('events', () => {
  const person = { from_user_id: 'user-1', to_user_id: 'brand-1' };

  it.each([
    ['new_follow_action', { action_type: 1, action_time: 1795312800 }, 'Account Followed', 'user-1'],
    ['new_follow_action', { action_type: 2, action_time: 1795312800 }, 'Account Unfollowed', 'user-1'],
    ['new_video_digg', { action_time: 1795312800, item_id: '@9Vw' }, 'Video Liked', 'user-1'],
    [
      'im_receive_msg',
      { create_time: 1795312800000, message_type: 'text', text: '13800138000' },
      'Message Received',
      'user-1',
    ],
    ['im_send_msg', { create_time: 1795312800000, message_type: 'text' }, 'Message Sent', 'brand-1'],
    ['user_subscribe_action', { time: 1795312800, subscribe_action: 1 }, 'Message Subscription Changed', 'user-1'],
    ['something_new', { time: 1795312800 }, 'something_new', 'user-1'],
    ['constructor', { time: 1795312800 }, 'constructor', 'user-1'],
  ])('%s %o is %s', async (event, content, name, openid) => {
    for (const form of [content, JSON.stringify(content)]) {
      const [found, ...rest] = await events({ event, ...person, content: form });
      expect(rest).toEqual([]);
      expect(found).toMatchObject({
        event_id: 'msg-1',
        name,
        owner: `douyin_openid:${APP}:${openid}`,
        occurred_at: '2026-11-22T02:00:00.000Z',
        properties: { platform_event: event },
      });
      expect(JSON.stringify(found)).not.toContain('13800138000');
    }
  });

  it('a paid order of local services is completed, in yuan', async () => {
    const order = { order_id: '1001', account_id: 'a9', pay_amount: 1990, original_amount: 2990 };
    const content = JSON.stringify({ action: 'pay_success', msg_time: 1795312800, order });
    expect(await events({ event: 'life_trade_order_notify', content })).toMatchObject([
      {
        name: 'Order Completed',
        owner: `order_id:douyin.${APP}:1001`,
        properties: { order_id: '1001', total: 19.9, currency: 'CNY', status: 'paid', affiliation: 'a9' },
      },
    ]);
  });

  it('a status of an order says so, and completes nothing', async () => {
    const content = JSON.stringify({ order_id: '1001', cur_status: 20, timestamp: 1795312800000 });
    expect(await events({ event: 'retail_life_meal_order_status_change', content })).toMatchObject([
      { name: 'Order Updated', properties: { status: 'paid' } },
    ]);
  });

  it('of nobody give no event', async () => {
    expect(await events({ event: 'contract_authorize', content: {} })).toEqual([]);
  });
});

describe('refuses and reports', () => {
  const follow = { event: 'new_follow_action', from_user_id: 'u', content: '{}' };
  it.each([
    ['another secret', webhook(follow, { secret: 'x' }), 'signature_invalid'],
    ['no signature', hookPost(PATH, follow), 'signature_missing'],
    ['another app', webhook({ ...follow, client_key: 'other' }), 'foreign_app'],
    ['an unknown address', { ...webhook(follow), path: '/v1/hooks/douyin/x' }, 'unknown_key'],
  ])('%s', async (_, request, reason) => {
    const hook = server();
    expect((await hook.send(request)).status).toBe(401);
    expect(hook.last()).toMatchObject({ protocol: 'douyin', refused: [reason], accepted: 0 });
    expect(hook.raw.records).toEqual([]);
  });

  it('nothing that the old secret signed while there are two; a repeated id has the same content', async () => {
    const hook = server();
    await hook.send(webhook(follow, { secret: 'OLD' }));
    await hook.send(webhook(follow));
    const [first, second] = hook.cleaned().events;
    expect(second).toMatchObject({ event_id: 'msg-1', body_hash: first?.body_hash });
  });

  it('content that is no JSON, in quarantine', async () => {
    const hook = server();
    expect((await hook.send(webhook({ ...follow, content: 'x' }))).status).toBe(200);
    expect(hook.cleaned().quarantined).toMatchObject([{ reason: 'invalid_payload', field: '/content' }]);
  });
});

describe('the platform for third parties', () => {
  const TOKEN = 'token';
  const KEY = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
  const third = () =>
    hookServer({ protocol: 'douyin', app_id: 'tt1', secrets: { token: [TOKEN], encoding_aes_key: [KEY] } });

  /** Sealed by the description of the platform, with none of the product's code. */
  function sealed(message: unknown, { lead = 32, at = NOW / 1000, token = TOKEN } = {}) {
    const text = Buffer.from(JSON.stringify(message));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.byteLength);
    const key = Buffer.from(`${KEY}=`, 'base64');
    const plain = Buffer.concat([Buffer.alloc(lead, 'r'), length, text, Buffer.from('tpapp')]);
    const padding = 32 - (plain.byteLength % 32);
    const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
    const Encrypt = Buffer.concat([
      cipher.update(plain),
      cipher.update(Buffer.alloc(padding, padding)),
      cipher.final(),
    ]).toString('base64');
    const [Nonce, TimeStamp] = ['4464221', String(at)];
    return hookPost(PATH, {
      Nonce,
      TimeStamp,
      Encrypt,
      MsgSignature: sha1([token, TimeStamp, Nonce, Encrypt].sort().join('')),
    });
  }
  const AUTHORIZED = {
    AppId: 'tt1',
    TpAppId: 'tp1',
    Event: 'AUTHORIZED',
    EventTime: '2026-11-22 10:00:00',
    AuthorizationCode: 'c0de',
    AppSuperAdminMobile: '138****8000',
  };

  it.each([32, 16])(
    'opens messages with %d random bytes, keeps no code, and answers with a bare word',
    async (lead) => {
      const hook = third();
      const answer = await hook.send(sealed(AUTHORIZED, { lead }));
      expect([answer.status, answer.body]).toEqual([200, 'success']);
      expect(Buffer.concat(hook.raw.records).toString('utf8')).not.toContain('c0de');
      expect(hook.cleaned().events).toMatchObject([
        { name: 'AUTHORIZED', owner: 'anonymous_id:douyin-app:tt1', occurred_at: '2026-11-22T02:00:00.000Z' },
      ]);
    },
  );

  it('takes tickets and keeps none', async () => {
    const hook = third();
    const answer = await hook.send(sealed({ Ticket: 't1cket', Event: 'PUSH', MsgType: 'Ticket' }));
    expect([answer.body, hook.raw.records]).toEqual(['success', []]);
  });

  it.each([
    ['another token', sealed(AUTHORIZED, { token: 'x' }), 'signature_invalid'],
    ['an old time', sealed(AUTHORIZED, { at: NOW / 1000 - 301 }), 'signature_expired'],
    ['another app', sealed({ ...AUTHORIZED, AppId: 'tt2' }), 'foreign_app'],
    ['another key', sealed(AUTHORIZED, { lead: 20 }), 'decryption_failed'],
  ])('refuses %s', async (_, request, reason) => {
    const hook = third();
    expect((await hook.send(request)).status).toBe(401);
    expect(hook.last()?.refused).toEqual([reason]);
    expect(hook.raw.records).toEqual([]);
  });
});
