import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Whether a browser is there; says so where it is not. */
export function hasBrowser(test: string): boolean {
  const present = existsSync(CHROMIUM);
  if (!present) process.stdout.write(`${test}: skipped, because there is no Chromium at ${CHROMIUM}\n`);
  return present;
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  });

/** Modules of packages as one script for a script tag. */
export async function scriptOf(contents: string): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** A shop's page at an origin of its own, with the script in it. */
export async function servePage(script: string): Promise<{ readonly url: string; close(): void }> {
  const html = '<!doctype html><html lang="zh-CN"><title>Shop</title><script src="/sdk.js"></script><p>Shop</p></html>';
  const shop = createServer((request, response) => {
    const isScript = request.url === '/sdk.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? script : html);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  return { url: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`, close: () => shop.close() };
}

/** Every request of the page to a server: method, path and status, once it is answered. */
export function watchRequests(page: Page, url: string): { method: string; path: string; status: number }[] {
  const seen: { method: string; path: string; status: number }[] = [];
  page.on('response', (response) => {
    const request = response.request();
    if (!request.url().startsWith(url)) return;
    seen.push({ method: request.method(), path: new URL(request.url()).pathname, status: response.status() });
  });
  return seen;
}
