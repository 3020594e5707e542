import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openLake } from '../../../local/lake.ts';
import { eventRow } from './lake-fixture.ts';

/**
 * Writes events, flushes and merges without end, until it is killed. After each commit it prints the number of the last event, so that
 * its parent knows what must be there.
 */
const dir = process.argv[2] ?? '';
const db = new DatabaseSync(join(dir, 'state.db'));
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS counter (n INTEGER)');
const lake = await openLake({ db, dir, maxFilesPerDay: 2 });
let next = Number(db.prepare('SELECT coalesce(max(n), 0) AS n FROM counter').get()?.n);

async function commitBatch(): Promise<void> {
  db.exec('BEGIN');
  const rows = Array.from({ length: 20 }, (_, index) => eventRow(String(next + index + 1)));
  await lake.put('events', rows);
  next += rows.length;
  db.prepare('INSERT INTO counter VALUES (?)').run(next);
  db.exec('COMMIT');
  process.stdout.write(`${next}\n`);
}

for (;;) {
  await commitBatch();
  const flushed = lake.flush();
  await commitBatch();
  await flushed;
  await lake.compact();
}
