import { existsSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../local/server.ts';
import { dataFolder } from '../support/data-folder.ts';
import { ChildServer, startServer } from '../support/server.ts';

const signIn = (n: number): object => ({ type: 'track', event: 'Signed In', userId: `u${n % 7}`, messageId: `m${n}` });

it('stops cleanly on SIGTERM under load, with a watcher, and has all it acknowledged', async () => {
  const dir = dataFolder();
  const server = await ChildServer.start({ dir });
  onTestFinished(() => server.stop());
  const watcher = httpGet(`${server.url}/api/live`);
  watcher.on('error', () => undefined);
  await new Promise((resolve) => watcher.once('response', resolve));
  let acknowledged = 0;
  let stopping: Promise<void> | undefined;
  let asked = 0;
  const sender = async (from: number): Promise<void> => {
    for (let n = from; ; n += 4) {
      const answer = await server.collect('server', signIn(n)).catch(() => undefined);
      if (answer?.status !== 200) return;
      acknowledged += 1;
      if (acknowledged !== 100) continue;
      asked = performance.now();
      stopping = server.kill('SIGTERM');
    }
  };
  await Promise.all([0, 1, 2, 3].map(sender));
  await stopping;
  expect(performance.now() - asked, 'no watcher holds it up').toBeLessThan(30_000);
  expect(server.errors).toBe('');
  const again = await ChildServer.start({ dir });
  onTestFinished(() => again.stop());
  const rows = await again.sql('SELECT count(*), count(DISTINCT event_id) FROM events');
  expect(rows[0]?.[0]).toBe(rows[0]?.[1]);
  expect(rows[0]?.[0]).toBeGreaterThanOrEqual(acknowledged);
  expect(acknowledged).toBeGreaterThanOrEqual(100);
});

it('moves the clock forward only, also when asked many times at once under load', async () => {
  const server = await ChildServer.start();
  onTestFinished(() => server.stop());
  const now = async (): Promise<number> => Date.parse((await server.get('/api/clock')).json.now);
  const before = await now();
  const cart = (n: number): object => ({ ...signIn(n), event: 'Product Added', properties: { product_id: 'p' } });
  const seen: number[] = [];
  await Promise.all([
    ...Array.from({ length: 10 }, () => server.post('/api/clock', { advance: 'PT1H' })),
    ...Array.from({ length: 50 }, (_, n) => server.collect('server', cart(n))),
    ...Array.from({ length: 20 }, async () => seen.push(await now())),
  ]);
  const hours = ((await now()) - before) / 3_600_000;
  expect(hours).toBeGreaterThanOrEqual(1);
  expect(hours).toBeLessThan(10.5);
  await server.post('/api/clock', { advance: 'PT31M' });
  const reminded = await server.sql(`SELECT count(*), count(DISTINCT one_id) FROM decisions WHERE reason = 'sent'`);
  expect(reminded).toEqual([[7, 7]]);
  const times = await server.sql('SELECT max(received_at), max(occurred_at) FROM events');
  for (const time of times.flat()) expect(Date.parse(String(time))).toBeLessThanOrEqual(await now());
  expect((await server.get('/api/health')).status).toBe(200);
  expect(server.errors).toBe('');
});

it('starts the sample month anew where it broke off, since half a month would mislead', async () => {
  const dir = dataFolder();
  const first = await ChildServer.start({ dir });
  onTestFinished(() => first.stop());
  await first.collect('server', signIn(1));
  expect(await first.sql('SELECT count(*) FROM events')).toEqual([[1]]);
  await first.stop();
  writeFileSync(join(dir, '.seeding'), '');
  const second = await ChildServer.start({ dir });
  onTestFinished(() => second.stop());
  expect(await second.sql('SELECT count(*) FROM events')).toEqual([[0]]);
  expect(existsSync(join(dir, '.seeding'))).toBe(false);
});

it('says what to do where its port is taken', async () => {
  const first = await EmbeddedServer.start({ dir: dataFolder(), port: 0, seed: false });
  onTestFinished(() => first.close());
  const second = EmbeddedServer.start({ dir: dataFolder(), port: first.port, seed: false });
  await expect(second).rejects.toThrow(`Port ${first.port} of 127.0.0.1 is taken; stop what listens there`);
});

it('sends no sample traffic into a folder that was emptied or started empty', async () => {
  const dir = dataFolder();
  const first = await startServer({ dir });
  await first.stop();
  const second = await startServer({ dir, seed: true });
  onTestFinished(() => second.stop());
  expect(await second.sql('SELECT count(*) FROM events')).toEqual([[0]]);
});
