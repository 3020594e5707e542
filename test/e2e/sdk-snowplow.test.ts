import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  buildAddToCart,
  buildEcommerceTransaction,
  buildPageView,
  buildScreenView,
  buildSelfDescribingEvent,
  buildStructEvent,
  newTracker,
  type Tracker,
} from '@snowplow/node-tracker';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { hasBrowser, openBrowser, scriptOf, servePage, watchRequests } from '../support/sdk-page.ts';
import { type RunningServer, send, startServer } from '../support/server.ts';

/** What a page calls of the tracker's package. */
declare global {
  interface Window {
    snowplow: typeof import('@snowplow/browser-tracker');
  }
}

const APP = 'my-app';
const OWN_PATH = '/com.acme/track';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  const source = {
    source_id: 'snowplow-app',
    name: 'Shop by Snowplow',
    channel: 'web',
    class: 'public',
    protocol: 'snowplow',
    owner: 'Tests',
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    allowed_origins: [],
    aliases: [`snowplow:${APP}`, `path:${OWN_PATH}`],
    reason: 'A test of its trackers.',
  };
  expect((await server.post('/api/sources', source)).status).toBe(201);
});
afterAll(() => server.stop());

const eventsOf = (owner: string): Promise<unknown[][]> =>
  server.sql(`SELECT type, name FROM events WHERE owner = '${owner}' ORDER BY type, name`);

const portOf = ({ url }: RunningServer): number => Number(new URL(url).port);

const trackerFor = (port: number, options: object = {}, appId = APP): Tracker => {
  const tracker = newTracker(
    { namespace: 'shop', appId },
    { endpoint: '127.0.0.1', port, protocol: 'http', bufferSize: 10, ...options },
  );
  tracker.setTimezone('Asia/Shanghai');
  return tracker;
};

/** A way to the server on which the first answer is lost, after the server has stored what came. */
async function losingFirstAnswer(): Promise<{ readonly port: number; readonly statuses: readonly number[] }> {
  const statuses: number[] = [];
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', url = '/', headers } = request;
    const plain = { 'content-type': String(headers['content-type']) };
    const answer = await send(`${server.url}${url}`, { method, headers: plain, body: Buffer.concat(chunks) });
    const status = statuses.length === 0 ? 500 : answer.status;
    statuses.push(status);
    response.writeHead(status).end(status === 500 ? '' : answer.text);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, statuses };
}

describe('the unmodified node tracker', () => {
  it.each([
    ['by batches', 'n1', {}],
    ['by pictures', 'n2', { eventMethod: 'get' }],
    ['to a path of its own', 'n3', { postPath: OWN_PATH }],
  ])('delivers each event once, %s', async (_, user, options) => {
    const failures: unknown[] = [];
    const tracker = trackerFor(portOf(server), {
      ...options,
      onRequestFailure: (failure: unknown) => failures.push(failure),
    });
    tracker.setUserId(user);
    tracker.setDomainUserId(`cookie-${user}`);
    tracker.track(buildPageView({ pageUrl: 'https://shop.example.com/?utm_source=wechat', pageTitle: '首页' }));
    tracker.track(buildStructEvent({ category: 'cart', action: 'add', value: 9.5 }));
    tracker.track(buildScreenView({ name: 'Cart' }));
    tracker.track(buildAddToCart({ sku: 'p1', unitPrice: 9.5, quantity: 2, currency: 'CNY' }));
    tracker.track(buildEcommerceTransaction({ orderId: `o-${user}`, total: 19, currency: 'CNY' }));
    for (let n = 0; n < 50; n++) {
      tracker.track(
        buildSelfDescribingEvent({ event: { schema: 'iglu:com.acme/view_shelf/jsonschema/1-0-0', data: { n } } }),
      );
    }
    await tracker.flush();
    await vi.waitFor(async () => expect(await eventsOf(`user_id:${user}`)).toHaveLength(55), { timeout: 30_000 });
    expect(failures).toEqual([]);
    expect((await eventsOf(`user_id:${user}`)).filter(([, name]) => name !== 'view_shelf')).toEqual([
      ['page', 'page'],
      ['screen', 'Cart'],
      ['track', 'Order Completed'],
      ['track', 'Product Added'],
      ['track', 'cart add'],
    ]);
    const distinct = `SELECT count(DISTINCT properties) FROM events WHERE owner = 'user_id:${user}' AND name = 'view_shelf'`;
    expect(await server.value(distinct)).toBe(50);
    const person = await server.person({ identifier: `anonymous_id:cookie-${user}` });
    expect(person.identifiers.map(({ key }) => key)).toContain(`user_id:${user}`);
  });

  it('is known by a write key in place of its application as well', async () => {
    const tracker = trackerFor(portOf(server), {}, server.key('server'));
    tracker.setUserId('n4');
    tracker.track(buildPageView({ pageUrl: 'https://shop.example.com/' }));
    await tracker.flush();
    const sources = `SELECT source_id FROM events WHERE owner = 'user_id:n4'`;
    await vi.waitFor(async () => expect(await server.sql(sources)).toEqual([['server']]), { timeout: 30_000 });
    expect(await server.value(`SELECT count(*) FROM events WHERE context LIKE '%${server.key('server')}%'`)).toBe(0);
  });

  it('sends again what was stored already when the answer was lost, and it counts once', async () => {
    const { port, statuses } = await losingFirstAnswer();
    const tracker = trackerFor(port, { bufferSize: 1 });
    tracker.setUserId('n5');
    tracker.track(buildPageView({ pageUrl: 'https://shop.example.com/1' }));
    await vi.waitFor(() => expect(statuses).toEqual([500]), { timeout: 30_000 });
    tracker.track(buildPageView({ pageUrl: 'https://shop.example.com/2' }));
    await vi.waitFor(
      async () => {
        await tracker.flush();
        expect(statuses).toContain(200);
        const rows = await server.sql(`SELECT properties FROM events WHERE owner = 'user_id:n5'`);
        expect(rows).toHaveLength(2);
      },
      { timeout: 30_000 },
    );
    const profile = `SELECT sum(events) FROM profiles WHERE one_id IN (SELECT one_id FROM events_resolved WHERE owner = 'user_id:n5')`;
    await vi.waitFor(async () => expect(await server.value(profile)).toBe(2), { timeout: 30_000 });
    expect(await server.sql(`SELECT reason FROM quarantine WHERE source_id = 'snowplow-app'`)).toEqual([]);
  });
});

