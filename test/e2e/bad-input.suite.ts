import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { REASONS, type ReasonCode } from '../../schemas/reasons.ts';
import { type Answer, basic } from '../support/server.ts';
import type { Target } from '../support/target.ts';

const event = (properties: unknown): object => ({ type: 'track', event: 'Signed In', userId: 'u', properties });
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const deepEvent = (depth: number): string => `{"event":"Signed In","userId":"u","properties":${nested(depth)}}`;
/** 400 MiB of spaces, gzipped: a body of some hundred KiB. */
export const bomb = (): Buffer => gzipSync(Buffer.alloc(400 * 1024 * 1024, ' '), { level: 9 });

/** The status that the registry documents for the reason, and a body that names it, with a fix. */
export function expectRefused(answer: Answer, reason: ReasonCode, field?: string): void {
  const known: { status?: number; fix: string } = REASONS[reason];
  const named = answer.json?.reason === undefined ? answer.json?.refused?.[0] : answer.json;
  expect({ status: answer.status, reason: named?.reason, fix: named?.fix }).toEqual({
    status: known.status,
    reason,
    fix: known.fix,
  });
  if (field !== undefined) expect(named.field).toBe(field);
  expect(answer.json.success).toBe(false);
}

/** Bodies, keys and methods that the collector refuses with the reason, the field and the fix, and what it takes all the same. */
export function badInputSuite(target: () => Target): void {
  describe('bodies', () => {
    const invalidUtf8 = Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const cases: [
      string,
      () => { body: unknown; path?: string; headers?: Record<string, string> },
      ReasonCode,
      string?,
    ][] = [
      ['a 60 KB event', () => ({ body: { batch: [event({ text: 'x'.repeat(60_000) })] } }), 'event_too_large'],
      ['a 600 KB batch', () => ({ body: { batch: [event({ text: 'x'.repeat(600_000) })] } }), 'body_too_large'],
      ['a gzip bomb', () => ({ body: bomb(), headers: { 'content-encoding': 'gzip' } }), 'decompressed_too_large'],
      ['a gzip bomb without a word', () => ({ body: bomb() }), 'decompressed_too_large'],
      ['cut gzip', () => ({ body: gzipSync('{"batch":[]}').subarray(0, 15) }), 'invalid_gzip'],
      ['gzip that is none', () => ({ body: '{}', headers: { 'content-encoding': 'gzip' } }), 'invalid_gzip'],
      ['brotli', () => ({ body: '{}', headers: { 'content-encoding': 'br' } }), 'unsupported_encoding'],
      [
        '__proto__ in properties',
        () => ({ body: '{"event":"E","userId":"u","properties":{"__proto__":{"admin":true}}}', path: '/v1/track' }),
        'forbidden_key',
        '/properties/__proto__',
      ],
      ['__proto__ at the top', () => ({ body: '{"batch":[],"__proto__":{"batch":[1]}}' }), 'forbidden_key'],
      ['invalid UTF-8', () => ({ body: invalidUtf8, path: '/v1/track' }), 'invalid_utf8'],
      ['depth 1,000', () => ({ body: deepEvent(1_000), path: '/v1/track' }), 'too_deep'],
      ['depth 80,000', () => ({ body: deepEvent(80_000), path: '/v1/track' }), 'too_deep'],
      [
        'depth 100,000 of arrays',
        () => ({ body: `{"batch":${'['.repeat(100_000)}${']'.repeat(100_000)}}` }),
        'not_an_object',
      ],
      ['100,000 open brackets', () => ({ body: '['.repeat(100_000) }), 'invalid_json'],
      [
        '501 properties',
        () => ({ body: { batch: [event(Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`p${n}`, n])))] } }),
        'too_many_properties',
      ],
      [
        '2,501 events',
        () => ({ body: { batch: Array.from({ length: 2501 }, () => ({ type: 'track', event: 'E', userId: 'u' })) } }),
        'too_many_events',
      ],
      ['nothing', () => ({ body: '' }), 'invalid_json'],
      ['half a body', () => ({ body: '{"batch":[' }), 'invalid_json'],
      ['null', () => ({ body: 'null' }), 'not_an_object'],
      ['a list', () => ({ body: '[]' }), 'not_an_object'],
      ['no batch', () => ({ body: '{}' }), 'batch_missing'],
      ['a batch of null', () => ({ body: '{"batch":[null]}' }), 'not_an_object'],
      ['an unknown type', () => ({ body: '{"batch":[{"type":"constructor","userId":"u"}]}' }), 'unknown_type', '/type'],
      ['no event name', () => ({ body: '{"userId":"u"}', path: '/v1/track' }), 'missing_field', '/event'],
      [
        'properties of text',
        () => ({ body: '{"event":"E","properties":"x"}', path: '/v1/track' }),
        'invalid_field',
        '/properties',
      ],
      [
        'a user id that is an object',
        () => ({ body: '{"event":"E","userId":{}}', path: '/v1/track' }),
        'invalid_field',
        '/userId',
      ],
    ];

    it.each(cases)('%s', async (_, make, reason, field) => {
      const { body, path = '/v1/batch', headers = {} } = make();
      expectRefused(await target().post(path, body, { ...target().as('server'), ...headers }), reason, field);
    });

    it('names each refused event of a batch and takes the others', async () => {
      const { run } = target();
      const good = { type: 'track', event: 'Signed In', userId: `${run}u`, messageId: `${run}good-among-bad` };
      const large = { ...good, messageId: `${run}large-among`, properties: { text: 'x'.repeat(60_000) } };
      const typeless = { ...good, messageId: `${run}typeless`, type: 'nothing' };
      const answer = await target().collect('server', [large, good, typeless]);
      expect(answer.status).toBe(413);
      expect(answer.json).toMatchObject({
        accepted: 1,
        refused: [
          { index: 0, messageId: large.messageId, reason: 'event_too_large' },
          { index: 2, messageId: typeless.messageId, reason: 'unknown_type', field: '/type' },
        ],
      });
      await target().eventually(async () => {
        expect(await target().value(`SELECT count(*) FROM events WHERE event_id = '${good.messageId}'`)).toBe(1);
        const { items } = (await target().get(`/api/quarantine?event_id=${large.messageId}`)).json;
        expect(items).toMatchObject([{ reason: 'event_too_large' }]);
      });
    });

    it('takes names that other languages stumble over as plain data', async () => {
      const names = '{"constructor":{"prototype":{"x":1}},"toString":"t","hasOwnProperty":1,"length":-1}';
      const messageId = `${target().run}names`;
      const body = `{"event":"Signed In","userId":"constructor","anonymousId":"toString","messageId":"${messageId}","properties":${names}}`;
      expect((await target().post('/v1/track', body, target().as('server'))).status).toBe(200);
      await target().eventually(async () => {
        const [row] = await target().sql(`SELECT properties FROM events WHERE event_id = '${messageId}'`);
        expect(row).toEqual([names]);
      });
      expect((await target().person({ identifier: 'user_id:constructor' })).identifiers.length).toBe(2);
    });
  });

  describe('keys and methods of the collector', () => {
    const body = { event: 'Signed In', userId: 'u' };

    it('refuses a wrong key and no key, and tells which', async () => {
      expectRefused(await target().post('/v1/track', body, { authorization: basic('sk_wrong') }), 'unknown_key');
      expectRefused(await target().post('/v1/track', { ...body, writeKey: 'pk_wrong' }), 'unknown_key');
      expectRefused(await target().post('/v1/track', body), 'missing_key');
      expectRefused(await target().post('/v1/track', body, { authorization: 'Bearer x' }), 'missing_key');
    });

    it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('refuses %s with 405 and Allow', async (method) => {
      const answer = await target().send('/v1/track', { method, headers: target().as('server') });
      expectRefused(answer, 'method_not_allowed');
      expect(answer.headers.allow).toBe('POST, OPTIONS');
    });
  });
}
