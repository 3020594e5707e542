import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnalyticsBrowser } from '@segment/analytics-next';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

const CHROMIUM = '/usr/bin/chromium';
const present = existsSync(CHROMIUM);
if (!present) process.stdout.write(`sdk-browser: skipped, because there is no Chromium at ${CHROMIUM}\n`);

declare global {
  interface Window {
    AnalyticsBrowser: typeof AnalyticsBrowser;
    analytics: AnalyticsBrowser;
  }
}

/** One call of the page to the collector, as the network saw it. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

const HTML = '<!doctype html><html lang="zh-CN"><title>Shop</title><script src="/sdk.js"></script><p>Shop</p></html>';

/** The unmodified SDK from its package, for a script tag. */
async function bundle(): Promise<string> {
  const result = await build({
    stdin: {
      contents: `import { AnalyticsBrowser } from '@segment/analytics-next'; window.AnalyticsBrowser = AnalyticsBrowser;`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return result.outputFiles[0]?.text ?? '';
}

let server: RunningServer;
let shop: Server;
let shopUrl = '';
let browser: Browser;

beforeAll(async () => {
  if (!present) return;
  const sdk = await bundle();
  server = await startServer();
  shop = createServer((request, response) => {
    const isScript = request.url === '/sdk.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? sdk : HTML);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  shop?.close();
});

/** A new visitor on the shop's page, what his browser exchanged with the collector, and what went wrong in the page. */
async function visit() {
  const context = await browser.newContext({ timezoneId: 'Asia/Shanghai', locale: 'zh-CN' });
  const page = await context.newPage();
  const exchanges: Exchange[] = [];
  const problems: string[] = [];
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  const started = new Map<string, { method: string; path: string }>();
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(server.url)) {
      started.set(requestId, { method: request.method, path: new URL(request.url).pathname });
    }
  });
  cdp.on('Network.responseReceived', ({ requestId, response }) => {
    const request = started.get(requestId);
    if (request) exchanges.push({ ...request, status: response.status });
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(shopUrl);
  return { page, exchanges, problems, close: () => context.close() };
}

interface Batching {
  readonly strategy: 'batching';
  readonly config: { readonly size: number; readonly timeout: number };
}

const load = (page: Page, delivery?: Batching): Promise<string> =>
  page.evaluate(
    async ({ writeKey, cdnURL, delivery }) => {
      const options = delivery ? { integrations: { 'Segment.io': { deliveryStrategy: delivery } } } : {};
      window.analytics = window.AnalyticsBrowser.load({ writeKey, cdnURL }, options);
      const user = await window.analytics.user();
      return String(user.anonymousId());
    },
    { writeKey: server.key('web'), cdnURL: server.url, delivery },
  );

const namesOf = async (cookie: string): Promise<unknown[]> =>
  (
    await server.sql(
      `SELECT type, name FROM events WHERE identifiers LIKE '%${cookie}%' OR properties LIKE '%${cookie}%' ORDER BY type, name`,
    )
  ).map((row) => row.join(' '));

describe.skipIf(!present)('the unmodified browser SDK in a real Chromium', { timeout: 60_000 }, () => {
  it('sends all six calls one by one, through preflights, and the person has cookie and member id', async () => {
    const { page, exchanges, problems, close } = await visit();
    const cookie = await load(page);
    await page.evaluate(async () => {
      const { analytics } = window;
      await analytics.page('Home');
      await analytics.track('Product Viewed', { product_id: 'p1' });
      await analytics.identify('browser-m1', { name: '张三', level: 'gold' });
      await analytics.track('Product Added', { product_id: 'p1' });
      await analytics.group('g1', { name: 'Family' });
      await analytics.screen('Cart');
      await analytics.alias('browser-m1-new', 'browser-m1');
    });
    await vi.waitUntil(async () => (await namesOf(cookie)).length >= 7, { timeout: 30_000, interval: 100 });
    expect(await namesOf(cookie)).toEqual([
      'alias alias',
      'group group',
      'identify identify',
      'page Home',
      'screen Cart',
      'track Product Added',
      'track Product Viewed',
    ]);
    const person = await server.person({ identifier: `anonymous_id:${cookie}` });
    expect(person.identifiers.map(({ key }) => key)).toEqual(
      expect.arrayContaining([`anonymous_id:${cookie}`, 'user_id:browser-m1']),
    );
    expect(await server.person({ identifier: 'user_id:browser-m1' })).toEqual(person);
    expect(person.profile.basic.name?.value).toBe('张三');
    expect(person.profile.behaviour.time_zone).toBe('Asia/Shanghai');
    const before = await server.sql(
      `SELECT one_id FROM events_resolved WHERE name = 'Product Viewed' AND owner = 'anonymous_id:${cookie}'`,
    );
    expect(before).toEqual([[person.one_id]]);
    expect(exchanges.filter(({ status }) => status >= 300)).toEqual([]);
    expect(exchanges.filter(({ method }) => method === 'OPTIONS').length).toBeGreaterThan(0);
    expect(exchanges.some(({ path }) => path.endsWith('/settings'))).toBe(true);
    expect(problems).toEqual([]);
    await close();
  });

  it('sends batches, and what is left over when the page goes away', async () => {
    const { page, exchanges, problems, close } = await visit();
    const cookie = await load(page, { strategy: 'batching', config: { size: 5, timeout: 60_000 } });
    await page.evaluate(async () => {
      for (let n = 0; n < 8; n++) await window.analytics.track('Product Viewed', { product_id: `p${n}` });
    });
    await vi.waitUntil(async () => (await namesOf(cookie)).length >= 5, { timeout: 30_000, interval: 100 });
    expect((await namesOf(cookie)).length).toBe(5);
    await page.goto('about:blank');
    await vi.waitUntil(async () => (await namesOf(cookie)).length >= 8, { timeout: 30_000, interval: 100 });
    expect((await namesOf(cookie)).length).toBe(8);
    expect(exchanges.filter(({ path, status }) => path === '/v1/b' && status === 200).length).toBeGreaterThan(0);
    expect(exchanges.filter(({ status }) => status >= 300)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('takes beacons as text/plain with the key in the address or in the body', async () => {
    const { page, problems, close } = await visit();
    const queued = await page.evaluate(
      ({ url, writeKey }) => {
        const event = { event: 'Product Viewed', properties: { product_id: 'p1' }, anonymousId: 'beacon-cookie' };
        const inAddress = navigator.sendBeacon(
          `${url}/v1/t?writeKey=${writeKey}`,
          JSON.stringify({ ...event, messageId: 'beacon-1' }),
        );
        const body = JSON.stringify({ ...event, messageId: 'beacon-2', writeKey });
        return [inAddress, navigator.sendBeacon(`${url}/v1/t`, new Blob([body], { type: 'text/plain' }))];
      },
      { url: server.url, writeKey: server.key('web') },
    );
    expect(queued).toEqual([true, true]);
    const found = async () =>
      server.sql(`SELECT event_id FROM events WHERE owner = 'anonymous_id:beacon-cookie' ORDER BY event_id`);
    await vi.waitUntil(async () => (await found()).length === 2, { timeout: 30_000, interval: 100 });
    expect(await found()).toEqual([['beacon-1'], ['beacon-2']]);
    expect(problems).toEqual([]);
    await close();
  });

  it('lets a page read the answer after a preflight, and keeps the API from it', async () => {
    const { page, close } = await visit();
    const seen = await page.evaluate(
      async ({ url, writeKey }) => {
        const init = {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${writeKey}:`)}` },
          body: JSON.stringify({ event: 'Product Viewed', anonymousId: 'x', properties: { product_id: 'p' } }),
        };
        const collected = await (await fetch(`${url}/v1/track`, init)).json();
        const read = await fetch(`${url}/api/persons`).then(
          () => 'read',
          () => 'refused',
        );
        const reset = await fetch(`${url}/api/reset`, { method: 'POST', mode: 'no-cors' }).then(({ type }) => type);
        return { collected, read, reset };
      },
      { url: server.url, writeKey: server.key('web') },
    );
    expect(seen).toEqual({
      collected: { success: true, accepted: 1, refused: [] },
      read: 'refused',
      reset: 'opaque',
    });
    expect(await server.value(`SELECT count(*) FROM events WHERE owner = 'anonymous_id:x'`), 'nothing was reset').toBe(
      1,
    );
    await close();
  });
});
