import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import planFile from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import { dataFolder } from '../support/data-folder.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const REPLAY = fileURLToPath(new URL('../../local/replay.ts', import.meta.url));
const RELAXED: TrackingPlan = { ...(planFile as TrackingPlan), events: {} };

/** `npm run replay`, with what it printed. */
async function replay(dir: string, ...args: string[]): Promise<Record<string, unknown>> {
  const command = ['--disable-warning=ExperimentalWarning', REPLAY, '--data', dir, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return JSON.parse(stdout);
}

const quarantine = async (server: RunningServer, status: string): Promise<unknown[]> =>
  (await server.get(`/api/quarantine?status=${status}`)).json.items.map((item: Record<string, unknown>) => [
    item.event_id,
    item.reason,
    item.quarantine_id,
  ]);

async function start(options: Parameters<typeof startServer>[0]): Promise<RunningServer> {
  const server = await startServer(options);
  onTestFinished(() => server.stop());
  return server;
}

it('keeps in quarantine what is still wrong, and takes in what is right by now', async () => {
  const dir = dataFolder();
  const first = await start({ dir });
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const event = { type: 'track', userId: 'u', event: 'Product Viewed', timestamp: at };
  await first.collect('web', [
    { ...event, messageId: 'price', properties: { product_id: 'p', price: 'abc' } },
    { ...event, messageId: 'time', properties: { product_id: 'p' }, timestamp: 'never' },
    { ...event, messageId: 'good', properties: { product_id: 'p' } },
  ]);
  const before = await quarantine(first, 'open');
  expect(before.length).toBe(2);
  const both = { matched: 2, fed: 2, by: { invalid_time: 1, plan_violation: 1 }, left: {}, open_now: 2 };
  const fails = [
    {
      reason: 'invalid_time',
      title: expect.any(String),
      field: '/timestamp',
      entries: 1,
      shape: expect.stringContaining('ISO # time'),
    },
    {
      reason: 'plan_violation',
      title: expect.any(String),
      field: '/properties/price',
      entries: 1,
      shape: expect.stringContaining('got a string "…"'),
    },
  ];
  const tried = { passes: 0, fails: expect.arrayContaining(fails), untried: 0 };
  expect(await replay(dir, '--dry-run')).toEqual({ ...both, tried, dry_run: true });
  expect(await replay(dir)).toEqual({ ...both, dry_run: false });
  expect(await replay(dir, '--since', '1h', '--dry-run')).toMatchObject({ matched: 2 });
  expect(await replay(dir, '--until', '1h', '--dry-run')).toMatchObject({ matched: 0 });
  expect(await replay(dir, '--source', 'crm', '--dry-run')).toMatchObject({ matched: 0 });
  expect(await quarantine(first, 'open')).toEqual(before);
  expect(await first.value('SELECT count(*) FROM events')).toBe(1);
  await first.stop();
  expect(await replay(dir, '--reason', 'plan_violation'), 'without a server').toMatchObject({ fed: 1, open_now: 2 });

  const second = await start({ dir, plan: RELAXED });
  expect(await replay(dir, '--dry-run'), 'by the new plan').toMatchObject({ tried: { passes: 1 }, open_now: 2 });
  expect(await replay(dir, '--reason', 'plan_violation')).toMatchObject({ matched: 1, fed: 1, open_now: 1 });
  expect(await quarantine(second, 'replayed')).toEqual(before.filter((item) => String(item).startsWith('price,')));
  expect(await quarantine(second, 'open')).toEqual(before.filter((item) => String(item).startsWith('time,')));
  const rows = await second.sql('SELECT event_id, occurred_at FROM events ORDER BY event_id');
  expect(rows.map(([id]) => id)).toEqual(['good', 'price']);
  expect(Date.parse(String(rows[1]?.[1])), 'the time of the event, not of the replay').toBe(Date.parse(at));
  expect((await second.person({ identifier: 'user_id:u' })).profile.behaviour.events).toBe(2);
  expect(await replay(dir, '--reason', 'plan_violation'), 'a second time').toMatchObject({ matched: 0, fed: 0 });
  expect(await second.value('SELECT count(*) FROM events')).toBe(2);
});

it('tries and replays one cause, and leaves the others', async () => {
  const dir = dataFolder();
  const first = await start({ dir });
  const viewed = { type: 'track', userId: 'u', event: 'Product Viewed', properties: { product_id: 'p' } };
  const wrong = (messageId: string, properties: object) => ({ ...viewed, messageId, properties });
  const cart = (sku: number) => ({ products: [{ product_id: 'p' }, { product_id: 'q', price: sku }] });
  await first.collect('web', [
    wrong('1', { product_id: 'p', price: 'a "quoted" one' }),
    wrong('2', { product_id: 'p', price: 'b' }),
    wrong('3', {}),
    { ...viewed, event: 'Cart Viewed', messageId: '4', properties: cart(-1) },
    { ...viewed, event: 'Cart Viewed', messageId: '5', properties: cart(-22) },
    { ...viewed, messageId: '6', timestamp: 'never' },
  ]);
  const { groups, truncated } = (await first.get('/api/quarantine/groups')).json;
  expect(truncated).toBe(false);
  expect(groups.map((group: Record<string, unknown>) => [group.event_name, group.field, group.entries])).toEqual([
    ['Product Viewed', '/properties/price', 2],
    ['Cart Viewed', '/properties/products/*/price', 2],
    ['Product Viewed', '/timestamp', 1],
    ['Product Viewed', '/properties/product_id', 1],
  ]);
  const price = groups[0];
  expect(price).toMatchObject({ reason: 'plan_violation', state: 'open', open: 2, replayed: 0 });
  expect(price.fix).toContain('Correct the named property');
  expect(price.shape).toMatch(/^\/properties\/price .*, got a string "…"\.$/);
  expect(price.examples).toHaveLength(2);
  expect((await first.get('/api/quarantine/groups?limit=1')).json).toMatchObject({ truncated: true });
  await first.stop();

  const second = await start({ dir, plan: RELAXED });
  const ask = async (body: object) => (await second.post('/api/replay', body)).json;
  const count = () => second.value('SELECT count(*) FROM events');
  const before = await count();
  expect(await ask({ ...price.replay, dry_run: true })).toMatchObject({
    matched: 2,
    fed: 2,
    tried: { passes: 2, fails: [] },
  });
  const time = groups[2];
  expect((await ask({ ...time.replay, dry_run: true })).tried).toMatchObject({ passes: 0, fails: [{ entries: 1 }] });
  expect(await count(), 'nothing was stored').toBe(before);
  expect(await ask(price.replay)).toMatchObject({ matched: 2, fed: 2, open_now: 4 });
  expect(await count()).toBe(Number(before) + 2);
  const after = (await second.get('/api/quarantine/groups?status=all')).json.groups;
  const state = Object.fromEntries(after.map((group: Record<string, unknown>) => [group.group_id, group.state]));
  expect(state[price.group_id]).toBe('replayed');
  expect(Object.values(state).filter((each) => each === 'open')).toHaveLength(3);
  expect((await second.get('/api/quarantine/groups?status=replayed')).json.groups).toHaveLength(1);
  expect((await second.post('/api/replay', { event: 'x' })).json.message).toMatch(/^There is no filter "event"/);
});
