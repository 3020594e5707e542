import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MAX_BATCH_ROWS } from '../../functions/import/limits.ts';
import { dataFolder } from '../support/data-folder.ts';
import { HeldStream } from '../support/held-stream.ts';
import { xlsxOf } from '../support/import-files.ts';
import { ChildServer, type RunningServer, startServer } from '../support/server.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../local/import.ts');
/** A file is found within a second and rests for two; the rest is patience with a busy machine. */
const LANDED = { timeout: 55_000, interval: 100 };

/** 会员号,手机号,事件,时间,金额 — 门店订单, in GB18030. */
const POS = Buffer.from(
  'bbe1d4b1bac52ccad6bbfabac52ccac2bcfe2ccab1bce42cbdf0b6ee0a4d312c31333830303133383030302cc3c5b5eab6a9b5a52c323032362f31312f312031303a30302c31322e350a4d322c31333830303133383030312cc3c5b5eab6a9b5a52c323032362f31312f322031303a30302c380a2c2cc3c5b5eab6a9b5a52c323032362f31312f322031303a30302c380a',
  'hex',
);

/** Drops a file as a careful uploader does: under another name until it is whole. */
function drop(dir: string, source: string, name: string, bytes: string | Buffer): void {
  const folder = join(dir, 'landing', source);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.part`), bytes);
  renameSync(join(folder, `${name}.part`), join(folder, name));
}

async function reportOf(dir: string, source: string, name: string, to = 'done') {
  const path = join(dir, 'landing', source, to, `${name}.report.json`);
  await vi.waitFor(() => expect(existsSync(path), readdirSync(join(dir, 'landing', source)).join()).toBe(true), LANDED);
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('the landing folder of a running server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it('takes a CSV of the tills in GB18030 as it is', async () => {
    drop(server.dir, 'pos', 'tills.csv', POS);
    const report = await reportOf(server.dir, 'pos', 'tills.csv');
    expect(report).toMatchObject({
      outcome: 'done',
      rows_read: 3,
      rows_accepted: 2,
      rows_quarantined: { no_identifier: 1 },
    });
    expect(report.examples).toEqual([
      { row: 3, reason: 'no_identifier', field: '/userId', detail: expect.any(String) },
    ]);
    expect(JSON.stringify(report)).not.toContain('1380013');
    const rows = await server.sql(
      `SELECT name, owner, channel, occurred_at, json_extract_string(properties, '$.金额') FROM events ORDER BY occurred_at`,
    );
    expect(
      rows.map(([name, owner, channel, at, amount]) => [name, owner, channel, String(at).slice(0, 16), amount]),
    ).toEqual([
      ['门店订单', 'user_id:M1', 'store', '2026-11-01T02:00', '12.5'],
      ['门店订单', 'user_id:M2', 'store', '2026-11-02T02:00', '8'],
    ]);
    const person = await server.person({ identifier: 'phone:13800138000' });
    expect(person.identifiers.map(({ type }) => type).sort()).toEqual(['phone', 'user_id']);
    expect(existsSync(join(server.dir, 'landing/pos/done/tills.csv'))).toBe(true);
  });

  it('takes the same content once, whatever it is called and however it is packed', async () => {
    drop(server.dir, 'pos', 'again.csv.gz', gzipSync(POS));
    expect(await reportOf(server.dir, 'pos', 'again.csv.gz')).toMatchObject({
      outcome: 'imported_before',
      file: 'tills.csv',
    });
    expect(await server.value('SELECT count(*) FROM events')).toBe(2);
    const { json } = await server.get('/api/imports');
    expect(json.imports).toMatchObject([{ outcome: 'done', file: 'tills.csv', came_again: 1 }]);
  });

  it('joins what the CRM knows to the person that the tills know', async () => {
    const row = '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>';
    const member =
      '<row><c r="A2" t="s"><v>3</v></c><c r="B2"><v>13800138000</v></c><c r="C2" t="s"><v>4</v></c></row>';
    drop(
      server.dir,
      'crm',
      'members.xlsx',
      await xlsxOf({ 会员: row + member }, ['member_id', '手机', 'level', 'M1', 'gold']),
    );
    expect(await reportOf(server.dir, 'crm', 'members.xlsx')).toMatchObject({ rows_accepted: 1 });
    const person = await server.person({ identifier: 'user_id:M1' });
    expect(JSON.stringify(person.profile)).toContain('gold');
  });

  it('puts what it cannot take aside and says why', async () => {
    drop(server.dir, 'pos', 'cut.csv.gz', gzipSync(POS).subarray(0, 60));
    expect((await reportOf(server.dir, 'pos', 'cut.csv.gz', 'failed')).error).toMatch(/cannot be unpacked to its end/);
    drop(server.dir, 'nobody', 'a.csv', 'a\n1\n');
    expect((await reportOf(server.dir, 'nobody', 'a.csv', 'failed')).error).toMatch(/no source "nobody"/);
  });

  it('works for the command line too, which can also only look', async () => {
    const file = join(dataFolder(), 'more.csv');
    writeFileSync(file, 'user_id,event\nM9,Order Completed\nM9,Order Completed\n');
    const cli = async (...more: string[]) => {
      const args = [
        '--disable-warning=ExperimentalWarning',
        CLI,
        file,
        '--source',
        'pos',
        '--data',
        server.dir,
        ...more,
      ];
      const { stdout } = await run(process.execPath, args).catch((error) => error);
      return JSON.parse(stdout);
    };
    expect(await cli('--dry-run')).toMatchObject({
      dry_run: true,
      rows_read: 2,
      rows_quarantined: { plan_violation: 2 },
    });
    expect(await server.value(`SELECT count(*) FROM quarantine WHERE reason = 'plan_violation'`)).toBe(0);
    expect(await cli('--event', 'ignored')).toMatchObject({ outcome: 'done', rows_quarantined: { plan_violation: 2 } });
    expect(await server.value(`SELECT count(*) FROM quarantine WHERE reason = 'plan_violation'`)).toBe(2);
    expect(existsSync(file)).toBe(true);
  });
});

/** Rows that the ledger says are done, of the one file that was dropped; read as it is on the disk. */
function rowsDone(dir: string): number {
  const db = new DatabaseSync(join(dir, 'state.db'), { readOnly: true });
  try {
    const kept = db.prepare(`SELECT body ->> '$.rows' AS rows FROM docs WHERE key GLOB 'import#*'`).all();
    return Number(kept[0]?.rows ?? 0);
  } finally {
    db.close();
  }
}

it('has each row exactly once after the server was killed again and again in the middle of a file', {
  timeout: 600_000,
}, async () => {
  // Records that each life puts: killed behind a step of the ledger, and before one, where it must not yet say what is to come.
  const LIVES = [16, 10, 16, 10];
  // More rows than all of them can put: none comes to the end.
  const ROWS = LIVES.reduce((sum, records) => sum + records * MAX_BATCH_ROWS, 2_000);
  const dir = dataFolder();
  const lines = Array.from({ length: ROWS }, (_, i) => `M${i % 5000},第${i}单,${i},2026-11-0${(i % 9) + 1} 10:00:00`);
  let server = await ChildServer.start({ dir });
  onTestFinished(() => server.stop());
  const stream = new HeldStream(dir);
  onTestFinished(() => stream.close());
  const done: number[] = [];
  for (const records of LIVES) {
    await server.kill('SIGKILL');
    stream.holdAfter(records);
    server = await ChildServer.start({ dir });
    if (done.length === 0) drop(dir, 'pos', 'large.csv', `user_id,event,number,time\n${lines.join('\n')}\n`);
    await stream.held();
    done.push(rowsDone(dir));
  }
  await server.kill('SIGKILL');
  stream.release();
  expect(done[0]).toBeGreaterThan(0);
  expect(done[2]).toBeGreaterThan(done[0] ?? 0);
  expect(done[3]).toBeLessThan(ROWS);
  server = await ChildServer.start({ dir });
  const report = await reportOf(dir, 'pos', 'large.csv');
  expect(report).toMatchObject({ outcome: 'done', rows_read: ROWS, rows_accepted: ROWS });
  const counts = await server.sql(
    `SELECT count(*), count(DISTINCT event_id), count(DISTINCT json_extract_string(properties, '$.number')) FROM events`,
  );
  expect(counts[0]?.map(Number)).toEqual([ROWS, ROWS, ROWS]);
  expect(await server.value('SELECT count(*) FROM quarantine')).toBe(0);
});
