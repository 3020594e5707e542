import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../support/server.ts';
import { ROOT } from '../support/source-tree.ts';

/** Longest time from `npm start` to an answer, sample month included. */
const START_MS = 120_000;

let folder: string;
let child: ChildProcess;
let client: Client;
let output = '';

/** What a newcomer does, in a clone of what is committed; only the installed packages are borrowed. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oneriver-clone-'));
  const clone = join(folder, 'oneriver');
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  child = spawn('npm', ['start', '--', '--port', '0'], { cwd: clone, detached: true });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No answer within ${START_MS} ms: ${output}`)), START_MS);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${output}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += String(chunk);
        if (!output.includes('Stop with Ctrl-C')) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
  const facts = JSON.parse(readFileSync(join(clone, 'data', 'dev.json'), 'utf8'));
  client = new Client(facts.url, facts.sources);
});

afterAll(async () => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

it('prints where everything is', () => {
  expect(output).toContain(client.url);
  expect(output).toContain(client.key('web'));
  expect(output).toContain(client.key('server'));
});

it('has persons with profiles and tags from the sample month', async () => {
  expect(Number(await client.value('SELECT count(*) FROM events'))).toBeGreaterThan(15_000);
  expect(Number(await client.value('SELECT count(*) FROM profiles'))).toBeGreaterThan(300);
  const busiest = await client.value(
    'SELECT one_id FROM events_resolved GROUP BY 1 ORDER BY count(DISTINCT channel) DESC LIMIT 1',
  );
  const person = await client.person({ one_id: String(busiest) });
  expect(Object.keys(person.profile.behaviour.channels).length).toBeGreaterThan(3);
  expect(person.tags).toHaveProperty('orders_90d');
});

it('has sent coupons, and not sent others with reasons', async () => {
  const rows = await client.sql(
    `SELECT outcome, reason, count(*) FROM decisions WHERE campaign = 'viewed-three-days-coupon' GROUP BY 1, 2`,
  );
  const reasons = new Map(rows.map(([outcome, reason, n]) => [`${outcome} ${reason}`, Number(n)]));
  expect(reasons.get('sent sent')).toBeGreaterThan(0);
  expect(reasons.get('not_sent condition_no_longer_true')).toBeGreaterThan(0);
});

it('keeps what is wrong in quarantine, with the field where there is one', async () => {
  const rows = await client.sql(`SELECT reason, min(field) FROM quarantine GROUP BY 1`);
  expect(new Map(rows.map(([reason, field]) => [reason, field])).get('plan_violation')).toMatch(/^\/\w+\//);
});

it('closes cleanly when asked to, and leaves its data', { timeout: 30_000 }, async () => {
  const ended = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  await ended;
  expect(output).toContain('closing the data folder');
  expect(existsSync(join(folder, 'oneriver', 'data', 'raw.db'))).toBe(true);
});
