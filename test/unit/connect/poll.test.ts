import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { pollSource } from '../../../functions/connect/poll-source.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { fetchedSource, NOON, polling, SECRETS } from '../../support/connecting.ts';
import { CLEAN_DEPS } from '../../support/ingest.ts';
import { APP, PlatformServer } from '../../support/platform-server.ts';

const FIRST = 5_123_456_789_012_345_600n;

/** A channel with so many messages in it, and one poll of it. */
async function channel(count: number) {
  const platform = await PlatformServer.start();
  for (let i = 0; i < count; i += 1) {
    const content = JSON.stringify({ tid: `t${i}`, payment: '44.47', buyer_open_uid: 'AAbuyer' });
    platform.messages.push({ id: FIRST + BigInt(i), topic: 'taobao_trade_TradePaid', content });
  }
  const kept = polling();
  const poll = (seconds = 40): Promise<number> =>
    pollSource(fetchedSource('tmc', `${platform.url}/router/rest`), SECRETS, {
      ...kept.deps,
      deadline: kept.clock.ms + seconds * 1000,
    });
  const methods = (): string[] => platform.calls.map(({ method }) => method.split('.').at(-1) ?? '');
  return { platform, poll, methods, ...kept };
}

describe('messages of Taobao over HTTP', () => {
  it('are kept, then confirmed, until there are no more; ids stay exact', async () => {
    const { platform, poll, methods, items, records } = await channel(450);
    expect(await poll()).toBe(450);
    expect(methods()).toEqual(['consume', 'confirm', 'consume', 'confirm', 'consume', 'confirm', 'consume']);
    expect(platform.messages).toEqual([]);
    expect(items().map(({ id }) => id)).toEqual(Array.from({ length: 450 }, (_, i) => String(FIRST + BigInt(i))));
    expect(items()[0]).toMatchObject({ userid: '1234567890123456789', time: Date.parse('2026-11-22T02:00:00Z') });
    expect(records.map(({ head }) => [head.protocol, head.route, head.source.source_id])).toEqual(
      Array(3).fill(['tmc', 'messages', 'tmall']),
    );
  });

  it('become events of the buyer', async () => {
    const { poll, records } = await channel(1);
    await poll();
    const events = records.flatMap(({ head, body }) => cleanRecord(encodeRaw(head, body), CLEAN_DEPS).events);
    expect(events).toMatchObject([
      { event_id: `tmc:${FIRST}`, name: 'Order Completed', identifiers: [{ type: 'tmall_ouid', scope: 'shop9' }, {}] },
    ]);
  });

  it('are signed with the newest secret, and name the group where there is one', async () => {
    const { platform, deps } = await channel(0);
    const source = fetchedSource('tmc', platform.url);
    const settings = { ...source.settings, group_name: 'g1' };
    await pollSource({ ...source, settings }, SECRETS, { ...deps, deadline: NOON + 1000 });
    expect(platform.refused).toEqual([]);
    const [{ form } = { form: new Map() }] = platform.calls;
    expect(Object.fromEntries(form)).toMatchObject({
      group_name: 'g1',
      quantity: '200',
      timestamp: '2026-11-22 12:00:00',
    });
  });

  it('are not confirmed where they could not be stored, and come again', async () => {
    const { platform, poll, state, items, methods } = await channel(3);
    state.isDown = true;
    await expect(poll()).rejects.toThrow('the stream is down');
    expect(platform.messages).toHaveLength(3);
    expect(methods()).toEqual(['consume']);
    state.isDown = false;
    expect(await poll()).toBe(3);
    expect(items()).toHaveLength(3);
  });

  it('are kept once more where the reply to the confirmation is lost, under the same ids', async () => {
    const { platform, poll, waits } = await channel(2);
    platform.faults.push(undefined, { kind: 'lost' });
    expect(await poll()).toBe(2);
    expect(waits).toEqual([250]);
    expect(platform.messages).toEqual([]);
  });

  it('come again to the next run where this one ended between storing and confirming', async () => {
    const { platform, poll, items } = await channel(2);
    const refused = { kind: 'answer', status: 200, body: '{"error_response":{"code":15,"sub_code":"isv.x"}}' } as const;
    platform.faults.push(undefined, refused);
    await expect(poll()).rejects.toThrow('taobao.tmc.messages.confirm was refused: 15 isv.x');
    expect(await poll()).toBe(2);
    expect(new Set(items().map(({ id }) => id)).size).toBe(2);
    expect(items()).toHaveLength(4);
  });
});

