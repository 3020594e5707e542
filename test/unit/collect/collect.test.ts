import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../functions/shared/http.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { StreamOverloaded } from '../../../functions/shared/seams.ts';
import { REASONS } from '../../../schemas/reasons.ts';
import { ARRIVAL, basic, collector, post, SERVER, WEB } from '../../support/ingest.ts';

const track = { type: 'track', event: 'E', userId: 'u', messageId: 'm1' };

/** Sends one request; `stored` are the bodies on the raw stream. */
async function send(request: HttpRequest) {
  const { deps, raw, seen } = collector();
  const response = await collect(request, deps);
  const answer = response.body === '' ? undefined : JSON.parse(response.body);
  const stored = raw.records.map((record) => decodeRaw(record));
  return { ...response, answer, stored, seen: seen[0] };
}

describe('routes', () => {
  it.each(['track', 'identify', 'page', 'screen', 'group', 'alias'])('POST /v1/%s and its letter', async (type) => {
    for (const path of [`/v1/${type}`, `/v1/${type[0]}`]) {
      const { status, answer, stored } = await send(post(path, track));
      expect([status, answer]).toEqual([200, { success: true, accepted: 1, refused: [] }]);
      expect(stored[0]?.head).toMatchObject({ route: type, source: SERVER, received_at: ARRIVAL, request_id: 'r1' });
      expect(stored[0]?.body.toString()).toBe(JSON.stringify(track));
    }
  });

  it.each(['/v1/batch', '/v1/b', '/beacon/v1/batch'])('POST %s', async (path) => {
    const { status, answer, stored } = await send(post(path, { batch: [track, track] }));
    expect([status, answer.accepted, stored[0]?.head.route]).toEqual([200, 2, 'batch']);
  });

  it.each([
    ['GET', '/v1/track', 405, 'method_not_allowed'],
    ['PUT', '/v1/batch', 405, 'method_not_allowed'],
    ['POST', '/sourceConfig/', 405, 'method_not_allowed'],
    ['POST', '/v1/', 404, 'unknown_path'],
    ['POST', '/v1/track/', 404, 'unknown_path'],
    ['GET', '/v1/projects//settings', 404, 'unknown_path'],
    ['OPTIONS', '/nowhere', 404, 'unknown_path'],
  ])('%s %s is %i %s', async (method, path, status, reason) => {
    const got = await send({ ...post(path, track), method });
    expect([got.status, got.answer.reason, got.stored]).toEqual([status, reason, []]);
    if (status === 405) expect(got.headers.allow).toContain('OPTIONS');
  });
});

describe('write keys', () => {
  it.each([
    ['Basic user name', { headers: { authorization: basic('pub') } }, track],
    ['writeKey in the body', { headers: {} }, { ...track, writeKey: 'pub' }],
    ['writeKey in the query', { headers: {}, query: { writeKey: 'pub' } }, track],
  ])('as %s', async (_, parts, body) => {
    const { status, stored } = await send({ ...post('/v1/track', body), ...parts });
    expect([status, stored[0]?.head.source.source_id]).toEqual([200, 'web']);
  });

  it.each([
    ['none', {}, track, 'missing_key'],
    ['an empty one', { authorization: basic('') }, track, 'missing_key'],
    ['a broken header', { authorization: 'Basic ###' }, track, 'missing_key'],
    ['a wrong one', { authorization: basic('nope') }, { ...track, writeKey: 'sec' }, 'unknown_key'],
    ['one that is no text', {}, { ...track, writeKey: { $ne: null } }, 'missing_key'],
    ['a name that objects inherit', {}, { ...track, writeKey: 'constructor' }, 'unknown_key'],
  ])('%s: 401, nothing stored, no key in the answer', async (_, headers, body, reason) => {
    const { status, answer, stored, body: text } = await send({ ...post('/v1/track', body), headers });
    expect([status, answer.reason, stored]).toEqual([401, reason, []]);
    expect(text).not.toContain('nope');
  });
});

