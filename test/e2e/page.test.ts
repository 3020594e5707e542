import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Language, translate } from '../../local/page/text.js';
import { hasBrowser, launchBrowser, type OpenPage, openPage } from '../support/page-browser.ts';
import { pageTraffic } from '../support/page-traffic.ts';
import { type RunningServer, startServer } from '../support/server.ts';

if (!hasBrowser) process.stdout.write('page: skipped, because there is no Chromium\n');

let server: RunningServer;
let browser: Browser;
let opened: OpenPage | undefined;

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startServer();
  const answer = await server.collect('crm', pageTraffic());
  expect(answer.json).toMatchObject({ success: true, refused: [] });
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
const oneIdOf = async (identifier: string): Promise<string> => (await server.person({ identifier })).one_id;
const areOne = async (a: string, b: string): Promise<boolean> => (await oneIdOf(a)) === (await oneIdOf(b));
const label = (page: Page, text: string): Locator => page.getByLabel(text, { exact: true });
const hidden = (locator: Locator): Promise<void> => locator.waitFor({ state: 'hidden' });

/** Nothing failed, nothing was asked of anybody else, and no address named a customer. */
function expectQuiet(): void {
  expect(opened?.problems).toEqual([]);
  const addresses = opened?.addresses ?? [];
  expect(addresses.filter((address) => !address.startsWith(`${server.url}/`))).toEqual([]);
  expect(addresses.filter((address) => /139\D?1717/.test(decodeURIComponent(address)))).toEqual([]);
}

async function find(page: Page, text: string): Promise<void> {
  await page.fill('#find-text', text);
  await page.press('#find-text', 'Enter');
  await page.locator('#drawer [role=tab]').first().waitFor();
}

/** Fills in why and who, goes on, confirms, and waits until the drawer says what came of it. */
async function carryOut(page: Page, lang: Language, { confirm, result }: { confirm: string; result: string }) {
  await label(page, translate(lang, 'act.reason')).fill('the customer called');
  await label(page, translate(lang, 'act.by')).fill('王芳');
  await page.getByRole('button', { name: translate(lang, 'act.next') }).click();
  await page.getByRole('button', { name: translate(lang, confirm), exact: true }).click();
  await hidden(page.locator('#action-dialog'));
  await page.locator('#drawer .result').getByText(result, { exact: true }).waitFor();
  await page.locator('.changes li').first().waitFor();
}

