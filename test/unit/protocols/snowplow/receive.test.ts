import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../../functions/shared/http.ts';
import { decodeRaw } from '../../../../functions/shared/raw-record.ts';
import { ARRIVAL, CLEAN_DEPS, collector, WEB } from '../../../support/ingest.ts';
import { recordingsOf } from '../../../support/recordings.ts';

const STM = String(Date.parse(ARRIVAL));
const EVENT = { e: 'pv', eid: 'e-1', aid: 'shop', duid: 'd-1', dtm: STM, stm: STM, url: 'https://shop.example.com/' };
const COOKIE = 'c0ffee00-1111-4222-8333-444455556666';

const post = (body: unknown, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'POST',
  path: '/com.snowplowanalytics.snowplow/tp2',
  query: {},
  headers: { 'user-agent': 'Browser/1', ...headers },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  ip: '203.0.113.7',
});

const get = (path: string, query: Record<string, string>, method = 'GET'): HttpRequest => ({
  method,
  path,
  query,
  headers: {},
  body: Buffer.alloc(0),
});

const KEYS = { 'snowplow:shop': WEB, 'path:/com.acme/track': { ...WEB, protocol: 'snowplow' } };

async function send(request: HttpRequest) {
  const { deps, raw } = collector(KEYS);
  const response = await collect(request, { ...deps, random: (bytes) => Buffer.alloc(bytes, 0xab) });
  const cleaned = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    response,
    heads: raw.records.map((record) => decodeRaw(record).head),
    events: cleaned.flatMap(({ events }) => events),
    quarantined: cleaned.flatMap(({ quarantined }) => quarantined),
  };
}

describe('the answer', () => {
  it('is what Snowplow’s collector says', async () => {
    const posted = await send(post({ data: [EVENT] }));
    expect([posted.response.status, posted.response.body]).toEqual([200, 'ok']);
    for (const path of ['/i', '/ice.png', '/com.snowplowanalytics.snowplow/tp2']) {
      for (const method of ['GET', 'HEAD']) {
        const { response, events } = await send(get(path, EVENT, method));
        expect([response.status, response.headers['content-type'], events.length]).toEqual([200, 'image/gif', 1]);
      }
    }
  });

  it('is success for whatever is kept, since trackers drop or repeat the whole of what is refused', async () => {
    const some = await send(post({ data: [EVENT, { ...EVENT, eid: 'x'.repeat(101) }, 5] }));
    expect([some.response.status, some.events.length]).toEqual([200, 1]);
    expect(some.quarantined.map(({ reason }) => reason)).toEqual(['invalid_field', 'not_an_object']);
    const none = await send({ ...post('{'), path: '/com.acme/track' });
    expect([none.response.status, none.quarantined[0]?.reason]).toEqual([200, 'invalid_json']);
    const empty = await send({ ...post({}), path: '/com.acme/track' });
    expect([empty.response.status, empty.quarantined[0]?.reason]).toEqual([200, 'invalid_payload']);
  });

  it('is one that trackers drop for a body that can never be taken, and an error for whom we do not know', async () => {
    expect((await send(post(`{"data":["${'x'.repeat(512_000)}"]}`))).response.status).toBe(422);
    expect((await send(post({ data: [{ ...EVENT, aid: 'other' }] }))).response.status).toBe(401);
    expect((await send(post({ data: [{ e: 'pv' }] }))).response.status).toBe(401);
    expect((await send(get('/i', { e: 'pv' }))).response.status).toBe(401);
    expect((await send(post({ data: [EVENT] }, { origin: 'https://evil.example' }))).response.status).toBe(403);
  });
});

it('answers the preflight that trackers send with credentials, by the origin itself', async () => {
  const preflights = recordingsOf('snowplow-browser-tracker').flatMap(({ requests }) =>
    requests.filter(({ request }) => request.method === 'OPTIONS'),
  );
  expect(preflights.length).toBeGreaterThan(5);
  for (const { request } of preflights) {
    const origin = request.headers.origin ?? '';
    const { deps } = collector({ 'snowplow:my-app': { ...WEB, allowed_origins: [origin] } });
    const { status, headers } = await collect(request, deps);
    expect([status, headers['access-control-allow-origin']]).toEqual([204, origin]);
    expect(headers['access-control-allow-credentials']).toBe('true');
    expect(headers['access-control-allow-methods']).toContain('POST');
    for (const asked of (request.headers['access-control-request-headers'] ?? '').split(',')) {
      expect(headers['access-control-allow-headers']?.split(', ')).toContain(asked);
    }
  }
});

describe('the cookie sp', () => {
  it('is given out as the vendor does, and is no identifier before it comes back', async () => {
    const { response, events } = await send(post({ data: [EVENT] }));
    const id = 'abababab-abab-4bab-abab-abababababab';
    const cookie = `sp=${id}; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=None`;
    expect(response.headers['set-cookie']).toBe(cookie);
    expect(events[0]?.identifiers).toEqual([{ type: 'anonymous_id', value: 'd-1' }]);
  });

  it('lives on when it comes back, and is an identifier then', async () => {
    const { response, events } = await send(
      post({ data: [EVENT] }, { cookie: `a=b; sp=${COOKIE.toUpperCase()}; c=d` }),
    );
    expect(response.headers['set-cookie']).toContain(`sp=${COOKIE};`);
    expect(events[0]?.identifiers).toContainEqual({ type: 'anonymous_id', value: COOKIE });
  });

  it('is taken from nobody who could have written anything into it', async () => {
    const { events } = await send(post({ data: [EVENT] }, { cookie: 'sp=somebody-else' }));
    expect(events[0]?.identifiers).toEqual([{ type: 'anonymous_id', value: 'd-1' }]);
  });
});

it('keeps neither address nor browser nor cookie of whoever sends SP-Anonymous, and gives no cookie out', async () => {
  const headers = { 'sp-anonymous': '*', cookie: `sp=${COOKIE}` };
  const { response, heads, events } = await send(post({ data: [EVENT] }, headers));
  expect(response.headers['set-cookie']).toBeUndefined();
  expect(heads[0]).not.toHaveProperty('ip');
  expect(heads[0]).not.toHaveProperty('user_agent');
  expect(JSON.stringify([heads, events])).not.toMatch(/203\.0\.113|Browser\/1|c0ffee/);
  const known = await send(post({ data: [EVENT] }));
  expect(known.heads[0]).toMatchObject({ ip: '203.0.113.7', user_agent: 'Browser/1' });
  expect(known.events[0]?.context.userAgent).toBe('Browser/1');
});