const present = hasBrowser('sdk-snowplow');

describe.runIf(present)('the unmodified browser tracker in Chromium', () => {
  let browser: Browser;
  let shop: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    browser = await openBrowser();
    shop = await servePage(await scriptOf(`import * as sdk from '@snowplow/browser-tracker'; window.snowplow = sdk;`));
  });
  afterAll(async () => {
    await browser?.close();
    shop?.close();
  });

  /** A new visitor, whose tracker has seen a page, put something into the cart and signed in. */
  async function visit(user: string, options: object) {
    const context = await browser.newContext({ timezoneId: 'Asia/Shanghai', locale: 'zh-CN' });
    const page = await context.newPage();
    const requests = watchRequests(page, server.url);
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`${shop.url}?utm_source=wechat&utm_medium=qr`);
    await page.evaluate(
      ({ url, appId, user, options }) => {
        const { snowplow } = window;
        snowplow.newTracker('sp1', url, { appId, ...options });
        snowplow.trackPageView({});
        snowplow.trackStructEvent({ category: 'cart', action: 'add' });
        snowplow.setUserId(user);
        snowplow.trackSelfDescribingEvent({
          event: { schema: 'iglu:com.acme/view_shelf/jsonschema/1-0-0', data: { name: '猴子' } },
        });
      },
      { url: server.url, appId: APP, user, options },
    );
    return { page, context, requests, problems };
  }

  const lakeOf = (user: string) =>
    server.sql(
      `SELECT DISTINCT e.type, e.name FROM events_resolved e WHERE e.one_id IN (SELECT one_id FROM events_resolved WHERE owner = 'user_id:${user}') ORDER BY e.type, e.name`,
    );

  it.each([
    ['by POST, with credentials', 'b1', {}],
    ['by pictures', 'b2', { eventMethod: 'get' }],
    ['with keepalive, of which the last go when the page does', 'b3', { bufferSize: 5, keepalive: true }],
    ['without credentials', 'b4', { credentials: 'omit' }],
  ])('delivers each event once, %s', async (_, user, options) => {
    const { page, context, requests, problems } = await visit(user, options);
    if (user === 'b3') await page.goto('about:blank');
    const expected = [
      ['page', 'page'],
      ['track', 'cart add'],
      ['track', 'view_shelf'],
    ];
    await vi.waitFor(async () => expect(await lakeOf(user)).toEqual(expected), { timeout: 30_000 });
    const all = `SELECT count(*), count(DISTINCT event_id) FROM events_resolved WHERE one_id IN (SELECT one_id FROM events_resolved WHERE owner = 'user_id:${user}')`;
    expect(await server.sql(all)).toEqual([[3, 3]]);
    expect(requests.filter(({ status }) => status >= 300)).toEqual([]);
    expect(problems).toEqual([]);
    const cookies = (await context.cookies(server.url)).filter(({ name }) => name === 'sp');
    expect(cookies.map(({ httpOnly, secure, sameSite }) => [httpOnly, secure, sameSite])).toEqual(
      user === 'b4' ? [] : [[true, true, 'None']],
    );
    await context.close();
  });

  it('asks to stay unknown: its events are there, and nothing that tells who it was', async () => {
    const anonymousTracking = { withServerAnonymisation: true };
    const { page, context, requests } = await visit('the-member', { anonymousTracking, stateStorageStrategy: 'none' });
    const unknown = `FROM events WHERE name = 'view_shelf' AND owner LIKE 'anonymous_id:%'`;
    await vi.waitFor(async () => expect(await server.value(`SELECT count(*) ${unknown}`)).toBe(1), { timeout: 30_000 });
    const [row] = await server.sql(`SELECT context, identifiers ${unknown}`);
    expect(String(row)).not.toMatch(/userAgent|Chrome|"ip"|the-member/);
    expect(await context.cookies(server.url)).toEqual([]);
    expect(requests.every(({ status }) => status < 300)).toBe(true);
    await page.close();
    await context.close();
  });
});
