import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange, rawSocket } from '../support/raw-socket.ts';
import { basic, ChildServer, send } from '../support/server.ts';
import { EmbeddedTarget } from '../support/target.ts';
import { badInputSuite, bomb, expectRefused } from './bad-input.suite.ts';

/** How much more memory the server may hold after all of this than before it, MiB: twenty bodies of 5 MiB at a time, and their garbage. */
const MAX_GROWTH_MIB = 300;
const FOREIGN = 'https://evil.example';

let server: ChildServer;
let target: EmbeddedTarget;
let memoryBefore = 0;

beforeAll(async () => {
  server = await ChildServer.start();
  target = new EmbeddedTarget(server);
  const event = { type: 'track', event: 'Signed In', userId: 'u', messageId: 'good-before' };
  expect((await server.collect('server', event)).status).toBe(200);
  expect(await server.value('SELECT count(*) FROM events')).toBe(1);
  memoryBefore = server.rssMiB();
});
afterAll(() => server.stop());

badInputSuite(() => target);

describe('keys, methods and paths of the collector', () => {
  const body = { event: 'Signed In', userId: 'u' };

  it('refuses a body larger than any', async () => {
    const answer = await server.post('/v1/batch', Buffer.alloc(20_000_000, ' '), server.as('server'));
    expectRefused(answer, 'body_too_large');
  });

  it('refuses unknown paths', async () => {
    for (const path of ['/v1/nothing', '/v1/', '/v1/track/', '/v1/constructor', '/v1/projects//settings']) {
      expectRefused(await server.post(path, body, server.as('server')), 'unknown_path');
    }
  });

  it('refuses paths of nobody', async () => {
    const answer = await send(`${server.url}/nothing`);
    expectRefused(answer, 'unknown_path');
  });

  it('lets no foreign page send or read', async () => {
    const preflight = await send(`${server.url}/v1/track`, {
      method: 'OPTIONS',
      headers: { origin: FOREIGN, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
    const answer = await server.post('/v1/track', body, { ...server.as('web'), origin: FOREIGN });
    expectRefused(answer, 'origin_not_allowed');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect((await server.post('/v1/track', body, { ...server.as('web'), origin: 'null' })).status).toBe(403);
    const shop = 'https://shop.example.com';
    const allowed = await server.post('/v1/track', body, { ...server.as('web'), origin: shop });
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([200, shop]);
    const likeShop = await server.post('/v1/track', body, { ...server.as('web'), origin: `${shop}.evil.example` });
    expectRefused(likeShop, 'origin_not_allowed');
  });
});

describe('the API', () => {
  it('refuses a foreign Host and a foreign Origin', async () => {
    const port = new URL(server.url).port;
    const foreign: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: `127.0.0.1.evil.example:${port}` },
      { host: '127.0.0.1' },
      { origin: FOREIGN },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { origin: `https://127.0.0.1:${port}` },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) {
      for (const [method, path] of [
        ['GET', '/api/persons'],
        ['POST', '/api/sql'],
        ['POST', '/api/reset'],
        ['GET', '/api/live'],
      ]) {
        const answer = await send(`${server.url}${path}`, { method, headers });
        expect({ headers, path, status: answer.status }).toEqual({ headers, path, status: 403 });
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
    }
    const own = await send(`${server.url}/api/health`, { headers: { origin: server.url } });
    expect(own.status).toBe(200);
  });

  it.each([
    ['GET', '/api/nothing', '', 404],
    ['POST', '/api/persons', '', 405],
    ['GET', '/api/sql', '', 405],
    ['DELETE', '/api/reset', '', 405],
    ['GET', '/api/reset', '', 405],
    ['POST', '/api/live', '', 405],
    ['POST', '/', '', 405],
    ['GET', '/api/persons?identifier=nonsense', '', 400],
    ['GET', '/api/persons?identifier=user_id:', '', 400],
    ['GET', '/api/persons?limit=-1', '', 400],
    ['GET', '/api/persons/%E0%A4%A', '', 400],
    ['GET', '/api/persons/__proto__', '', 404],
    ['GET', '/api/quarantine?status=nonsense', '', 400],
    ['GET', '/api/decisions?limit=x', '', 400],
    ['GET', '/api/outbox?limit=1.5', '', 400],
    ['GET', '/api/outbox?limit=-5', '', 400],
    ['POST', '/api/clock', 'null', 400],
    ['POST', '/api/clock', '{"advance":"-P1D"}', 400],
    ['POST', '/api/clock', '{"to":"9999-01-01T00:00:00Z"}', 400],
    ['POST', '/api/replay', 'null', 400],
    ['POST', '/api/replay', '{', 400],
    ['POST', '/api/sql', '{"sql":null}', 400],
  ])('answers %s %s with the status and what to do', async (method, path, body, status) => {
    const answer = await send(`${server.url}${path}`, { method, body });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: expect.any(String), message: expect.any(String) });
    if (status === 405) expect(answer.headers.allow).toMatch(/^(GET|POST)/);
  });
});

describe('connections', () => {
  const head = (length: number): string =>
    `POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(server.key('server'))}\r\ncontent-length: ${length}\r\n\r\n`;

  it('survives bodies that break off, and stores nothing of them', async () => {
    const before = await server.value('SELECT count(*) FROM events');
    for (let n = 0; n < 50; n++) {
      const socket = await rawSocket(server.url);
      await new Promise((resolve) => socket.write(`${head(1000)}{"event":"Signed In","userId":"cut"`, resolve));
      socket.destroy();
    }
    expect(await server.value('SELECT count(*) FROM events')).toBe(before);
  });

  it('answers others while slow senders hold their connections', async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => rawSocket(server.url)));
    for (const socket of slow) socket.write(`${head(1000)}{`);
    let ended = 0;
    for (const socket of slow) socket.resume().once('close', () => (ended += 1));
    expect((await server.get('/api/health')).status).toBe(200);
    expect(ended, 'nobody waits for the slow').toBe(0);
    for (const socket of slow) socket.destroy();
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(41_000)}\r\n\r\n`, 431],
    ['a path that is no URL', 'GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['a whole URL', 'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
  ])('answers %s', async (_, text, status) => {
    expect(await rawExchange(server.url, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

it('is alive after all this, has said nothing alarming, and holds little more memory', async () => {
  const bytes = bomb();
  const headers = { ...server.as('server'), 'content-encoding': 'gzip' };
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.post('/v1/batch', bytes, headers)));
    for (const answer of answers) expectRefused(answer, 'decompressed_too_large');
    const large = Buffer.alloc(4_000_000, ' ');
    await Promise.all(Array.from({ length: 20 }, () => server.post('/v1/batch', large, server.as('server'))));
  }
  const growth = server.rssMiB() - memoryBefore;
  process.stdout.write(`bad input: ${Math.round(memoryBefore)} MiB before, ${Math.round(growth)} MiB more after\n`);
  expect(growth).toBeLessThan(MAX_GROWTH_MIB);
  expect(server.running).toBe(true);
  expect(server.errors).toBe('');
  const last = { type: 'track', event: 'Signed In', userId: 'u', messageId: 'good-after' };
  expect((await server.collect('server', last)).status).toBe(200);
  expect(await server.value(`SELECT count(*) FROM events WHERE event_id = 'good-after'`)).toBe(1);
  expect(await server.value("SELECT count(*) FROM quarantine WHERE reason = 'internal_error'")).toBe(0);
});