describe.runIf(hasBrowser).each<Language>(['en', 'zh'])('the person panel in %s', (lang) => {
  const say = (key: string, values?: Record<string, string | number>): string => translate(lang, key, values);
  const button = (page: Page, key: string): Locator => page.getByRole('button', { name: say(key), exact: true });
  const n = lang === 'en' ? 0 : 1;

  it('finds a person by a telephone number as people write it, and explains why it is one', async () => {
    const page = await visit(lang);
    await find(page, `139-1717-609${n}`);
    expect(await page.locator('#drawer-title').textContent()).toBe(`Anna ${lang}`);
    expect(await page.locator('.identifiers').textContent()).toContain(`+861391717609${n}`);
    await page.getByRole('tab', { name: say('person.tab.why') }).click();
    await label(page, say('why.from')).selectOption(`anonymous_id:cookie-of-${lang}1`);
    await label(page, say('why.to')).selectOption({ label: `${say('type.phone')} +861391717609${n}` });
    await page.getByText(say('why.one', { count: 2 })).waitFor();
    expect(await page.locator('.chain .node').allTextContents()).toEqual([
      `${say('type.anonymous_id')} cookie-o…`,
      `${say('type.user_id')} ${lang}1`,
      `${say('type.phone')} +861391717609${n}`,
    ]);
    expect(await page.locator('.chain .weak').count()).toBe(1);
    await label(page, say('why.to')).selectOption('device_id:kiosk-1');
    await page.getByText(say('why.two')).waitFor();
    await label(page, say('why.from')).selectOption(`user_id:${lang}1`);
    await page.getByText(say('refusal.shared')).first().waitFor();
    await page.getByRole('tab', { name: say('person.tab.events') }).click();
    await page.locator('.timeline li').first().waitFor();
    expectQuiet();
  });

  it('says that nobody was found, and what a shared device is', async () => {
    const page = await visit(lang);
    await page.fill('#find-text', 'nobody@example.com');
    await page.press('#find-text', 'Enter');
    await page.getByText(say('persons.notFound')).waitFor();
    await find(page, 'kiosk-1');
    await page.getByText(say('person.isolated.shared')).waitFor();
    expect(await page.locator('.identifiers .tag').textContent()).toBe(say('person.mark.shared'));
    expectQuiet();
  });

  it('merges two, and takes it back exactly', async () => {
    const [a, b] = [`user_id:${lang}1`, `user_id:${lang}2`];
    const before = [await server.person({ identifier: a }), await server.person({ identifier: b })];
    const page = await visit(lang);
    await find(page, `${lang}1`);
    await button(page, 'act.merge').click();
    await button(page, 'act.next').click();
    await page.getByRole('alert').getByText(say('persons.badQuery')).waitFor();
    await label(page, say('merge.other')).fill(`1391717608${n}`);
    await button(page, 'act.next').click();
    await page.getByRole('alert').getByText(say('act.noReason')).waitFor();
    await carryOut(page, lang, { confirm: 'merge.confirm', result: say('merge.done') });
    expect(await areOne(a, b)).toBe(true);
    const change = page.locator('.changes li').first();
    await change.getByText(say('audit.merge'), { exact: true }).waitFor();
    expect(await change.textContent()).toMatch(/王芳[\s\S]*the customer called/);
    await change.getByRole('button').click();
    await carryOut(page, lang, { confirm: 'undo.confirm', result: say('undo.done') });
    expect([await server.person({ identifier: a }), await server.person({ identifier: b })]).toEqual(before);
    await page.locator('.changes li').getByText(say('audit.undone'), { exact: true }).waitFor();
    expectQuiet();
  });

  it('splits a cookie off, and releases a number that somebody else has now', async () => {
    const page = await visit(lang);
    await find(page, `${lang}2`);
    await button(page, 'act.split').click();
    await label(page, `${say('type.anonymous_id')} cookie-o…`).check();
    await carryOut(page, lang, { confirm: 'split.confirm', result: say('split.done', { count: 1 }) });
    expect(await areOne(`user_id:${lang}2`, `anonymous_id:cookie-of-${lang}2`)).toBe(false);
    await page.getByRole('tab', { name: say('person.tab.profile') }).click();
    const phone = `${say('type.phone')} +861391717608${n}`;
    await page.getByRole('button', { name: say('act.releaseOne', { identifier: phone }) }).click();
    await carryOut(page, lang, { confirm: 'release.confirm', result: say('release.done') });
    expect((await server.person({ identifier: `user_id:${lang}2` })).identifiers.map(({ key }) => key)).toEqual([
      `user_id:${lang}2`,
    ]);
    expect(await page.locator('.changes li strong').allTextContents()).toEqual(
      ['audit.release', 'audit.unbind', 'audit.unmerge', 'audit.merge'].map((key) => say(key)),
    );
    expectQuiet();
  });

  it('decides about a likely duplicate', async () => {
    const page = await visit(lang);
    const rows = page.locator('#reviews .row');
    // Whoever comes first looks for duplicates; the queue is there for the other.
    await rows.first().or(button(page, 'reviews.search')).waitFor();
    if ((await rows.count()) === 0) await button(page, 'reviews.search').click();
    await rows.first().click();
    await page.getByText(say('review.waterfallHint')).waitFor();
    expect(await page.locator('.compare').textContent()).toContain(say('field.city'));
    expect(await page.locator('.waterfall tr.total').textContent()).toContain(say('review.total'));
    const [review] = (await server.get('/api/matches')).json.matches;
    await button(page, 'review.accept').click();
    await page.getByRole('alert').getByText(say('act.noReason')).waitFor();
    await button(page, 'review.quick.docs').click();
    await button(page, lang === 'en' ? 'review.accept' : 'review.reject').click();
    await page.getByText(say(lang === 'en' ? 'review.accepted' : 'review.rejected')).waitFor();
    expect(await areOne(review.a, review.b)).toBe(lang === 'en');
    expectQuiet();
  });

  it('fits a telephone of 360 pixels', async () => {
    const page = await visit(lang, 360);
    await find(page, `${lang}1`);
    const wide = () =>
      page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] *')]
          .filter((element) => getComputedStyle(element).clipPath === 'none' && element.clientWidth > 0)
          .filter(
            (element) =>
              element.scrollWidth > element.clientWidth + 1 && element.getBoundingClientRect().right > innerWidth + 1,
          )
          .map((element) => `${element.tagName}.${element.className}`),
      );
    expect(await wide()).toEqual([]);
    for (const tab of ['why', 'events', 'changes']) {
      await page.locator(`#tab-${tab}`).click();
      await hidden(page.locator('.tab-panel [aria-busy]'));
      expect(await wide()).toEqual([]);
    }
    await button(page, 'act.split').click();
    expect(await wide()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });
});

