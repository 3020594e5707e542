import lz from 'lz-string';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../../functions/shared/http.ts';
import { StreamUnavailable } from '../../../../functions/shared/seams.ts';
import { ARRIVAL, CLEAN_DEPS, collector, WEB } from '../../../support/ingest.ts';

const STM = Date.parse(ARRIVAL);
const PATH = '/v3/projects/ACCOUNT_ID/collect';
const EVENT = {
  eventType: 'CUSTOM',
  eventName: 'X',
  deviceId: 'd-1',
  sessionId: 's-1',
  platform: 'web',
  timestamp: STM - 1000,
  eventSequenceId: 7,
};

const post = (body: unknown, headers: Record<string, string> = {}, path = PATH): HttpRequest => ({
  method: 'POST',
  path,
  query: { stm: String(STM) },
  rawQuery: `stm=${STM}`,
  headers,
  body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

/** A picture, by the query as it stands in the address; on a REST API without it. */
const image = (rawQuery: string, { knowsRaw = true } = {}): HttpRequest => ({
  method: 'GET',
  path: PATH,
  query: Object.fromEntries(new URLSearchParams(rawQuery)),
  ...(knowsRaw && { rawQuery }),
  headers: {},
  body: Buffer.alloc(0),
});

const SITE = { ...WEB, source_id: 'site' };
const APP = { ...WEB, source_id: 'gio-app' };

async function send(request: HttpRequest, fail?: Error) {
  const { deps, raw, seen } = collector({ 'growingio:ACCOUNT_ID': SITE, 'growingio:APP_DS': APP, secret_key: SITE });
  raw.fail = fail;
  const response = await collect(request, deps);
  const cleaned = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    status: response.status,
    events: cleaned.flatMap(({ events }) => events),
    quarantined: cleaned.flatMap(({ quarantined }) => quarantined),
    seen,
  };
}

describe('the answer', () => {
  it('is 204 to the probe of the Java SDK, without a key', async () => {
    expect((await send({ ...image(''), path: '/' })).status).toBe(204);
  });

  it('is 204 where single events are refused, which are in quarantine: any other would bring them again', async () => {
    const { status, events, quarantined, seen } = await send(
      post([EVENT, { ...EVENT, eventName: '', eventSequenceId: 8 }, 5, { ...EVENT, eventName: 'Y'.repeat(201) }]),
    );
    expect(status).toBe(204);
    expect(events).toHaveLength(1);
    expect(quarantined.map(({ reason }) => reason)).toEqual(['missing_field', 'not_an_object', 'invalid_field']);
    expect(seen).toMatchObject([{ accepted: 1, refused: ['missing_field', 'not_an_object', 'invalid_field'] }]);
  });

  it('is 204 to a body that is no JSON, which is in quarantine', async () => {
    const { status, quarantined } = await send(post('[{'));
    expect([status, quarantined[0]?.reason]).toEqual([204, 'invalid_json']);
  });

  it('is an error where nothing was kept: then the client shall come again, or see that its account is not known', async () => {
    expect((await send(post([EVENT]), new StreamUnavailable(30, undefined))).status).toBe(503);
    expect((await send(post([EVENT], {}, '/v3/projects/OTHER/collect'))).status).toBe(401);
    expect((await send(post([EVENT], { origin: 'https://evil.example' }))).status).toBe(403);
    expect((await send(post(Buffer.alloc(500 * 1024 + 1)))).status).toBe(413);
    const bomb = Buffer.from(lz.compressToUTF16(' '.repeat(520_000)));
    expect((await send(post(bomb, { 'x-compress-codec': '1' }))).status).toBe(413);
  });

  it('takes no more events in a request than any protocol', async () => {
    const { status, quarantined } = await send(post(Array.from({ length: 2501 }, () => ({}))));
    expect([status, quarantined[0]?.reason]).toEqual([204, 'too_many_events']);
  });
});

describe('the source', () => {
  it('is that of the data source where it has one, else that of the account', async () => {
    const [site, app] = await Promise.all(
      ['OTHER_DS', 'APP_DS'].map((dataSourceId) => send(post([{ ...EVENT, dataSourceId }]))),
    );
    expect([site?.events[0]?.source_id, app?.events[0]?.source_id]).toEqual(['site', 'gio-app']);
  });

  it('can be named by its write key in the place of the account, and the key goes nowhere', async () => {
    const { events } = await send(post([EVENT], {}, '/v3/projects/secret_key/collect'));
    expect(events[0]?.source_id).toBe('site');
    expect(JSON.stringify(events)).not.toContain('secret_key');
  });
});

it('corrects a clock that is off by what the client says of when it sent', async () => {
  const hour = 3_600_000;
  const late = { ...EVENT, timestamp: STM - hour - 1000 };
  const { events } = await send({ ...post([late]), query: { stm: String(STM - hour) } });
  expect([events[0]?.occurred_at, events[0]?.flags.includes('clock_skewed')]).toEqual([
    new Date(STM - 1000).toISOString(),
    true,
  ]);
});

describe('an image request', () => {
  it('has data that the browser escaped in part, with & and = and a percent sign in them', async () => {
    const data = JSON.stringify([{ ...EVENT, query: 'a=1&b=2&stm=5&compress=11', title: '50% 首页' }]);
    const asSent = data.replaceAll('"', '%22').replaceAll('首页', encodeURIComponent('首页')).replaceAll(' ', '%20');
    const { events } = await send(image(`stm=${STM}&compress=0&data=${asSent}`));
    expect(events[0]?.context.page).toEqual({ search: '?a=1&b=2&stm=5&compress=11', title: '50% 首页' });
  });

  it('has data of which nothing was escaped', async () => {
    const { events } = await send(
      image(`stm=${STM}&compress=0&data=${JSON.stringify([{ ...EVENT, title: 'a%22b' }])}`),
    );
    expect(events[0]?.context.page).toEqual({ title: 'a%22b' });
  });

  it('does not take what stands in its data for what is said of them', async () => {
    const { events } = await send(
      image(`stm=${STM}&data=${JSON.stringify([{ ...EVENT, query: 'a=1&compress=11&b=2' }])}`),
    );
    expect(events[0]?.context.page).toEqual({ search: '?a=1&compress=11&b=2' });
  });

  it('loses what follows an & where the carrier knows the query taken apart only, and keeps the rest in quarantine', async () => {
    const query = `stm=${STM}&compress=0&data=${JSON.stringify([{ ...EVENT, query: 'a=1&b=2' }])}`;
    const { status, quarantined } = await send(image(query, { knowsRaw: false }));
    expect([status, quarantined[0]?.reason]).toEqual([204, 'invalid_json']);
    const plain = `stm=${STM}&compress=0&data=${JSON.stringify([EVENT])}`;
    expect((await send(image(plain, { knowsRaw: false }))).events).toHaveLength(1);
    const packed = `stm=${STM}&compress=11&data=${lz.compressToEncodedURIComponent(JSON.stringify([EVENT]))}`;
    expect((await send(image(packed, { knowsRaw: false }))).events).toHaveLength(1);
  });

  it('is the same event as the POST that it repeats', async () => {
    const first = await send(post([EVENT], { 'content-type': 'text/plain' }));
    const again = await send(image(`stm=${STM + 800}&compress=0&data=${JSON.stringify([EVENT])}`));
    expect(again.events).toEqual(first.events);
  });
});
