import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSourceDesk } from '../../local/source-cli/open.ts';
import { runSource } from '../../local/source-cli/run.ts';
import { type Answer, basic, type RunningServer, startServer } from '../support/server.ts';

/** One server for all stories; each uses names that no other does. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const definition = (source_id: string, more: object = {}): object => ({
  source_id,
  name: source_id,
  channel: 'web',
  class: 'public',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
  owner: 'Web team',
  reason: 'a new shop',
  ...more,
});

const call = (method: string, path: string, body?: object): Promise<Answer> =>
  server.send(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-operator': 'lin' },
    ...(body && { body: JSON.stringify(body) }),
  });
const create = (id: string, more: object = {}): Promise<Answer> => call('POST', '/api/sources', definition(id, more));

const track = (key: string, anonymousId: string, path = '/v1/track'): Promise<Answer> =>
  server.post(
    path,
    { event: 'Product Viewed', anonymousId, properties: { product_id: 'p1' } },
    { authorization: basic(key) },
  );
const tracked = async (key: string, path?: string): Promise<string> => {
  const { status, json } = await track(key, 'a-1', path);
  return status === 200 ? 'taken' : json.reason;
};

describe('a source', () => {
  it('is made over the API, and what it answers to paste works as it stands', async () => {
    const { status, json } = await create('made', { activity: 4, commercial_value: 5 });
    expect([status, json.source.priority, json.key]).toEqual([201, 80, expect.stringMatching(/^pk_[\w-]{43}$/)]);
    const { text } = json.connect.snippets.find(({ title }: { title: string }) => title === 'Segment, analytics-node');
    const analytics = runInNewContext(text, { Analytics });
    analytics.track({ anonymousId: 'made-a', event: 'Product Viewed', properties: { product_id: 'p1' } });
    await analytics.closeAndFlush();
    const rows = await server.sql(`SELECT source_id, channel, name FROM events WHERE source_id = 'made'`);
    expect(rows).toEqual([['made', 'web', 'Product Viewed']]);
  });

  it('rotates its key with overlap, by the clock of the server', async () => {
    const { json: made } = await create('rotated');
    const { status, json } = await call('POST', '/api/sources/rotated/keys', { overlap_hours: 2, reason: 'yearly' });
    expect([status, json.key === made.key]).toEqual([201, false]);
    expect(json.source.keys.map(({ state }: { state: string }) => state)).toEqual(['ending', 'valid']);
    expect([await tracked(made.key), await tracked(json.key)]).toEqual(['taken', 'taken']);
    await server.post('/api/clock', { advance: 'PT2H' });
    expect([await tracked(made.key), await tracked(json.key)]).toEqual(['unknown_key', 'taken']);
    const gone = await call('DELETE', `/api/sources/rotated/keys/${json.key_id}?reason=leaked`);
    expect([gone.status, await tracked(json.key)]).toEqual([200, 'unknown_key']);
  });

  it('is switched off and on again', async () => {
    const { json } = await create('switched', { protocol: 'segment', aliases: ['path:/switched'] });
    await call('POST', '/api/sources/switched/disable', { reason: 'flood' });
    const refused = await track(json.key, 'a-1');
    expect([refused.status, refused.json.reason, refused.json.message]).toEqual([
      ...[403, 'source_disabled'],
      'The source switched is switched off; whoever looks after it can switch it on again.',
    ]);
    expect(await tracked('none', '/switched')).toBe('source_disabled');
    const inBody = await server.post('/v1/track', { writeKey: json.key, event: 'Signed In', anonymousId: 'a-1' });
    expect(inBody.json.reason).toBe('source_disabled');
    const { json: shown } = await call('GET', '/api/sources/switched');
    expect([shown.source.state, shown.source.disabled]).toMatchObject(['disabled', { by: 'lin', why: 'flood' }]);
    await call('POST', '/api/sources/switched/enable', { reason: 'over' });
    expect(await tracked(json.key)).toBe('taken');
  });

  it('is known by aliases and by a path of its own, as long as it has them', async () => {
    await create('aliased', { protocol: 'segment', aliases: ['segment:OLD-KEY', 'path:/my/collect'] });
    expect([await tracked('OLD-KEY'), await tracked('whatever', '/my/collect')]).toEqual(['taken', 'taken']);
    const rows = await server.value(`SELECT count(*) FROM events WHERE source_id = 'aliased'`);
    expect(rows).toBe(2);
    const changed = await call('PATCH', '/api/sources/aliased', { aliases: null, reason: 'moved' });
    expect([changed.status, changed.json.source.aliases]).toEqual([200, undefined]);
    expect([await tracked('OLD-KEY'), await tracked('x', '/my/collect')]).toEqual(['unknown_key', 'unknown_path']);
  });

  it('takes what its platform signs, with a secret that nobody sees again', async () => {
    const wechat = { class: 'signed', protocol: 'wechat', app_id: 'wx00000000000000aa', channel: 'wechat' };
    const { json } = await create('followed', wechat);
    const [{ text: address }] = json.connect.snippets;
    expect(address).toBe(`${server.url}/v1/hooks/wechat/${json.key}`);
    const check = async (token: string): Promise<Answer> => {
      const timestamp = String(Math.floor(Date.parse((await server.get('/api/clock')).json.now) / 1000));
      const signature = createHash('sha1').update([token, timestamp, 'n'].toSorted().join('')).digest('hex');
      const query = new URLSearchParams({ signature, timestamp, nonce: 'n', echostr: '42' });
      return server.get(`${new URL(address).pathname}?${query}`);
    };
    expect((await check('first-token')).status).toBe(401);
    const put = (value: string, more = {}) =>
      call('PUT', '/api/sources/followed/secrets/token', { value, reason: 'connect', ...more });
    expect((await put('first-token')).text).not.toContain('first-token');
    expect((await check('first-token')).text).toBe('42');
    await put('second-token', { overlap_hours: 1 });
    expect([(await check('first-token')).text, (await check('second-token')).text]).toEqual(['42', '42']);
    await server.post('/api/clock', { advance: 'PT1H' });
    expect([(await check('first-token')).status, (await check('second-token')).text]).toEqual([401, '42']);
  });

  it('is in no file of the data folder with a key or a secret in clear', async () => {
    const { json } = await create('hidden', { class: 'signed', protocol: 'wechat' });
    await call('PUT', '/api/sources/hidden/secrets/token', { value: 'hidden-token-value', reason: 'connect' });
    expect((await call('GET', '/api/sources/hidden')).text).not.toMatch(/hidden-token-value|"hash"|sealed/);
    const files = readdirSync(server.dir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const bytes = readFileSync(path);
      expect([path, bytes.includes(json.key), bytes.includes('hidden-token-value')]).toEqual([path, false, false]);
      if (file.name.startsWith('sources.db')) expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  it('is made on the command line while the server runs', async () => {
    const run = (...argv: string[]): Promise<string> =>
      runSource([...argv, '--data', server.dir], { open: openSourceDesk, input: async () => '' });
    const [key = ''] = (await run('add', 'by-hand', '--owner', 'Ops', '--alias', 'segment:by-hand-1')).split('\n');
    expect([await tracked(key), await tracked('by-hand-1')]).toEqual(['taken', 'taken']);
    expect(await run('rotate', 'by-hand', '--overlap-hours', '0')).toContain(server.url);
    expect([await tracked(key), await tracked('by-hand-1')]).toEqual(['unknown_key', 'taken']);
    expect(await run('disable', 'by-hand')).toMatch(/^by-hand .* disabled/);
    expect(await tracked('by-hand-1')).toBe('source_disabled');
    expect(await run('show', 'by-hand')).toMatch(/disable .*\n.*rotate key .*\n.*create key/);
  });

  it('keeps who changed what and why', async () => {
    await create('watched');
    await call('PATCH', '/api/sources/watched', { owner: 'Ops', description: 'of the blog', reason: 'moved' });
    const { json } = await call('GET', '/api/sources/watched');
    expect(json.changes).toEqual([
      expect.objectContaining({ by: 'lin', why: 'moved', action: 'change', detail: 'owner, description' }),
      expect.objectContaining({ by: 'lin', why: 'a new shop', action: 'create' }),
    ]);
    const { json: all } = await call('GET', '/api/sources');
    expect(all.sources.map(({ source_id }: { source_id: string }) => source_id)).toContain('watched');
    expect(all.ranking.slice(0, 3)).toEqual(['app', 'made', 'pos']);
  });

  it('shows what it has sent, and takes its activity from that where nobody declared one', async () => {
    const { json } = await create('counted', { commercial_value: 5 });
    for (const n of [1, 2, 3]) await track(json.key, `counted-${n}`);
    await server.post(
      '/v1/track',
      { event: 'Product Viewed', anonymousId: 'c', properties: { price: 'cheap' } },
      {
        authorization: basic(json.key),
      },
    );
    const { json: all } = await call('GET', '/api/sources?activity=1');
    const shown = (id: string) => all.sources.find(({ source_id }: { source_id: string }) => source_id === id);
    expect(shown('counted').sent).toMatchObject({ accepted_24h: 3, quarantined_24h: 1, events_per_day: 0.4 });
    const { json: clock } = await server.get('/api/clock');
    expect(Date.parse(clock.now) - Date.parse(shown('counted').sent.last_event)).toBeLessThan(60_000);
    expect([shown('counted').priority, shown('crm').sent.last_event]).toEqual([20, null]);
  });
});

it('is described, each route and each answer of it', async () => {
  const { json: document } = await server.get('/api/openapi.json');
  const paths = Object.keys(document.paths).filter((path) => path.startsWith('/api/sources'));
  const made = await create('described');
  const rotated = await call('POST', '/api/sources/described/keys', { reason: 'x' });
  const answers: [string, string, Answer][] = [
    ['/api/sources', 'post', made],
    ['/api/sources/{source_id}', 'get', await call('GET', '/api/sources/described')],
    ['/api/sources/{source_id}', 'patch', await call('PATCH', '/api/sources/described', { owner: 'o', reason: 'x' })],
    ['/api/sources/{source_id}', 'post', await call('POST', '/api/sources/described', { owner: 'p', reason: 'x' })],
    ['/api/sources/{source_id}/keys', 'post', rotated],
    [
      '/api/sources/{source_id}/keys/{key_id}',
      'delete',
      await call('DELETE', `/api/sources/described/keys/${rotated.json.key_id}?reason=x`),
    ],
    [
      '/api/sources/{source_id}/secrets/{name}',
      'put',
      await call('PUT', '/api/sources/described/secrets/token', { value: 'v', reason: 'x' }),
    ],
    [
      '/api/sources/{source_id}/secrets/{name}',
      'delete',
      await call('DELETE', '/api/sources/described/secrets/token?reason=x'),
    ],
    ['/api/sources/{source_id}/disable', 'post', await call('POST', '/api/sources/described/disable', { reason: 'x' })],
    ['/api/sources/{source_id}/enable', 'post', await call('POST', '/api/sources/described/enable', { reason: 'x' })],
  ];
  expect(paths.filter((path) => !answers.some(([described]) => described === path))).toEqual([]);
  for (const [path, method, { status, json, headers }] of answers) {
    const { responses } = document.paths[path][method];
    const { required } = responses[status].content['application/json'].schema;
    expect([path, method, required.filter((name: string) => !(name in json))]).toEqual([path, method, []]);
    if (method !== 'get') expect(headers['cache-control']).toBe('no-store');
  }
});

describe('what is refused, and where it says that the fault is', () => {
  beforeAll(async () => {
    await create('first', { protocol: 'segment', aliases: ['segment:mine', 'path:/mine'] });
  });

  it.each([
    ['a signed source without a protocol', { class: 'signed' }, 400, /^\/protocol: A signed source/],
    ['a signed source of a protocol that nobody signs', { class: 'signed', protocol: 'segment' }, 400, /^\/class: /],
    ['a protocol that there is not', { protocol: 'nope' }, 400, /^\/protocol: There is no protocol "nope"/],
    ['an alias of a secret source', { class: 'secret', aliases: ['segment:x'] }, 400, /^\/aliases\/0: .*secret source/],
    ['an alias of another protocol', { aliases: ['nope:x'] }, 400, /^\/aliases\/0: There is no protocol/],
    ['an alias that another has', { aliases: ['segment:mine'] }, 409, /^\/aliases: Another source/],
    ['a path that another has', { protocol: 'segment', aliases: ['path:/mine'] }, 409, /^\/aliases: Another source/],
    ['a path without a protocol', { aliases: ['path:/x'] }, 400, /^\/aliases\/0: .*protocol/],
    [
      'a path of the collector',
      { protocol: 'segment', aliases: ['path:/v1/batch'] },
      400,
      /^\/aliases\/0: The path \/v1/,
    ],
    ['a path of another protocol', { protocol: 'segment', aliases: ['path:/sa'] }, 400, /^\/aliases\/0: The path \/sa/],
    ['a path with a variable', { protocol: 'segment', aliases: ['path:/v3/projects/x/collect'] }, 400, /^\/aliases\/0/],
    ['a path of the API', { protocol: 'segment', aliases: ['path:/api/health'] }, 400, /^\/aliases\/0: The path \/api/],
    ['a path of the page', { protocol: 'segment', aliases: ['path:/page.js'] }, 400, /^\/aliases\/0: The path \/page/],
    ['a name that is taken', { source_id: 'first' }, 409, /There is a source "first" already/],
    ['a name of the platform', { source_id: 'operators' }, 400, /^\/source_id: /],
    ['an origin with a path', { allowed_origins: ['https://shop.example.com/'] }, 400, /^\/allowed_origins\/0: /],
    ['a zone that there is not', { time_zone: 'Mars/Base' }, 400, /^\/time_zone: /],
    ['a field that there is not', { colour: 'red' }, 400, /colour/],
    ['no owner', { owner: undefined }, 400, /owner/],
    ['no reason', { reason: undefined }, 400, /^\/reason: /],
    ['a mark out of five', { activity: 9 }, 400, /^\/activity/],
  ])('%s', async (_, more, status, message) => {
    const answer = await create('second', more);
    expect([answer.status, answer.json.message]).toEqual([status, expect.stringMatching(message)]);
    expect((await call('GET', '/api/sources/second')).status).toBe(404);
  });

  it.each([
    ['another class', 'PATCH', '', { class: 'secret', reason: 'x' }, 400, /^\/class: /],
    ['too long an overlap', 'POST', '/keys', { overlap_hours: 1e9, reason: 'x' }, 400, /^\/overlap_hours: /],
    ['a key that there is not', 'DELETE', '/keys/abc?reason=x', undefined, 404, /has no key/],
    ['a secret without a value', 'PUT', '/secrets/token', { reason: 'x' }, 400, /^\/value: /],
    ['a secret with a strange name', 'PUT', '/secrets/A-B', { value: 'v', reason: 'x' }, 400, /named in lower case/],
    ['a secret that there is not', 'DELETE', '/secrets/token?reason=x', undefined, 404, /has no secret/],
    ['a fifth key', 'POST', '/keys', { reason: 'x' }, 409, /4 valid keys/],
  ])('%s', async (name, method, path, body, status, message) => {
    if (name === 'a fifth key') {
      for (let n = 0; n < 3; n++) await call('POST', '/api/sources/first/keys', { reason: 'x' });
    }
    const answer = await call(method, `/api/sources/first${path}`, body);
    expect([answer.status, answer.json.message]).toEqual([status, expect.stringMatching(message)]);
  });
});
