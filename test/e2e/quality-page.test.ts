import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Language, translate } from '../../local/page/text.js';
import { hasBrowser, launchBrowser, type OpenPage, openPage } from '../support/page-browser.ts';
import { type RunningServer, startServer } from '../support/server.ts';

if (!hasBrowser) process.stdout.write('quality page: skipped, because there is no Chromium\n');

let server: RunningServer;
let browser: Browser;
let opened: OpenPage | undefined;

const viewed = { type: 'track', userId: 'u', event: 'Product Viewed' };
const wrong = (place: number) => ({
  ...viewed,
  messageId: `wrong-${place}`,
  properties: { product_id: 'p', price: `free ${place}` },
});

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startServer();
  const good = Array.from({ length: 60 }, (_, place) => ({
    ...viewed,
    messageId: `${place}`,
    properties: { product_id: 'p' },
  }));
  const answer = await server.collect('web', [...good, ...[1, 2, 3, 4].map(wrong)]);
  expect(answer.json).toMatchObject({ success: true, refused: [] });
  // Rules look at complete hours.
  await server.post('/api/clock', { advance: 'PT1H' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const visit = async (lang: Language, width = 1280): Promise<Page> => {
  const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';
  opened = await openPage(browser, server.url, { locale, viewport: { width, height: 800 } });
  return opened.page;
};

describe.runIf(hasBrowser).each<Language>(['en', 'zh'])('data quality in %s', (lang) => {
  const say = (key: string, values?: Record<string, string | number>): string => translate(lang, key, values);

  it('shows broken rules, each source, and since when', async () => {
    const page = await visit(lang);
    const alarm = page.locator('.alarm').first();
    await alarm.waitFor();
    expect(await alarm.textContent()).toContain(lang === 'en' ? 'Too much goes into quarantine' : '隔离比例过高');
    expect(await alarm.textContent()).toContain(
      say('quality.alarm.share', { value: '6.3 %', events: 64, threshold: '2 %' }),
    );
    expect(await alarm.textContent()).toContain(say('quality.severity.error'));
    const source = page.locator('.source', { has: page.getByRole('heading', { name: 'web' }) });
    expect(await source.locator('dd').allTextContents()).toEqual([
      '60',
      '4 6.3 %',
      '0',
      '0',
      lang === 'en' ? '1 min' : '1 分钟',
    ]);
    expect(await source.getByRole('img').getAttribute('aria-label')).toMatch(/60/);
    expect(opened?.problems).toEqual([]);
  });

  it('tries a cause and says that nothing would change, by the keyboard alone', async () => {
    const page = await visit(lang);
    const summary = page.locator('#quarantine summary').first();
    await summary.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText(say('quarantine.somePass', { passes: 0, count: 4 })).waitFor();
    const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    const title = lang === 'en' ? 'The event breaks the tracking plan' : '事件不符合埋点方案';
    expect(name, 'the focus stays').toBe(say('quarantine.tryOne', { title, source: 'web' }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page
      .locator('#quarantine-answer')
      .getByText(say('quarantine.replayed', { fed: 4, left: 4 }))
      .waitFor();
    expect(opened?.problems).toEqual([]);
  });

  it('fits a telephone of 360 pixels', async () => {
    const page = await visit(lang, 360);
    await page.locator('.alarm').first().waitFor();
    await page.locator('#quarantine summary').first().click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  it('says what failed, and tries again', async () => {
    const page = await visit(lang);
    await page.locator('.source').first().waitFor();
    await page.route('**/api/quality', (route) => route.abort());
    await page.route('**/api/replay', (route) => route.abort());
    await page.locator('#quarantine summary').first().click();
    await page.locator('#quarantine details[open] button').first().click();
    await page.getByText(say('quarantine.failed', { message: say('error.network') })).waitFor();
    await page.reload();
    await page
      .locator('#quality')
      .getByText(say('panel.failed', { message: say('error.network') }))
      .waitFor();
    await page.unroute('**/api/quality');
    await page
      .locator('#quality')
      .getByRole('button', { name: say('panel.retry') })
      .click();
    await page.locator('.source').first().waitFor();
  });
});

it.runIf(hasBrowser)('says that there is nothing yet', async () => {
  const empty = await startServer();
  try {
    opened = await openPage(browser, empty.url, { locale: 'en-GB' });
    await opened.page.getByText(translate('en', 'quality.empty')).waitFor();
    await opened.page.getByText(translate('en', 'quarantine.empty')).waitFor();
    expect(opened.problems).toEqual([]);
  } finally {
    await opened?.close();
    await empty.stop();
  }
});