describe('bodies', () => {
  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', ''])(
    'are JSON, whatever "%s" says, and may be gzip without a word',
    async (type) => {
      for (const body of [Buffer.from(JSON.stringify(track)), gzipSync(JSON.stringify(track))]) {
        const { status, stored } = await send(post('/v1/track', body, { 'content-type': type }));
        expect([status, stored[0]?.body.toString()]).toEqual([200, JSON.stringify(track)]);
      }
    },
  );

  it('may begin with a byte order mark', async () => {
    expect((await send(post('/v1/track', `\uFEFF${JSON.stringify(track)}`))).status).toBe(200);
  });

  const wide = (bytes: number) =>
    JSON.stringify({ batch: [], pad: 'x'.repeat(bytes - JSON.stringify({ batch: [], pad: '' }).length) });
  it.each([
    ['512,000 bytes', wide(512_000), {}, 200, undefined, 1],
    ['512,001 bytes', wide(512_001), {}, 413, 'body_too_large', 0],
    ['a gzip bomb', gzipSync(Buffer.alloc(50_000_000, 0x20)), {}, 413, 'decompressed_too_large', 0],
    ['gzip of 512,001 bytes', gzipSync(wide(512_001)), {}, 413, 'decompressed_too_large', 0],
    ['gzip of 512,000 bytes', gzipSync(wide(512_000)), {}, 200, undefined, 1],
    ['no gzip', '{}', { 'content-encoding': 'gzip' }, 400, 'invalid_gzip', 0],
    ['half a gzip', gzipSync(wide(5000)).subarray(0, 30), {}, 400, 'invalid_gzip', 0],
    ['brotli', '{}', { 'content-encoding': 'br' }, 415, 'unsupported_encoding', 0],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, 'invalid_utf8', 1],
    ['no JSON', '{"a":', {}, 400, 'invalid_json', 1],
    ['nothing', '', {}, 400, 'invalid_json', 1],
    ['a list', '[]', {}, 400, 'not_an_object', 1],
    ['no batch', '{}', {}, 400, 'batch_missing', 1],
    ['2,501 events', { batch: Array(2501).fill(0) }, {}, 400, 'too_many_events', 1],
  ] as const)('%s', async (_, body, headers, status, reason, stored) => {
    const got = await send(post('/v1/batch', body, headers));
    expect([got.status, got.answer.reason, got.stored.length]).toEqual([status, reason, stored]);
    if (reason !== undefined) {
      expect(got.answer).toMatchObject({ success: false, accepted: 0, refused: [], fix: REASONS[reason].fix });
      expect(got.seen).toMatchObject({ accepted: 0, refused: [reason], status });
    }
  });

  it('without a key in the head and unreadable are refused for what they are, and not stored', async () => {
    const { status, answer, stored } = await send({ ...post('/v1/track', '{'), headers: {} });
    expect([status, answer.reason, stored]).toEqual([400, 'invalid_json', []]);
  });
});

describe('batches refused in part', () => {
  const bad = { type: 'track', userId: 'u', messageId: 'm2' };
  const large = { ...track, messageId: 'm3', properties: { x: 'x'.repeat(60_000) } };

  it('name each refused event, and are stored whole', async () => {
    const body = { batch: [track, bad, 7] };
    const { status, answer, stored, seen } = await send(post('/v1/batch', body));
    expect(status).toBe(400);
    expect(answer).toMatchObject({ success: false, accepted: 1 });
    expect(answer.message).toBe('2 of 3 events were refused. The other 1 were accepted; do not send them again.');
    expect(answer.refused).toMatchObject([
      { index: 1, messageId: 'm2', reason: 'missing_field', field: '/event', fix: 'Add the named field.' },
      { index: 2, messageId: null, reason: 'not_an_object', field: '' },
    ]);
    expect(stored[0]?.body.toString()).toBe(JSON.stringify(body));
    expect(seen).toEqual({
      ...{ source_id: 'server', protocol: 'segment' },
      accepted: 1,
      refused: ['missing_field', 'not_an_object'],
      status: 400,
    });
  });

  it('are 413 when one event is too large', async () => {
    const { status, answer } = await send(post('/v1/batch', { batch: [bad, large, track] }));
    expect([status, answer.accepted, answer.refused[1].reason]).toEqual([413, 1, 'event_too_large']);
  });
});

describe('durability', () => {
  it('is never claimed before the stream has the record', async () => {
    const { deps, raw } = collector();
    raw.fail = new StreamOverloaded(3);
    const response = await collect(post('/v1/track', track), deps);
    expect([response.status, response.headers['retry-after']]).toEqual([429, '3']);
    expect(JSON.parse(response.body)).toMatchObject({ accepted: 0, reason: 'overloaded' });
    raw.fail = new Error('disk');
    await expect(collect(post('/v1/track', track), deps)).rejects.toThrow('disk');
  });

  it('waits for the stream', async () => {
    const { deps, raw } = collector();
    const { promise, resolve } = Promise.withResolvers<void>();
    let answered = false;
    const answer = collect(post('/v1/track', track), {
      ...deps,
      raw: { put: (...args) => promise.then(() => raw.put(...args)) },
    });
    answer.then(() => (answered = true));
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    resolve();
    expect((await answer).status).toBe(200);
  });
});