describe.runIf(hasBrowser)('whoever has only a keyboard', () => {
  /** Tabs until the focus is on what fits; a page has no more stops than this. */
  async function tabTo(page: Page, fits: string): Promise<void> {
    for (let stops = 0; stops < 120; stops++) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, fits)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`The focus never came to ${fits}.`);
  }

  it('finds, explains, merges and takes back', async () => {
    const page = await visit('en');
    await page.locator('#persons .row').first().waitFor();
    await tabTo(page, '#find-text');
    await page.keyboard.type('en1');
    await page.keyboard.press('Enter');
    await page.locator('#drawer [role=tab]').first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('drawer-title');
    await tabTo(page, '#tab-profile');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('tab-why');
    await page.locator('.chain').waitFor();
    await page.keyboard.press('End');
    await page.locator('#tab-changes[aria-selected=true]').waitFor();
    await tabTo(page, '.drawer header [role=group] button');
    await page.keyboard.press('Enter');
    await page.keyboard.type('zh1');
    await tabTo(page, '#act-reason');
    await page.keyboard.type('both are hers');
    await tabTo(page, '#action-dialog [type=submit]');
    await page.keyboard.press('Enter');
    await tabTo(page, '#action-dialog .danger');
    await page.keyboard.press('Enter');
    await page.getByText(translate('en', 'merge.done')).waitFor();
    expect(await areOne('user_id:en1', 'user_id:zh1')).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('drawer-title');
    await page.locator('.changes li button').first().waitFor();
    await tabTo(page, '.changes li button');
    await page.keyboard.press('Enter');
    await tabTo(page, '#act-reason');
    await page.keyboard.type('they are not');
    await tabTo(page, '#action-dialog [type=submit]');
    await page.keyboard.press('Enter');
    await tabTo(page, '#action-dialog .danger');
    await page.keyboard.press('Enter');
    await page.getByText(translate('en', 'undo.done')).waitFor();
    expect(await areOne('user_id:en1', 'user_id:zh1')).toBe(false);
    await page.keyboard.press('Escape');
    await hidden(page.locator('#drawer'));
    expectQuiet();
  });

  it('gets the answer to the last question, whichever comes first', async () => {
    const page = await visit('en');
    await find(page, 'en1');
    const [first, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route('**/explain?*', async (route) => {
      if (route.request().url().includes('kiosk')) await first.promise;
      await route.continue();
    });
    page.on('requestfinished', (request) => {
      if (request.url().includes('kiosk')) last.resolve();
    });
    await page.locator('#tab-why').click();
    await page.locator('#why-to').selectOption('device_id:kiosk-1');
    await page.locator('#why-to').selectOption('user_id:en1');
    const verdict = page.locator('.verdict');
    await verdict.waitFor();
    const shown = await verdict.textContent();
    first.resolve();
    await last.promise;
    // The late answer has been read and drawn, if it was going to be.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    expect(await verdict.textContent()).toBe(shown);
    expect(shown).toContain('One person');
  });

  it('sees what failed, and tries again', async () => {
    const page = await visit('en');
    await page.route('**/api/persons/search', (route) => route.abort());
    await page.fill('#find-text', 'en1');
    await page.press('#find-text', 'Enter');
    await page.getByText(translate('en', 'panel.failed', { message: translate('en', 'error.network') })).waitFor();
    await page.unroute('**/api/persons/search');
    await page.press('#find-text', 'Enter');
    await page.locator('#drawer [role=tab]').first().waitFor();
    await page.route('**/api/audit?*', (route) => route.abort());
    await page.locator('#tab-changes').click();
    const retry = page.locator('.tab-panel').getByRole('button', { name: translate('en', 'panel.retry') });
    await retry.waitFor();
    await page.unroute('**/api/audit?*');
    await retry.click();
    await page.locator('.changes li').first().waitFor();
  });
});
