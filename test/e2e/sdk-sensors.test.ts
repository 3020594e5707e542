import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadAnew, type MiniProgram, openMiniProgram } from '../support/mini-program.ts';
import { hasBrowser, openBrowser, servePage, watchRequests } from '../support/sdk-page.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const require = createRequire(import.meta.url);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const urlOf = (source: string, path = '/sa'): string =>
  `${server.url}${path}?project=production&token=${server.key(source)}`;

const namesOf = async (source: string): Promise<string[]> => {
  const rows = await server.sql(`SELECT name FROM events WHERE source_id = '${source}' ORDER BY occurred_at, name`);
  return rows.map(([name]) => String(name));
};

const traitsOf = async (identifier: string): Promise<Record<string, unknown>> => {
  const { profile } = await server.person({ identifier });
  return Object.fromEntries(Object.entries(profile.basic).map(([name, { value }]) => [name, value]));
};

interface NodeSdk {
  submitTo(to: object, options: object): void;
  flush(): void;
  track(id: string, event: string, properties: object): void;
  trackSignup(id: string, original: string, properties: object): void;
  profileSet(id: string, properties: object): void;
  profileSetOnce(id: string, properties: object): void;
  profileIncrement(id: string, properties: object): void;
  profileAppend(id: string, properties: object): void;
  profileUnset(id: string, names: string[]): void;
}

/** What happens in one millisecond has no order: makes sure that it is another than the last. */
function inOrder(...steps: (() => void)[]): void {
  for (const step of steps) {
    step();
    const at = Date.now();
    while (Date.now() === at);
  }
}

/** It keeps one client for the whole process. */
function nodeSdk(to: object, options: object): NodeSdk {
  Reflect.deleteProperty(globalThis, 'isRunSubmitTo');
  const Sdk = require('sa-sdk-node');
  const sdk: NodeSdk = new Sdk();
  sdk.submitTo(to, options);
  return sdk;
}

describe('sa-sdk-node', () => {
  it.each([
    ['packed', 'server', true],
    ['plain', 'crm', false],
  ])('delivers each record once, %s, and operations reach the profile', async (_, source, gzip) => {
    const sdk = nodeSdk({ url: urlOf(source), gzip, mode: 'track', timeout: 10_000 }, { count: 20, timeSpan: 100 });
    const member = `${source}-m1`;
    sdk.trackSignup(member, `${source}-anonymous`, { channel: '微信' });
    inOrder(
      () => sdk.profileSet(member, { level: 'gold', old: 'yes', points: 10 }),
      () => sdk.profileSetOnce(member, { first_store: 'Beijing' }),
      () => sdk.profileSetOnce(member, { first_store: 'Shanghai' }),
      () => sdk.profileIncrement(member, { points: 5, visits: 1 }),
      () => sdk.profileIncrement(member, { visits: 2 }),
      () => sdk.profileAppend(member, { likes: ['tea', 'tea'] }),
      () => sdk.profileAppend(member, { likes: ['noodles'] }),
      () => sdk.profileUnset(member, ['old']),
    );
    for (let n = 0; n < 50; n++) sdk.track(member, 'PageScrolled', { n });
    await vi.waitFor(async () => expect(await namesOf(source)).toHaveLength(59), { timeout: 30_000, interval: 200 });
    expect((await namesOf(source)).filter((name) => name === 'PageScrolled')).toHaveLength(50);
    expect(await traitsOf(`user_id:${member}`)).toMatchObject({
      level: 'gold',
      points: 15,
      visits: 3,
      first_store: 'Beijing',
      likes: ['tea', 'noodles'],
    });
    expect(await traitsOf(`user_id:${member}`)).not.toHaveProperty('old');
    const person = await server.person({ identifier: `user_id:${member}` });
    expect(person.identifiers.map(({ key }) => key)).toEqual(
      expect.arrayContaining([`anonymous_id:${source}-anonymous`, `anonymous_id:${member}`]),
    );
  });

  it('stores what it debugs, and nothing of what it only tries', async () => {
    const debug = nodeSdk({ url: urlOf('pos', '/sa'), mode: 'debug' }, { count: 1, timeSpan: 100 });
    debug.track('m1', 'Debugged', {});
    await vi.waitFor(async () => expect(await namesOf('pos')).toEqual(['Debugged']), { timeout: 30_000 });
    const dry = nodeSdk({ url: urlOf('pos', '/sa'), mode: 'dryRun' }, { count: 1, timeSpan: 100 });
    dry.track('m1', 'Tried', {});
    debug.track('m1', 'DebuggedAgain', {});
    await vi.waitFor(async () => expect(await namesOf('pos')).toContain('DebuggedAgain'), { timeout: 30_000 });
    expect(await namesOf('pos')).not.toContain('Tried');
  });
});

/** A page that starts the SDK, does what it is told, and stays until all is sent. */
async function onPage(browser: Browser, para: object, act: string): Promise<{ page: Page; url: string }> {
  const library = readFileSync(require.resolve('sa-sdk-javascript/sensorsdata.min.js'), 'utf8');
  const shop = await servePage(
    `${library};const sa=window.sensorsDataAnalytic201505;sa.init(${JSON.stringify(para)});`,
  );
  const page = await browser.newPage();
  await page.goto(shop.url);
  await page.evaluate(act);
  return { page, url: shop.url };
}

/** Everything that a page can say of somebody; six events. */
const SAYS_ALL = `
  sa.quick('autoTrackSinglePage');
  sa.track('ViewProduct', { product_id: 'p1', price: 9.5, tags: ['a', 'b'] });
  sa.login('u-web');
  sa.setProfile({ level: 'gold' });
  sa.setOnceProfile({ first_seen: '2024-01-01' });
  sa.incrementProfile({ points: 5 });
  sa.appendProfile({ likes: ['tea'] });
`;

