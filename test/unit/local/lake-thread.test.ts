import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { Outbox } from '../../../local/lake/outbox.ts';
import { LakeThread } from '../../../local/lake/thread-client.ts';
import { eventRow, type Fixture, openFixture, putCommitted } from './lake-fixture.ts';

const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

async function fixture(): Promise<Fixture> {
  const f = await openFixture();
  disposals.push(f.dispose);
  return f;
}

it('moves rows to Parquet before anybody asks, once many wait', async () => {
  const f = await fixture();
  const properties = JSON.stringify({ text: 'x'.repeat(1024) });
  const rows = Array.from({ length: 9_000 }, (_, n) => eventRow(`e${n}`, { properties }));
  await putCommitted(f, 'events', rows);
  f.lake.flushWhenLarge();
  await f.lake.compact(); // comes after it in the line
  expect(f.lake.totals()).toEqual({ files: 1, rows: 9_000, pending: 0 });
  await putCommitted(f, 'events', [eventRow('few')]);
  f.lake.flushWhenLarge();
  await f.lake.compact();
  expect(f.lake.totals()).toEqual({ files: 1, rows: 9_000, pending: 1 });
});

it('tells why a thread ended, and works with a new one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-thread-'));
  const database = join(dir, 'later', 'state.db');
  const thread = new LakeThread({ dir, database });
  disposals.push(async () => {
    await thread.close();
    rmSync(dir, { recursive: true, force: true });
  });
  await expect(thread.writeRound(1)).rejects.toThrow(/thread that writes the lake ended \(.*database file/);

  mkdirSync(join(dir, 'later'));
  mkdirSync(join(dir, '.scratch'));
  const db = new DatabaseSync(database);
  db.exec('PRAGMA journal_mode = WAL');
  new Outbox(db).put('events', [eventRow('a')]);
  const round = await thread.writeRound(1);
  db.close();
  expect(round).toMatchObject({ lastSeq: 1, files: [{ table: 'events', rows: 1 }] });
});

it('answers a failure of one request, and takes the next', async () => {
  const f = await fixture();
  const thread = new LakeThread({ dir: join(f.dir, 'lake'), database: f.db.location() ?? '' });
  disposals.unshift(() => thread.close());
  const missing = { path: 'events/none.parquet', table: 'events' as const, ingestDay: '2026-03-01', rows: 1, bytes: 1 };
  await expect(thread.merge([missing], 'merged')).rejects.toThrow(/none\.parquet/);
  expect(await thread.writeRound(1)).toBeUndefined();
});
