import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Checkpointer, type CheckpointReply } from '../../../local/checkpointer.ts';
import { openDatabase } from '../../../local/sqlite.ts';

const PAGES = 20;
const PAGE_BYTES = 4096;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oneriver-checkpointer-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function opened(): { path: string; db: DatabaseSync; insert: () => void } {
  const path = join(dir, 'state.db');
  const db = openDatabase(path, { sync: 'checkpoint' });
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT)');
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const statement = db.prepare('INSERT INTO t(body) VALUES (?)');
  return { path, db, insert: () => void statement.run('x'.repeat(PAGE_BYTES)) };
}

/** Commits until the checkpointer has begun to move the log. */
function untilMoving(insert: () => void, checkpointer: Checkpointer): Promise<CheckpointReply> {
  for (let n = 0; n < 1_000; n += 1) {
    insert();
    const moving = checkpointer.committed();
    if (moving) return moving;
  }
  throw new Error('A thousand commits filled the log, and nobody moved it.');
}

it('moves the log into the file on its thread once it has grown, and lets it alone before', async () => {
  const { path, db, insert } = opened();
  const before = statSync(path).size;
  const checkpointer = new Checkpointer(db, PAGES);
  insert();
  expect(checkpointer.committed()).toBeUndefined();

  const reply = await untilMoving(insert, checkpointer);

  expect(reply).toMatchObject({ moved: expect.any(Number) });
  expect('moved' in reply && reply.moved).toBeGreaterThanOrEqual(PAGES);
  expect(statSync(path).size).toBeGreaterThan(before);
  await checkpointer.close();
  db.close();
});

it('starts the log anew when all of it was moved, so that it does not grow for ever', async () => {
  const { path, db, insert } = opened();
  const checkpointer = new Checkpointer(db, PAGES);
  insert();
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM t').get();
  // What is written after the reader has looked cannot be moved while it reads.
  await untilMoving(insert, checkpointer);
  reader.close();
  checkpointer.committed();
  insert();
  expect(Number(db.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.log)).toBeLessThan(PAGES / 2);
  await checkpointer.close();
  db.close();
});

it('moves again when the log has grown again', async () => {
  const { db, insert } = opened();
  const checkpointer = new Checkpointer(db, PAGES);
  await untilMoving(insert, checkpointer);
  const again = await untilMoving(insert, checkpointer);
  expect('moved' in again).toBe(true);
  await checkpointer.close();
  db.close();
});

it('leaves the log to the commits when its thread fails, and nothing is lost', async () => {
  const { path, db, insert } = opened();
  const elsewhere = join(dir, 'elsewhere');
  writeFileSync(elsewhere, 'x'.repeat(PAGE_BYTES));
  const location = vi.spyOn(db, 'location').mockReturnValue(elsewhere);
  const checkpointer = new Checkpointer(db, PAGES);
  location.mockRestore();

  const reply = await untilMoving(insert, checkpointer);

  expect(reply).toMatchObject({ fault: expect.stringContaining('not a database') });
  for (let n = 0; n < PAGES * 8; n += 1) insert();
  const rows = Number(db.prepare('SELECT count(*) AS n FROM t').get()?.n);
  await checkpointer.close();
  db.close();
  const reader = new DatabaseSync(path, { readOnly: true });
  expect(Number(reader.prepare('SELECT count(*) AS n FROM t').get()?.n)).toBe(rows);
  reader.close();
});