interface MiniProgramSdk {
  setPara(para: object): void;
  init(): void;
  track(event: string, properties?: object): void;
  login(id: string): void;
  setProfile(traits: object): void;
  setOnceProfile(traits: object): void;
  incrementProfile(traits: object): void;
  appendProfile(traits: object): void;
  bindOpenid(openid: string): void;
  bindUnionid(unionid: string): void;
  bind(name: string, value: string): void;
  initWithOpenid(options: object): void;
}

describe('sa-sdk-miniprogram', () => {
  const APP = 'wx0123456789abcdef';
  /** What the source says that its unionids belong to. */
  const ACCOUNT = 'wx1f0a2b3c4d5e6f70';
  let program: MiniProgram;
  const started = (para: object): MiniProgramSdk => {
    program = openMiniProgram(APP);
    onTestFinished(() => program.close());
    const sdk = loadAnew('sa-sdk-miniprogram/dist/wechat/sensorsdata.cjs.js') as MiniProgramSdk;
    sdk.setPara({ server_url: urlOf('miniprogram'), show_log: false, autoTrack: false, ...para });
    return sdk;
  };

  it.each([
    ['m1', 'in batches', { batch_send: { send_timeout: 200, max_length: 6 } }, 0],
    ['m2', 'one by one', { batch_send: false }, 0],
    ['m3', 'in batches of which the first two reach nobody', { batch_send: { send_timeout: 200, max_length: 6 } }, 2],
  ])('delivers each record of %s once, %s', async (id, _, para, cut) => {
    const sdk = started(para);
    program.cut(cut);
    sdk.init();
    const member = `mp-${id}`;
    sdk.track('ViewProduct', { product_id: 'p1', member });
    sdk.bindOpenid(`o-${id}`);
    sdk.bindUnionid(`u-${id}`);
    sdk.login(member);
    sdk.setProfile({ level: 'gold' });
    sdk.setOnceProfile({ first_shop: 'Beijing' });
    sdk.incrementProfile({ points: 5 });
    sdk.appendProfile({ likes: ['tea'] });
    const mine = () =>
      server.sql(`SELECT name FROM events WHERE source_id = 'miniprogram' AND owner IN
        ('user_id:${member}', 'unionid:${ACCOUNT}:u-${id}', 'openid:${APP}:o-${id}')`);
    const basic = async () => {
      const traits = await traitsOf(`user_id:${member}`).catch(() => ({}) as Record<string, unknown>);
      return [traits.level, traits.points, traits.likes, traits.first_shop];
    };
    await vi.waitFor(async () => expect(await basic()).toEqual(['gold', 5, ['tea'], 'Beijing']), {
      timeout: 30_000,
      interval: 200,
    });
    const seen = await server.sql(
      `SELECT count(*) FROM events WHERE source_id = 'miniprogram' AND name = 'ViewProduct' AND properties LIKE '%${member}"%'`,
    );
    expect(Number(seen[0]?.[0])).toBe(1);
    expect((await mine()).length).toBeGreaterThanOrEqual(6);
    const person = await server.person({ identifier: `user_id:${member}` });
    expect(person.identifiers.map(({ key }) => key)).toContain(`openid:${APP}:o-${id}`);
    // What anybody could have sent joins no two that each hold a strong identifier.
    const other = await server.person({ identifier: `unionid:${ACCOUNT}:u-${id}` });
    expect(other.one_id).not.toBe(person.one_id);
    expect(program.answers.slice(0, cut).map(({ status }) => status)).toEqual(Array(cut).fill(0));
    expect(program.answers.slice(cut).every(({ status }) => status === 200)).toBe(true);
  });

  it('goes on with an id of its own where no openid can be had', async () => {
    const sdk = started({ batch_send: { send_timeout: 200, max_length: 6 } });
    sdk.initWithOpenid({ appid: APP });
    sdk.track('Opened', {});
    await vi.waitFor(async () => expect(await namesOf('miniprogram')).toContain('Opened'), { timeout: 30_000 });
    expect(program.answers[0]).toEqual({ path: '/mp_login', status: 200 });
  });
});

describe.runIf(hasBrowser('sdk-sensors'))('sa-sdk-javascript in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it.each([
    ['image', { send_type: 'image' }],
    ['ajax', { send_type: 'ajax' }],
    ['beacon', { send_type: 'beacon' }],
    ['batch', { batch_send: { send_interval: 300 } }],
  ])('delivers each record once by %s', async (_, para) => {
    const own = await startServer();
    try {
      const script = { server_url: `${own.url}/sa?project=production&token=${own.key('web')}`, ...para };
      const { page } = await onPage(browser, script, SAYS_ALL);
      const seen = watchRequests(page, own.url);
      const rows = () => own.sql('SELECT type, name, owner FROM events ORDER BY type, name');
      const names = async () => (await rows()).map(([type, name]) => `${type} ${name}`);
      const all = [...Array(6).fill('identify identify'), 'page Shop', 'track ViewProduct'];
      await vi.waitFor(async () => expect(await names()).toEqual(all), { timeout: 30_000, interval: 200 });
      expect(seen.every(({ status }) => status === 200)).toBe(true);
      const person = await own.person({ identifier: 'user_id:u-web' });
      const { level, points, likes, first_seen } = person.profile.basic;
      expect([level?.value, points?.value, likes?.value, first_seen?.value]).toEqual([
        'gold',
        5,
        ['tea'],
        '2024-01-01',
      ]);
      await page.close();
    } finally {
      await own.stop();
    }
  });
});
