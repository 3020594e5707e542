import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSignedWebhook } from '../../../../functions/shared/protocols/webhooks/verify.ts';
import { StreamOverloaded } from '../../../../functions/shared/seams.ts';
import { hookPost, hookServer, NOW } from '../../../support/hook-sender.ts';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const PATH = '/v1/hooks/webhooks/hook';
const seconds = NOW / 1000;

const mac = (key: string, content: string): string =>
  createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
    .update(content)
    .digest('base64');

/** Signs by the text of the standard, with none of the product's code. */
function signed(
  body: unknown,
  { key = OLD, id = 'msg_1', at = seconds }: { key?: string; id?: string; at?: number } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return hookPost(PATH, text, {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${mac(key, `${id}.${at}.${text}`)}`,
  });
}

const server = () => hookServer({ protocol: 'webhooks', secrets: { secret: [OLD, NEW] } });
const MEMBER = {
  type: 'Member Updated',
  timestamp: '2026-11-22T02:00:00.000Z',
  data: { userId: 'm1', email: 'a@example.com', level: 'gold', points: 7 },
};

it('verifies every published vector', () => {
  const path = new URL('../../../recordings/_test-vectors/standard-webhooks.json', import.meta.url);
  const vectors: { secret?: string; msgId: string; timestamp: number; payload: string; expected: string }[] =
    JSON.parse(readFileSync(path, 'utf8'));
  const whole = vectors.filter(({ secret }) => secret !== undefined);
  expect(whole.length).toBe(1);
  for (const { secret = '', msgId, timestamp, payload, expected } of whole) {
    const content = Buffer.from(`${msgId}.${timestamp}.${payload}`);
    expect(isSignedWebhook(expected, content, [secret])).toBe(true);
    expect(isSignedWebhook(`v1,AAAA ${expected}`, content, [NEW, secret])).toBe(true);
    expect(isSignedWebhook(expected, Buffer.concat([content, Buffer.from(' ')]), [secret])).toBe(false);
    expect(isSignedWebhook(expected.slice(3), content, [secret])).toBe(false);
  }
});

it('turns a message into an event of its type, with its id, its time and who it names', async () => {
  const hook = server();
  const answer = await hook.send(signed(MEMBER));
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { accepted: 1, quarantined: 0 }]);
  const { events, quarantined } = hook.cleaned();
  expect(quarantined).toEqual([]);
  expect(events).toMatchObject([
    {
      event_id: 'msg_1',
      type: 'track',
      name: 'Member Updated',
      owner: 'user_id:m1',
      occurred_at: '2026-11-22T02:00:00.000Z',
      verified: true,
      properties: { level: 'gold', points: 7 },
    },
  ]);
  expect(events[0]?.identifiers.map(({ type }) => type)).toEqual(['user_id', 'email']);
  expect(JSON.stringify(events)).not.toContain('a@example.com');
});

it('gives a retry, signed anew, the same id and content', async () => {
  const hook = server();
  await hook.send(signed(MEMBER));
  await hook.send(signed(MEMBER, { at: seconds + 60, key: NEW }));
  const [first, second] = hook.cleaned().events;
  expect(second).toMatchObject({ event_id: first?.event_id, body_hash: first?.body_hash });
});

it('takes what a key pair signed', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const hook = hookServer({ protocol: 'webhooks', secrets: { secret: [`whpk_${raw}`] } });
  const text = JSON.stringify(MEMBER);
  const head = { 'webhook-id': 'e1', 'webhook-timestamp': String(seconds) };
  const good = sign(null, Buffer.from(`e1.${seconds}.${text}`), privateKey).toString('base64');
  const status = async (signature: string) =>
    (await hook.send(hookPost(PATH, text, { ...head, 'webhook-signature': signature }))).status;
  expect(await status(`v1a,${good}`)).toBe(200);
  expect(await status(`v1,${good}`)).toBe(401);
  expect(await status(`v1a,${Buffer.alloc(64).toString('base64')}`)).toBe(401);
});

describe('refuses and reports', () => {
  it.each([
    ['a signature by another key', signed(MEMBER, { key: `whsec_${'A'.repeat(32)}` }), 401, 'signature_invalid'],
    ['another body', { ...signed(MEMBER), body: Buffer.from('{"type":"x"}') }, 401, 'signature_invalid'],
    ['no signature', hookPost(PATH, MEMBER), 401, 'signature_missing'],
    ['a time of the past', signed(MEMBER, { at: seconds - 301 }), 401, 'signature_expired'],
    ['a time to come', signed(MEMBER, { at: seconds + 301 }), 401, 'signature_expired'],
    ['an address that leads nowhere', { ...signed(MEMBER), path: '/v1/hooks/webhooks/gone' }, 410, 'unknown_key'],
  ])('%s', async (_, request, status, reason) => {
    const hook = server();
    expect((await hook.send(request)).status).toBe(status);
    expect(hook.last()).toMatchObject({ protocol: 'webhooks', accepted: 0, refused: [reason], status });
    expect(hook.raw.records).toEqual([]);
  });

  it('but takes times up to five minutes off', async () => {
    const hook = server();
    expect((await hook.send(signed(MEMBER, { at: seconds - 300 }))).status).toBe(200);
    expect((await hook.send(signed(MEMBER, { at: seconds + 300 }))).status).toBe(200);
  });

  it('everything while there is no secret', async () => {
    const hook = hookServer({ protocol: 'webhooks' });
    expect((await hook.send(signed(MEMBER))).status).toBe(401);
    expect(hook.last()?.refused).toEqual(['signature_unverifiable']);
  });
});

describe('keeps and quarantines, so that the sender does not come again for days', () => {
  it.each([
    ['no JSON', 'not json', 'invalid_json'],
    ['no object', '[]', 'not_an_object'],
    ['no type', { data: { userId: 'm1' } }, 'missing_field'],
    ['nobody', { type: 'Member Updated', data: {} }, 'no_identifier'],
  ])('%s', async (_, body, reason) => {
    const hook = server();
    expect((await hook.send(signed(body))).status).toBe(200);
    expect(hook.cleaned().quarantined.map((item) => item.reason)).toEqual([reason]);
  });
});

it('asks to slow down when the stream can take no more', async () => {
  const hook = server();
  hook.raw.fail = new StreamOverloaded(7);
  const answer = await hook.send(signed(MEMBER));
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7']);
});