describe('browsers', () => {
  const home = 'https://shop.example.com';
  const headers = (origin: string, key = 'pub') => ({ origin, authorization: basic(key) });

  it.each(['/v1/t', '/v1/batch', '/beacon/v1/batch', '/sourceConfig/', '/v1/projects/pub/settings'])(
    'may send to %s after a preflight',
    async (path) => {
      const request = {
        ...post(path, ''),
        method: 'OPTIONS',
        headers: { origin: home, 'access-control-request-headers': 'authorization' },
      };
      const { status, headers: got } = await send(request);
      expect(status).toBe(204);
      expect(got).toMatchObject({
        vary: 'Origin',
        'access-control-allow-origin': home,
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '7200',
      });
      for (const name of [
        'authorization',
        'x-retry-count',
        'content-type',
        'anonymousid',
        'sentat',
        'rsa-retry-attempt',
      ]) {
        expect(got['access-control-allow-headers']?.split(', ')).toContain(name);
      }
    },
  );

  it.each([`${home}.evil.example`, 'http://shop.example.com', `${home}:8443`, 'null', ''])(
    'at %j get no leave, and a public key is refused there',
    async (origin) => {
      const preflight = await send({ ...post('/v1/t', ''), method: 'OPTIONS', headers: { origin } });
      expect(Object.keys(preflight.headers)).toEqual(['vary']);
      const { status, answer, stored, headers: got } = await send(post('/v1/t', track, headers(origin)));
      expect([status, answer.reason, stored]).toEqual([403, 'origin_not_allowed', []]);
      expect(got).not.toHaveProperty('access-control-allow-origin');
    },
  );

  it('can read answers and refusals', async () => {
    for (const key of ['pub', 'nope']) {
      const { headers: got } = await send(post('/v1/t', track, headers(home, key)));
      expect(got).toMatchObject({
        'access-control-allow-origin': home,
        'access-control-expose-headers': 'Retry-After',
      });
    }
  });

  it('are no matter to secret keys and to requests without an origin', async () => {
    expect((await send(post('/v1/t', track, headers('https://evil.example', 'sec')))).status).toBe(200);
    expect((await send(post('/v1/t', track, { authorization: basic('pub') }))).status).toBe(200);
  });
});

describe('what SDKs ask for', () => {
  const get = (path: string, more: Partial<HttpRequest> = {}) =>
    send({ ...post(path, ''), method: 'GET', headers: {}, ...more });

  it('settings of analytics-next', async () => {
    expect((await get('/v1/projects/pub/settings')).answer.integrations['Segment.io']).toMatchObject({ apiKey: 'pub' });
    expect((await get('/v1/projects/nope/settings')).status).toBe(401);
    const { deps } = collector();
    const request = { ...post('/v1/projects/pub/settings', ''), method: 'GET' };
    const { body } = await collect(request, { ...deps, publicUrl: 'http://127.0.0.1:8787' });
    expect(JSON.parse(body).integrations['Segment.io']).toMatchObject({
      apiHost: '127.0.0.1:8787/v1',
      protocol: 'http',
    });
  });

  it('the source configuration of RudderStack', async () => {
    const { status, answer } = await get('/sourceConfig/', { query: { writeKey: 'pub' } });
    expect([status, answer.source.id, answer.source.enabled, answer.source.destinations]).toEqual([
      200,
      WEB.source_id,
      true,
      [],
    ]);
    expect((await get('/sourceConfig/')).answer.reason).toBe('missing_key');
  });
});

describe('any request', () => {
  const paths = fc.oneof(
    fc.constantFrom('/v1/batch', '/v1/track', '/v1/i', '/sourceConfig/', '/v1/projects/x/settings'),
    fc.string(),
  );
  const jsonish = fc
    .jsonValue()
    .map((value) =>
      Buffer.from(JSON.stringify({ batch: [value, { type: 'track', event: value, properties: value }] })),
    );
  const bytes = fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array));

  it('is answered with a documented status and reason', async () => {
    const request = fc.record({
      method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'DELETE', ''),
      path: paths,
      query: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
      headers: fc.record({
        authorization: fc.constantFrom(basic('sec'), 'Basic x', ''),
        'content-encoding': fc.constantFrom('', 'gzip', 'x'),
      }),
      body: fc.oneof(
        bytes,
        jsonish,
        bytes.map((plain) => gzipSync(plain)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        const { status, answer, stored, seen } = await send(each);
        expect(seen?.status).toBe(status);
        for (const reason of seen?.refused ?? []) expect(REASONS[reason].outcome).toBe('refused');
        expect(status === 200 || status === 204 || answer.success === false).toBe(true);
        expect(status === 200 && each.method === 'POST' ? stored.length : 1).toBe(1);
      }),
      { numRuns: 400 },
    );
  });
});
