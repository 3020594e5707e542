import type { RudderAnalytics } from '@rudderstack/analytics-js';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasBrowser, openBrowser, scriptOf, servePage, watchRequests } from '../support/sdk-page.ts';
import { type RunningServer, startServer } from '../support/server.ts';

declare global {
  interface Window {
    RudderAnalytics: typeof RudderAnalytics;
  }
}

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const eventsOf = (source: string): Promise<unknown[][]> =>
  server.sql(`SELECT type, name, owner FROM events WHERE source_id = '${source}' ORDER BY type, name`);

const present = hasBrowser('sdk-rudder');

describe.runIf(present)('@rudderstack/analytics-js in Chromium', () => {
  let browser: Browser;
  let shop: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    browser = await openBrowser();
    shop = await servePage(
      await scriptOf(
        `import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'; window.RudderAnalytics = RudderAnalytics;`,
      ),
    );
  });
  afterAll(async () => {
    await browser?.close();
    shop?.close();
  });

  it.each([
    ['by requests of one event', 'web', {}],
    ['by beacon', 'app', { useBeacon: true, beaconQueueOptions: { flushQueueInterval: 500 } }],
  ])('delivers every call once, %s', async (_, source, options) => {
    const page = await (await browser.newContext({ timezoneId: 'Asia/Shanghai' })).newPage();
    const requests = watchRequests(page, server.url);
    await page.goto(shop.url);
    await page.evaluate(
      ({ key, url, options }) => {
        const sdk = new window.RudderAnalytics();
        sdk.load(key, url, { configUrl: url, ...options });
        sdk.page('Home');
        sdk.identify('rudder-member', { level: 'gold' });
        sdk.track('Product Viewed', { product_id: 'p1' });
        sdk.group('acme', { size: 3 });
      },
      { key: server.key(source), url: server.url, options },
    );
    await vi.waitFor(async () => expect(await eventsOf(source)).toHaveLength(4), { timeout: 30_000, interval: 200 });
    const rows = await eventsOf(source);
    expect(rows.map(([type, name]) => `${type} ${name}`)).toEqual([
      'group group',
      'identify identify',
      'page Home',
      'track Product Viewed',
    ]);
    expect(rows[1]?.[2]).toBe('user_id:rudder-member');
    expect(requests.filter(({ status }) => status >= 400)).toEqual([]);
    await page.close();
  });
});
