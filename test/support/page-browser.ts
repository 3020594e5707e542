import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Is there a browser on this machine? */
export const hasBrowser = existsSync(CHROMIUM);

/** A browser that asks nobody anything by itself. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** An open page, with what went wrong in it and every address that it asked for. */
export interface OpenPage {
  readonly page: Page;
  readonly problems: readonly string[];
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

/** Opens an address in a browser session of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext({ timezoneId: 'Asia/Shanghai', ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const addresses: string[] = [];
  page.setDefaultTimeout(30_000);
  page.on('request', (request) => addresses.push(request.url()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems, addresses, close: () => context.close() };
}