const answered = (status: number, body: string) => ({ kind: 'answer', status, body }) as const;

describe('a platform that does not do what it is asked', () => {
  it.each([
    ['503', answered(503, 'busy'), 4, 'was answered with HTTP 503.'],
    ['no JSON', answered(200, '<html>'), 4, 'was answered with what is no JSON object.'],
    [
      'too many calls',
      answered(200, '{"error_response":{"code":7,"msg":"App Call Limited"}}'),
      4,
      '7 App Call Limited',
    ],
    ['a fault of its own', answered(200, '{"error_response":{"code":15,"sub_code":"isp.timeout"}}'), 4, 'isp.timeout'],
    [
      'a dead session',
      answered(200, '{"error_response":{"code":27,"msg":"Invalid session"}}'),
      1,
      '27 Invalid session',
    ],
    ['403', answered(403, '{}'), 1, 'was answered with HTTP 403.'],
    ['an address elsewhere', answered(302, ''), 1, 'was answered with HTTP 302.'],
    ['more than is taken', answered(200, ' '.repeat(9_000_000)), 1, 'has more than 8388608 bytes'],
  ])('is asked again where that may help, and quoted: %s', async (_, fault, attempts, message) => {
    const { platform, poll, waits } = await channel(1);
    platform.faults.push(...Array(9).fill(fault));
    await expect(poll()).rejects.toThrow(message);
    expect(9 - platform.faults.length).toBe(attempts);
    expect(waits).toEqual([250, 500, 1000].slice(0, attempts - 1));
  });

  it('is never quoted with our secrets', async () => {
    const { platform, poll } = await channel(1);
    const msg = `bad\u0000 sign of ${APP.app_key} with\n${APP.app_secret} ${APP.access_token}`;
    platform.faults.push(answered(200, JSON.stringify({ error_response: { code: 25, msg } })));
    await expect(poll()).rejects.toThrow('was refused: 25 bad sign of … with … …');
  });

  it('is not waited for when the time is up', async () => {
    const { platform, deps } = await channel(1);
    platform.faults.push({ kind: 'silent' });
    const source = fetchedSource('tmc', platform.url);
    expect(await pollSource(source, SECRETS, { ...deps, deadline: NOON + 60 })).toBe(0);
    expect(await pollSource(source, SECRETS, { ...deps, deadline: NOON })).toBe(0);
    expect(platform.messages).toHaveLength(1);
  });
});

describe('a source that cannot be polled', () => {
  const source = fetchedSource('jos', 'https://api.example.com');
  it.each([
    ['without a secret', source, { app_key: ['k'] }, 'has no secret "app_secret"'],
    ['without consent', source, { app_key: ['k'], app_secret: ['s'] }, 'has no secret "access_token"'],
    ['of another class', { ...source, class: 'secret' as const }, SECRETS, 'has to be of class signed'],
    ['over plain HTTP', { ...source, settings: { url: 'http://api.example.com' } }, SECRETS, 'begin with https://'],
    ['with a password', { ...source, settings: { url: 'https://a:b@example.com' } }, SECRETS, 'begin with https://'],
    ['at no address', { ...source, settings: { url: 'x' } }, SECRETS, 'begin with https://'],
    ['by WebSocket', { ...source, settings: { url: 'wss://mc.example.com' } }, SECRETS, 'fetched over https://'],
  ])('says what to set: %s', async (_, of, secrets, message) => {
    const { deps } = polling();
    await expect(pollSource(of, secrets, { ...deps, deadline: NOON + 1000 })).rejects.toThrow(message);
  });

  it('does not reach this machine where it is not told that it may', async () => {
    const { deps } = polling();
    const poll = pollSource(fetchedSource('tmc', 'http://127.0.0.1:9001'), SECRETS, {
      ...{ ...deps, loopback: false },
      deadline: NOON + 1000,
    });
    await expect(poll).rejects.toThrow('begin with https://');
  });
});
