import { jitsuAnalytics } from '@jitsu/js';
import type { Browser } from 'playwright-core';
import type { PostHog as PostHogInterface } from 'posthog-js';
import { PostHog } from 'posthog-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { hasBrowser, openBrowser, scriptOf, servePage, watchRequests } from '../support/sdk-page.ts';
import { type RunningServer, startServer } from '../support/server.ts';

declare global {
  interface Window {
    posthog: PostHogInterface;
  }
}

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const eventsOf = (source: string): Promise<unknown[][]> =>
  server.sql(`SELECT type, name, owner FROM events WHERE source_id = '${source}' ORDER BY occurred_at, type, name`);

describe('posthog-node', () => {
  it.each([
    ['by batches', 'server', {}],
    ['uncompressed', 'pos', { disableCompression: true }],
  ])('delivers each event once, %s', async (_, source, options) => {
    const sdk = new PostHog(server.key(source), { host: server.url, flushAt: 20, flushInterval: 50, ...options });
    const errors: unknown[] = [];
    sdk.on('error', (error: unknown) => errors.push(error));
    const distinctId = `${source}-42`;
    sdk.capture({ distinctId, event: 'Product Viewed', properties: { product_id: 'p1', $ip: '192.0.2.1' } });
    sdk.identify({ distinctId, properties: { level: 'gold', $set_once: { first_channel: 'shop' } } });
    sdk.alias({ distinctId, alias: `${source}-anonymous` });
    sdk.groupIdentify({ groupType: 'company', groupKey: 'acme', properties: { size: 10 }, distinctId });
    for (let n = 0; n < 50; n++) sdk.capture({ distinctId, event: 'Page Scrolled', properties: { n } });
    await sdk.shutdown();
    expect(errors).toEqual([]);
    const rows = await eventsOf(source);
    expect(rows.filter(([, name]) => name === 'Page Scrolled')).toHaveLength(50);
    expect(rows.filter(([, name]) => name !== 'Page Scrolled').sort()).toEqual([
      ['alias', 'alias', `user_id:${distinctId}`],
      ['group', 'group', `user_id:${distinctId}`],
      ['identify', 'identify', `user_id:${distinctId}`],
      ['track', 'Product Viewed', `user_id:${distinctId}`],
    ]);
    const person = await server.person({ identifier: `user_id:${distinctId}` });
    expect(JSON.stringify(person)).toContain('gold');
    expect(JSON.stringify(person)).toContain(`${source}-anonymous`);
    const before = JSON.stringify(person.profile);
    expect(before).toContain('"shop"');
    const again = new PostHog(server.key(source), { host: server.url, ...options });
    again.capture({
      distinctId,
      event: 'Seen',
      properties: { $set: { level: 'platinum' }, $set_once: { first_channel: 'mail' } },
    });
    await again.shutdown();
    const after = JSON.stringify((await server.person({ identifier: `user_id:${distinctId}` })).profile);
    expect(after).toContain('"shop"');
    expect(after).toContain('platinum');
    expect(after).not.toContain('"mail"');
  });

  it('is told what became of each event where it asks for that', async () => {
    vi.stubEnv('POSTHOG_CAPTURE_MODE', 'v1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const sdk = new PostHog(server.key('miniprogram'), { host: server.url, flushAt: 20, flushInterval: 50 });
    for (let n = 0; n < 30; n++) sdk.capture({ distinctId: 'v1-member', event: 'Bought', properties: { n } });
    await sdk.shutdown();
    expect(await eventsOf('miniprogram')).toHaveLength(30);
  });

  it('keeps its events while it is asked to come back, and loses none to a wrong one among them', async () => {
    const sdk = new PostHog(server.key('service'), { host: server.url, flushAt: 3, flushInterval: 50 });
    sdk.capture({ distinctId: 'member-1', event: 'Called', properties: {} });
    sdk.capture({ distinctId: 'member-1', event: 'Too Large', properties: { text: 'x'.repeat(40_000) } });
    sdk.capture({ distinctId: 'member-1', event: 'Called Back', properties: {} });
    await sdk.shutdown();
    expect((await eventsOf('service')).map(([, name]) => name)).toEqual(['Called', 'Called Back']);
    const quarantined = await server.sql(`SELECT reason, event_name FROM quarantine WHERE source_id = 'service'`);
    expect(quarantined).toEqual([['event_too_large', 'Too Large']]);
  });
});

describe('@jitsu/js', () => {
  it.each([
    ['from a server', 'crm', true],
    ['as a browser would', 'app', false],
  ])('delivers each event once, %s', async (_, source, s2s) => {
    const sdk = jitsuAnalytics({ host: server.url, writeKey: `${server.key(source)}:secret`, s2s });
    const userId = `jitsu-${source}`;
    const answers = [
      await sdk.identify(userId, { level: 'silver' }),
      await sdk.track('Product Viewed', { product_id: 'p9' }),
      await sdk.page({ name: 'Home' }),
      await sdk.group('acme', { size: 3 }),
    ];
    expect(answers).toHaveLength(4);
    await vi.waitFor(async () => expect(await eventsOf(source)).toHaveLength(4), { timeout: 30_000 });
    const rows = await eventsOf(source);
    expect(rows.map(([type]) => type).sort()).toEqual(['group', 'identify', 'page', 'track']);
    expect(new Set(rows.map(([, , owner]) => owner))).toEqual(new Set([`user_id:${userId}`]));
  });
});

const present = hasBrowser('sdk-posthog');

describe.runIf(present)('posthog-js in Chromium', () => {
  let browser: Browser;
  let shop: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    browser = await openBrowser();
    shop = await servePage(
      await scriptOf(`import posthog from 'posthog-js/dist/module.no-external'; window.posthog = posthog;`),
    );
  });
  afterAll(async () => {
    await browser?.close();
    shop?.close();
  });

  it('delivers views, events and the sign-in, also those of a page that is left', async () => {
    const page = await (await browser.newContext({ timezoneId: 'Asia/Shanghai' })).newPage();
    const requests = watchRequests(page, server.url);
    await page.goto(shop.url);
    const anonymous = await page.evaluate(
      ({ key, api_host }) => {
        const { posthog } = window;
        posthog.init(key, { api_host, opt_out_useragent_filter: true, autocapture: false });
        posthog.capture('Product Viewed', { product_id: 'p3' });
        const id = posthog.get_distinct_id();
        posthog.identify('ph-member', { level: 'gold' }, { first_seen_at: 'web' });
        posthog.capture('Product Added', { product_id: 'p3' });
        return id;
      },
      { key: server.key('web'), api_host: server.url },
    );
    await vi.waitFor(async () => expect((await eventsOf('web')).map(([, name]) => name)).toContain('Product Added'), {
      timeout: 30_000,
    });
    await page.evaluate(() => {
      window.posthog.capture('Left With This');
    });
    await page.goto('about:blank');
    await vi.waitFor(async () => expect((await eventsOf('web')).map(([, name]) => name)).toContain('Left With This'), {
      timeout: 30_000,
    });
    const rows = await eventsOf('web');
    const named = rows.map(([type, name]) => `${type} ${name}`);
    expect(named.filter((name) => name !== 'track $pageleave').sort()).toEqual([
      'identify identify',
      'page Shop',
      'track Left With This',
      'track Product Added',
      'track Product Viewed',
    ]);
    const ownerOf = (name: string) => rows.find((row) => row[1] === name)?.[2];
    expect(ownerOf('Product Viewed')).toBe(`anonymous_id:${anonymous}`);
    expect(ownerOf('Product Added')).toBe('user_id:ph-member');
    const person = await server.person({ identifier: `anonymous_id:${anonymous}` });
    expect(JSON.stringify(person)).toContain('ph-member');
    expect(requests.filter(({ status }) => status >= 400)).toEqual([]);
    expect(await server.sql(`SELECT reason FROM quarantine WHERE source_id = 'web'`)).toEqual([]);
    const zones = await server.sql(
      `SELECT DISTINCT json_extract_scalar(context, '$.timezone') FROM events WHERE source_id = 'web'`,
    );
    expect(zones).toEqual([['Asia/Shanghai']]);
  });
});
