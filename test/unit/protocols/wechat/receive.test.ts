import { createCipheriv, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { encrypt } from '@wecom/crypto';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../../functions/shared/http.ts';
import { CLEAN_DEPS, WEB } from '../../../support/ingest.ts';
import { AES_KEY, APP, check, hooked, NOW, plain, type Setting, sealed, signedSeal, TOKEN, xml } from './sender.ts';

interface WechatCrypto {
  encrypt(text: string): string;
  decrypt(text: string): { message: string; id: string };
  getSignature(timestamp: string, nonce: string, sealed: string): string;
}
/** The older library of official accounts: another author's reading of the same format. */
const OlderCrypto: new (token: string, key: string, id: string) => WechatCrypto = createRequire(import.meta.url)(
  'wechat-crypto',
);

const OTHER_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const FOLLOW = xml({ ToUserName: 'gh_1', FromUserName: 'oP1', CreateTime: NOW, MsgType: 'event', Event: 'subscribe' });

async function send(request: HttpRequest, setting: Setting = {}, protocol = 'wechat') {
  const made = hooked(protocol, setting);
  const answer = await collect(request, made.deps);
  const events = made.raw.records.flatMap((record) => cleanRecord(record, CLEAN_DEPS).events);
  return { answer, events, raw: made.raw, refused: made.seen.flatMap(({ refused }) => refused), seen: made.seen };
}

const PLAIN: Setting = { secrets: { token: [TOKEN] } };

describe('a message of WeChat', () => {
  it.each([
    ['sealed, in XML', sealed('wechat', FOLLOW), {}],
    [
      'sealed, with JSON in it',
      sealed('wechat', JSON.stringify({ FromUserName: 'oP1', CreateTime: NOW, MsgType: 'event', Event: 'subscribe' })),
      {},
    ],
    ['plain, in XML', plain(FOLLOW), PLAIN],
    [
      'plain, in JSON with a byte order mark',
      plain(`\uFEFF${JSON.stringify({ FromUserName: 'oP1', CreateTime: NOW, MsgType: 'event', Event: 'subscribe' })}`),
      PLAIN,
    ],
  ])('%s, is an event of its person and answered with success', async (_, request, setting) => {
    const { answer, events, refused } = await send(request, setting);
    expect([answer.status, answer.body, refused]).toEqual([200, 'success', []]);
    expect(events.map(({ name, owner, verified }) => [name, owner, verified])).toEqual([
      ['Account Followed', `openid:${APP}:oP1`, true],
    ]);
  });

  it('of compatible mode counts as what is sealed in it, whatever stands beside it', async () => {
    const request = sealed('wechat', FOLLOW);
    const forged = request.body
      .toString()
      .replace('<Encrypt>', '<FromUserName>oVictim</FromUserName><MsgType>event</MsgType><Encrypt>');
    const { events } = await send({ ...request, body: Buffer.from(forged) });
    expect(events.map(({ owner }) => owner)).toEqual([`openid:${APP}:oP1`]);
  });

  it('sealed by the older library, is opened; what we seal, both libraries open', async () => {
    const older = new OlderCrypto(TOKEN, AES_KEY, APP);
    const text = older.encrypt(FOLLOW);
    const request = signedSeal('wechat', text);
    expect(older.getSignature(String(NOW), '1372623149', text)).toBe(request.query.msg_signature);
    expect((await send(request)).events.length).toBe(1);
  });

  it.each(['token', 'encoding_aes_key'])(
    'is opened with the old and the new %s while one replaces the other',
    async (name) => {
      const secrets = { token: [TOKEN], encoding_aes_key: [AES_KEY] };
      const both = {
        ...secrets,
        [name]: [name === 'token' ? 'newer' : OTHER_KEY, ...secrets[name === 'token' ? 'token' : 'encoding_aes_key']],
      };
      expect((await send(sealed('wechat', FOLLOW), { secrets: both })).events.length).toBe(1);
      const newer = name === 'token' ? { token: 'newer' } : { key: OTHER_KEY };
      expect((await send(sealed('wechat', FOLLOW, newer), { secrets: both })).events.length).toBe(1);
    },
  );

  it('tried three times is one event with one body', async () => {
    const made = hooked('wechat');
    for (const [index, nonce] of ['1', '2', '3'].entries()) {
      await collect(sealed('wechat', FOLLOW, { nonce, timestamp: NOW + 5 * index }), made.deps);
    }
    const events = made.raw.records.flatMap((record) => cleanRecord(record, CLEAN_DEPS).events);
    expect(events.length).toBe(3);
    expect(new Set(events.map(({ event_id, body_hash }) => `${event_id} ${body_hash}`)).size).toBe(1);
  });
});

describe('what is refused, and seen', () => {
  const good = sealed('wechat', FOLLOW);
  const altered = (change: Record<string, string | undefined>): HttpRequest => {
    const query = Object.fromEntries(
      Object.entries({ ...good.query, ...change }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    return { ...good, query };
  };
  it.each<[string, HttpRequest, Setting, number, string]>([
    ['a wrong signature', altered({ msg_signature: 'f'.repeat(40) }), {}, 401, 'signature_invalid'],
    ['a signature of another length', altered({ msg_signature: 'f' }), {}, 401, 'signature_invalid'],
    ['another nonce', altered({ nonce: '2' }), {}, 401, 'signature_invalid'],
    ['no signature', altered({ msg_signature: undefined }), {}, 401, 'signature_missing'],
    ['no time', altered({ timestamp: undefined }), {}, 401, 'signature_missing'],
    ['a time that is none', altered({ timestamp: '1e3' }), {}, 401, 'signature_missing'],
    ['an old message', sealed('wechat', FOLLOW, { timestamp: NOW - 301 }), {}, 401, 'signature_expired'],
    ['one from the future', sealed('wechat', FOLLOW, { timestamp: NOW + 301 }), {}, 401, 'signature_expired'],
    ['a plain message to a source that seals', plain(FOLLOW), {}, 401, 'signature_missing'],
    ['a sealed message without the seal', { ...good, body: Buffer.from(FOLLOW) }, {}, 401, 'signature_invalid'],
    ['a sealed message to a source without a key', sealed('wechat', FOLLOW), PLAIN, 401, 'signature_unverifiable'],
    ['a message to a source without a token', good, { secrets: {} }, 401, 'signature_unverifiable'],
    [
      'a message to a source without an app',
      good,
      { source: { app_id: undefined } as object },
      401,
      'signature_unverifiable',
    ],
    ['a message of another app', sealed('wechat', FOLLOW, { app: 'wx000000000000000a' }), {}, 403, 'foreign_app'],
    ['one that another key sealed', sealed('wechat', FOLLOW, { key: OTHER_KEY }), {}, 403, 'decryption_failed'],
    ['a key that nobody has', { ...good, path: '/v1/hooks/wechat/unknown' }, {}, 401, 'unknown_key'],
    ['a source of another protocol', good, { source: { protocol: 'wecom' } }, 403, 'wrong_protocol'],
    ['a body that is too large', { ...good, body: Buffer.alloc(600_000, 0x20) }, {}, 413, 'body_too_large'],
  ])('%s', async (_, request, setting, status, reason) => {
    const { answer, raw, refused, seen } = await send(request, setting);
    expect([answer.status, refused]).toEqual([status, [reason]]);
    expect(raw.records).toEqual([]);
    expect(seen.map((each) => [each.status, each.accepted])).toEqual([[status, 0]]);
    expect(answer.body).not.toContain(APP);
  });

  it('a replay later on; within five minutes it is the same event once more', async () => {
    const now = await send(good);
    const soon = await send(good, { now: NOW + 299 });
    expect(soon.events.map(({ event_id }) => event_id)).toEqual(now.events.map(({ event_id }) => event_id));
    expect((await send(good, { now: NOW + 301 })).refused).toEqual(['signature_expired']);
  });

  it('any key of a public source that is no WeChat source: the message is signed by nothing', async () => {
    expect((await send(good, { source: { ...WEB }, secrets: {} })).refused).toEqual(['signature_unverifiable']);
  });
});

describe('an answer to what cannot be unsealed', () => {
  const whole = Buffer.from(encrypt(AES_KEY, FOLLOW, APP), 'base64');
  const flipped = (at: number): string => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes.toString('base64');
  };
  const BROKEN: readonly (readonly [string, string])[] = [
    ['wrong padding', flipped(whole.length - 17)],
    ['a wrong last block', flipped(whole.length - 1)],
    ['a wrong length', flipped(2)],
    ['a text that is cut', whole.subarray(0, -16).toString('base64')],
    ['a text that is cut within a block', whole.subarray(0, -3).toString('base64')],
    ['random bytes', randomBytes(64).toString('base64')],
    ['one block', whole.subarray(0, 16).toString('base64')],
    ['no base64', '!!!!'],
    ['nothing', ''],
    ['another app', encrypt(AES_KEY, FOLLOW, 'wx000000000000000a')],
    ['no app', encrypt(AES_KEY, FOLLOW, '')],
    ['another key', encrypt(OTHER_KEY, FOLLOW, APP)],
  ];

  it.each(BROKEN)('is the same for %s, byte by byte', async (_, text) => {
    const { answer, refused } = await send(signedSeal('wechat', text));
    const { answer: usual } = await send(signedSeal('wechat', BROKEN[0]?.[1] ?? ''));
    expect(answer).toEqual(usual);
    expect(answer.status).toBe(403);
    expect(['decryption_failed', 'foreign_app']).toContain(refused[0]);
  });

  it.each([0, 33, 255])('refuses a padding of %i bytes around a message that is whole', async (padding) => {
    const head = Buffer.concat([Buffer.alloc(16, 1), Buffer.from([0, 0, 0, 2]), Buffer.from('{}'), Buffer.from(APP)]);
    const filled = Buffer.concat([head, Buffer.alloc(Math.max(0, 320 - head.length), padding)]);
    const cut = head.length + padding > 320 ? filled : filled.subarray(0, Math.ceil((head.length + padding) / 16) * 16);
    expect((await send(signedSeal('wechat', rawSeal(cut)))).refused).toEqual(['decryption_failed']);
  });

  it('tells in the metrics alone that a length is wrong', async () => {
    const long = Buffer.concat([Buffer.alloc(16, 1), Buffer.from([0, 0, 1, 2]), Buffer.from(`{}${APP}`)]);
    const missing = 32 - (long.length % 32);
    const sealedText = rawSeal(Buffer.concat([long, Buffer.alloc(missing, missing)]));
    expect((await send(signedSeal('wechat', sealedText))).refused).toEqual(['decryption_failed']);
  });

  it('does not depend on padding whose bytes differ', async () => {
    const body = Buffer.from(encrypt(AES_KEY, FOLLOW, APP), 'base64');
    expect(body.length % 32).toBe(0);
    const uneven = Buffer.concat([Buffer.alloc(16, 1), Buffer.from([0, 0, 0, 2]), Buffer.from('{}'), Buffer.from(APP)]);
    const missing = 32 - (uneven.length % 32);
    const wrong = Buffer.concat([uneven, Buffer.alloc(missing - 1, 1), Buffer.from([missing])]);
    expect((await send(signedSeal('wechat', rawSeal(wrong)))).refused).toEqual(['decryption_failed']);
  });
});

describe('a URL check', () => {
  const query = (change: Record<string, string> = {}) => ({
    ...plain('', {}).query,
    echostr: '4375120948345356249',
    ...change,
  });

  it('is answered with the bare text, for a source of any mode', async () => {
    for (const setting of [{}, PLAIN]) {
      const { answer, raw } = await send(check('wechat', query()), setting);
      expect([answer.status, answer.body]).toEqual([200, '4375120948345356249']);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
      });
      expect(raw.records).toEqual([]);
    }
  });

  it.each<[string, Record<string, string>, string]>([
    ['a wrong signature', { signature: '0'.repeat(40) }, 'signature_invalid'],
    ['an old time', plain('', { timestamp: NOW - 400 }).query, 'signature_expired'],
    ['a text that is a page', { echostr: '<script>alert(1)</script>' }, 'decryption_failed'],
    ['no text', { echostr: '' }, 'decryption_failed'],
  ])('with %s is refused', async (_, change, reason) => {
    const { answer, refused } = await send(check('wechat', query(change)), PLAIN);
    expect(refused).toEqual([reason]);
    expect(answer.status).toBeGreaterThanOrEqual(401);
    expect(answer.body).not.toContain('script');
  });

  it('of WeCom does not read a message out, sent in the place of its text', async () => {
    const message = sealed('wecom', xml({ FromUserName: 'zhangsan', MsgType: 'text', Content: 'secret' }));
    const echostr = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(message.body.toString())?.[1] ?? '';
    const { answer, refused } = await send(check('wecom', { ...message.query, echostr }), {}, 'wecom');
    expect(refused).toEqual(['decryption_failed']);
    expect(answer.body).not.toContain('secret');
  });

  it('is what GET is for; other methods are not taken', async () => {
    expect((await send({ ...check('wechat', query()), method: 'PUT' }, PLAIN)).answer.status).toBe(405);
  });
});

/** These bytes as they are, with the padding that they bring. */
function rawSeal(bytes: Buffer): string {
  const key = Buffer.from(`${AES_KEY}=`, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]).toString('base64');
}
