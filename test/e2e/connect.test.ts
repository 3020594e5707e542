import { expect, it, onTestFinished, vi } from 'vitest';
import { APP, PlatformServer } from '../support/platform-server.ts';
import { ChildServer, type Client, startServer } from '../support/server.ts';
import { TmcServer } from '../support/tmc-server.ts';

const FIRST = 5_123_456_789_012_345_600n;
const asOperator = { 'x-operator': 'lin' };

async function change(server: Client, path: string, body: object, method = 'POST'): Promise<void> {
  const headers = { 'content-type': 'application/json', ...asOperator };
  const answer = await server.send(path, { method, headers, body: JSON.stringify({ reason: 'a test', ...body }) });
  expect(answer.status, answer.text).toBeLessThan(300);
}

/** A source that is fetched for, as the API makes it. */
async function fetched(server: Client, protocol: 'tmc' | 'jos', url: string): Promise<void> {
  const source_id = protocol === 'tmc' ? 'tmall' : 'jd';
  await change(server, '/api/sources', {
    ...{ source_id, name: source_id, channel: source_id, class: 'signed', protocol, app_id: 'shop9' },
    ...{ allowed_origins: [], default_region: 'CN', time_zone: 'Asia/Shanghai', owner: 'Shop team' },
    settings: { url },
  });
  for (const [name, value] of Object.entries(APP)) {
    await change(server, `/api/sources/${source_id}/secrets/${name}`, { value }, 'PUT');
  }
}

const paid = (i: number) => ({
  id: FIRST + BigInt(i),
  topic: 'taobao_trade_TradePaid',
  content: JSON.stringify({ tid: `T${i}`, payment: '44.47', buyer_open_uid: 'AAbuyer' }),
});
const eventsOf = (server: Client, source: string) =>
  server.sql(`SELECT event_id, name, owner FROM events WHERE source_id = '${source}' ORDER BY event_id`);
const soon = { timeout: 30_000, interval: 100 };

it('orders of a buyer at Tmall and at JD become events, and one person once somebody says so', async () => {
  const [channel, platform] = [await TmcServer.start(), await PlatformServer.start()];
  const server = await startServer();
  onTestFinished(() => server.stop());
  channel.waiting.push(paid(1), paid(2));
  platform.orders = [{ orderId: '267010001', orderState: 'WAIT_SELLER_STOCK_OUT', modified: Date.now() - 60_000 }];
  await fetched(server, 'tmc', channel.url);
  await fetched(server, 'jos', `${platform.url}/routerjson`);
  await vi.waitFor(async () => {
    expect(await eventsOf(server, 'tmall')).toEqual([
      [`tmc:${FIRST + 1n}`, 'Order Completed', 'tmall_ouid:shop9:AAbuyer'],
      [`tmc:${FIRST + 2n}`, 'Order Completed', 'tmall_ouid:shop9:AAbuyer'],
    ]);
    expect(await eventsOf(server, 'jd')).toEqual([
      ['jos:267010001:WAIT_SELLER_STOCK_OUT', 'Order Completed', 'jd_pin:shop9:oJDbuyer1'],
    ]);
  }, soon);
  await vi.waitFor(() => expect(channel.waiting).toEqual([]), soon);
  const identifiers = ['tmall_ouid:shop9:AAbuyer', 'jd_pin:shop9:oJDbuyer1'];
  const bound = await server.post('/v1/bind', { identifiers, reason: 'the member said so' }, server.as('server'));
  expect(bound.status, bound.text).toBe(200);
  const { profile } = await server.person({ identifier: 'jd_pin:shop9:oJDbuyer1' });
  expect(profile.behaviour.events).toBe(3);
});

it('a connector begins, ends and says how it stands as its source is changed', async () => {
  const channel = await TmcServer.start();
  const server = await startServer();
  onTestFinished(() => server.stop());
  const states = async () => (await server.get('/api/connectors')).json.connectors;
  expect(await states()).toEqual([]);
  await fetched(server, 'tmc', channel.url);
  await vi.waitFor(
    async () => expect(await states()).toMatchObject([{ source_id: 'tmall', state: 'connected' }]),
    soon,
  );
  await change(server, '/api/sources/tmall/disable', {});
  await vi.waitFor(async () => expect(await states()).toEqual([]), soon);
  await vi.waitFor(() => expect(channel.connections).toBe(0), soon);
  await change(server, '/api/sources/tmall/secrets/app_secret', { value: 'wrong' }, 'PUT');
  await change(server, '/api/sources/tmall/enable', {});
  const refused = { message: 'The message channel answered 401: sign fail' };
  await vi.waitFor(async () => expect(await states()).toMatchObject([{ state: 'failing', last_error: refused }]), soon);
  await change(server, '/api/sources/tmall/secrets/app_secret', { value: APP.app_secret }, 'PUT');
  await vi.waitFor(async () => expect(await states()).toMatchObject([{ state: 'connected', failures: 0 }]), soon);
  expect((await server.get('/api/connectors')).text).not.toContain(APP.app_secret);
});

it('killed between storing and confirming: each event is there once, and orders are read on', async () => {
  const [channel, platform] = [await TmcServer.start(), await PlatformServer.start()];
  const first = await ChildServer.start();
  onTestFinished(() => first.stop());
  channel.waiting.push(paid(1));
  platform.orders = [{ orderId: '1', orderState: 'WAIT_SELLER_STOCK_OUT', modified: Date.now() - 60_000 }];
  // What is confirmed is durable: the process ends before Taobao hears of it.
  const killed = new Promise<void>((resolve) => {
    channel.onConfirm = () => {
      first.kill().then(resolve);
      return 'lost';
    };
  });
  await fetched(first, 'jos', `${platform.url}/routerjson`);
  await vi.waitFor(async () => expect(await eventsOf(first, 'jd')).toHaveLength(1), soon);
  await fetched(first, 'tmc', channel.url);
  await killed;
  channel.onConfirm = () => undefined;
  platform.orders.push({ orderId: '2', orderState: 'WAIT_SELLER_STOCK_OUT', modified: Date.now() - 1_000 });
  const second = await ChildServer.start({ dir: first.dir });
  onTestFinished(() => second.stop());
  await vi.waitFor(() => expect(channel.waiting).toEqual([]), soon);
  expect(channel.given.length).toBeGreaterThan(1);
  await vi.waitFor(async () => expect(await eventsOf(second, 'jd')).toHaveLength(2), soon);
  expect(await eventsOf(second, 'tmall')).toHaveLength(1);
  const { duplicates } = (await second.get('/api/stats')).json.stages.stitch;
  expect(duplicates).toBeGreaterThan(0);
});
