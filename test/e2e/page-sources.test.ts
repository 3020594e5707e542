import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser, openPage } from '../support/page-browser.ts';
import { basic, type RunningServer, startServer } from '../support/server.ts';

describe.runIf(hasBrowser)('the sources on the page', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server.stop();
  });

  it('are added by keyboard alone: the key that is shown once is taken, rotated and switched off', async () => {
    const { page, problems, close } = await openPage(browser, server.url, { locale: 'en-GB' });
    await page.focus('#sources-add');
    await page.keyboard.press('Enter');
    await page.keyboard.type('blog');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Web team');
    await page.keyboard.press('Enter');
    expect(await page.textContent('#action-dialog [role=alert]')).toContain('Say why');
    await page.keyboard.type('a new blog');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Lin 林');
    await page.keyboard.press('Enter');
    const key = (await page.textContent('.paste code')) ?? '';
    const body = { event: 'Product Viewed', anonymousId: 'a', properties: { product_id: 'p' } };
    const track = async (with_: string) =>
      (await server.post('/v1/track', body, { authorization: basic(with_) })).status;
    expect([key, await track(key)]).toEqual([expect.stringMatching(/^pk_/), 200]);
    await page.keyboard.press('Escape');

    await page.focus('[data-source=blog]');
    await page.keyboard.press('Enter');
    await page.fill('#act-reason', 'yearly');
    await page.focus('#action-dialog .buttons button >> nth=0');
    await page.keyboard.press('Enter');
    const next = (await page.textContent('.news .paste code')) ?? '';
    expect([next === key, await track(key), await track(next)]).toEqual([false, 200, 200]);
    await page.fill('#act-reason', 'flood');
    await page.click('#action-dialog button.danger');
    await page.waitForSelector('.off');
    expect([await track(next), await page.textContent('.off')]).toEqual([
      403,
      expect.stringContaining('by Lin 林: flood'),
    ]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('tr.disabled');
    expect(problems).toEqual([]);
    await close();
  });

  it.each([
    ['en-GB', 'Sources', 'public · segment'],
    ['zh-CN', '数据源', '公开 · segment'],
  ])('in %s fit a telephone, and say that the server does not answer', async (locale, title, kind) => {
    const { page, close } = await openPage(browser, server.url, { locale, viewport: { width: 360, height: 800 } });
    await page.waitForSelector('table.sources');
    expect(await page.textContent('#sources-title')).toBe(title);
    expect(await page.textContent('table.sources')).toContain(kind);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await close();
    const broken = await browser.newContext({ locale });
    const other = await broken.newPage();
    await other.route('**/api/sources*', (route) => route.fulfill({ status: 500, json: { message: 'broken' } }));
    await other.goto(server.url);
    await other.waitForSelector('#sources .empty button');
    expect(await other.textContent('#sources .empty')).toContain('broken');
    await other.unroute('**/api/sources*');
    await other.click('#sources .empty button');
    await other.waitForSelector('table.sources');
    await broken.close();
  });
});
