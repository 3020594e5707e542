import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../../local/lake/outbox.ts';
import { ParquetWriter } from '../../../local/lake/parquet.ts';
import { writeRound } from '../../../local/lake/round.ts';
import { eventRow, type Fixture, openFixture, putCommitted } from './lake-fixture.ts';

const open: Fixture[] = [];
const fixture = async (...options: Parameters<typeof openFixture>): Promise<Fixture> => {
  const made = await openFixture(...options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const made of open.splice(0)) await made.dispose();
});

const parquetFiles = (dir: string): string[] =>
  readdirSync(join(dir, 'lake'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.parquet'));
const manifest = (db: DatabaseSync): string[] =>
  db
    .prepare('SELECT path FROM lake_files ORDER BY path')
    .all()
    .map((row) => String(row.path));
const eventIds = async (made: Fixture): Promise<unknown[]> =>
  (await made.lake.engine.query('SELECT event_id FROM events ORDER BY event_id')).rows.map((row) => row[0]);

describe('put and flush', () => {
  it('moves committed rows to one file per ingest day, and keeps every value', async () => {
    const f = await fixture();
    const odd = { name: "it's 一川 \u0000 \u{1F600}", properties: JSON.stringify({ text: 'a\n"b"' }), verified: null };
    await putCommitted(f, 'events', [eventRow('a', odd), eventRow('b', { received_at: '2026-03-02T00:00:00.000Z' })]);
    expect(f.lake.pendingRows()).toBe(2);
    await f.lake.flush();
    expect(f.lake.pendingRows()).toBe(0);
    expect(manifest(f.db)).toEqual([
      'events/ingest_day=2026-03-01/part-1-1.parquet',
      'events/ingest_day=2026-03-02/part-1-1.parquet',
    ]);
    const { columns, rows } = await f.lake.engine.query("SELECT * FROM events WHERE event_id = 'a'");
    const stored = Object.fromEntries(columns.map((name, index) => [name, rows[0]?.[index]]));
    expect(stored).toEqual(eventRow('a', odd));
  });

  it('does not take rows of a transaction that is still open, and none of one that was rolled back', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    f.db.exec('BEGIN');
    await f.lake.put('events', [eventRow('b')]);
    const flushed = f.lake.flush();
    await new Promise((resolve) => setImmediate(resolve));
    f.db.exec('ROLLBACK');
    await flushed;
    expect(await eventIds(f)).toEqual(['a']);
  });

  it('includes rows that were put while another flush was at work', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    const first = f.lake.flush();
    await new Promise((resolve) => setImmediate(resolve));
    await putCommitted(f, 'events', [eventRow('b')]);
    await Promise.all([first, f.lake.flush(), f.lake.flush()]);
    expect(f.lake.pendingRows()).toBe(0);
    expect(await eventIds(f)).toEqual(['a', 'b']);
  });

  it('reads what was put without an explicit flush', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    expect(await eventIds(f)).toEqual(['a']);
  });

  it('never reuses a file name after the outbox was empty', async () => {
    const f = await fixture();
    for (const id of ['a', 'b']) {
      await putCommitted(f, 'events', [eventRow(id)]);
      await f.lake.flush();
    }
    expect(manifest(f.db)).toHaveLength(2);
    expect(await eventIds(f)).toEqual(['a', 'b']);
  });

  it('keeps a row with half an emoji readable, inside JSON columns too', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a', { name: 'x\ud83d', properties: '{"k":"\\ud83d!"}' })]);
    const { rows } = await f.lake.engine.query("SELECT name, json_extract_scalar(properties, '$.k') FROM events");
    expect(rows).toEqual([['x\ufffd', '\ufffd!']]);
  });

  it('keeps a row of five megabytes', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a', { context: JSON.stringify('\u0001'.repeat(5_000_000)) })]);
    expect((await f.lake.engine.query('SELECT length(context) FROM events')).rows).toEqual([[30_000_002]]);
  });

  it.each([
    ['an unknown column', { nonsense: 1 }, /no column nonsense/],
    ['a wrong type', { verified: 'yes' }, /events\.verified expects boolean/],
    ['a day that does not exist', { local_date: '2026-02-30' }, /events\.local_date expects date/],
    ['no ingest time', { received_at: null }, /received_at is empty/],
  ])('refuses a row with %s before it can stop the lake', async (_what, change, message) => {
    const f = await fixture();
    await expect(f.lake.put('events', [eventRow('a', change)])).rejects.toThrow(message);
    expect(f.lake.pendingRows()).toBe(0);
  });
});

describe('crashes', () => {
  it('keeps what was in the outbox', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    expect(await eventIds(await f.reopen().then(keep))).toEqual(['a']);
  });

  it('between the Parquet file and the manifest: the row is there once', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    const scratch = join(f.dir, 'lake', '.scratch');
    const writer = await ParquetWriter.open({ dir: join(f.dir, 'lake'), spillDir: scratch });
    const round = await writeRound({ outbox: new Outbox(f.db), writer, scratch, upTo: 1 });
    writer.close();
    writeFileSync(join(scratch, 'left.ndjson'), 'half a li');
    expect(parquetFiles(f.dir)).toHaveLength(1);
    expect(round?.lastSeq).toBe(1);

    const again = await f.reopen().then(keep);
    expect(parquetFiles(f.dir)).toHaveLength(0);
    expect(readdirSync(scratch)).toEqual([]);
    expect(await eventIds(again)).toEqual(['a']);
    expect(parquetFiles(f.dir)).toHaveLength(1);
  });

  it('in the manifest transaction: nothing of it is seen, and the next flush succeeds', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    f.db.exec("CREATE TRIGGER crash BEFORE DELETE ON lake_outbox BEGIN SELECT raise(ABORT, 'power cut'); END");
    await expect(f.lake.flush()).rejects.toThrow('power cut');
    expect(manifest(f.db)).toEqual([]);
    expect(f.lake.pendingRows()).toBe(1);
    f.db.exec('DROP TRIGGER crash');
    expect(await eventIds(f)).toEqual(['a']);
  });

  it('between the swap of a compaction and the deletion of its parts: the rows are there once', async () => {
    const f = await fixture({ maxFilesPerDay: 2 });
    for (const id of ['a', 'b', 'c']) {
      await putCommitted(f, 'events', [eventRow(id)]);
      await f.lake.flush();
    }
    const parts = manifest(f.db);
    const copies = parts.map((path) => ({
      path: join(f.dir, 'lake', path),
      copy: join(f.dir, path.replaceAll('/', '_')),
    }));
    for (const { path, copy } of copies) writeFileSync(copy, (await import('node:fs')).readFileSync(path));
    await f.lake.compact();
    await f.lake.close();
    for (const { path, copy } of copies) renameSync(copy, path);
    expect(parquetFiles(f.dir)).toHaveLength(4);
    const again = await f.reopen().then(keep);
    expect(parquetFiles(f.dir)).toHaveLength(1);
    expect(await eventIds(again)).toEqual(['a', 'b', 'c']);
  });

  it('refuses to open a lake whose files are missing or cut, rather than answer with less', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    await f.lake.flush();
    const [path = ''] = manifest(f.db);
    writeFileSync(join(f.dir, 'lake', path), 'cut');
    await expect(f.reopen()).rejects.toThrow(/has 3 bytes instead of/);
    rmSync(join(f.dir, 'lake', path));
    await expect(f.reopen()).rejects.toThrow(/is missing/);
  });
});

const keep = (made: Fixture): Fixture => {
  open.unshift(made);
  return made;
};

describe('compact', () => {
  it('merges the files of a day that has too many, without losing or doubling rows', async () => {
    const f = await fixture({ maxFilesPerDay: 3 });
    for (let i = 0; i < 5; i += 1) {
      await putCommitted(f, 'events', [eventRow(`e${i}`, { occurred_at: `2026-03-01T0${9 - i}:00:00.000Z` })]);
      await f.lake.flush();
    }
    await putCommitted(f, 'events', [eventRow('other day', { received_at: '2026-03-05T00:00:00.000Z' })]);
    await f.lake.flush();
    await f.lake.compact();
    expect(manifest(f.db)).toEqual([
      'events/ingest_day=2026-03-01/merged-1-5-rows-5.parquet',
      'events/ingest_day=2026-03-05/part-6-6.parquet',
    ]);
    expect(await eventIds(f)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'other day']);
    await f.lake.compact();
    expect(manifest(f.db)).toHaveLength(2);
  });

  it('leaves the files of a running query alone until it is over', async () => {
    const f = await fixture({ maxFilesPerDay: 1 });
    for (const id of ['a', 'b']) {
      await putCommitted(f, 'events', [eventRow(id)]);
      await f.lake.flush();
    }
    const slow = f.lake.engine.query('SELECT count(*) FROM events a, events b, range(30000) c, range(20000) d');
    await new Promise((resolve) => setImmediate(resolve));
    await f.lake.compact();
    expect(parquetFiles(f.dir)).toHaveLength(3);
    expect((await slow).rows).toEqual([[4 * 30000 * 20000]]);
    await f.lake.close();
    expect(parquetFiles(f.dir)).toHaveLength(1);
  });
});

describe('reset', () => {
  it('forgets files and rows, and goes on', async () => {
    const f = await fixture();
    await putCommitted(f, 'events', [eventRow('a')]);
    await f.lake.flush();
    await putCommitted(f, 'events', [eventRow('b')]);
    await f.lake.reset();
    expect(f.lake.pendingRows()).toBe(0);
    expect(await eventIds(f)).toEqual([]);
    await putCommitted(f, 'events', [eventRow('c')]);
    expect(await eventIds(f)).toEqual(['c']);
    await f.lake.close();
    expect(parquetFiles(f.dir)).toHaveLength(1);
  });
});

describe('opening', () => {
  it('refuses a folder whose name DuckDB would read as a pattern', async () => {
    const f = await fixture();
    const dir = join(f.dir, 'a[b]');
    mkdirSync(dir);
    await expect(openFixture({}, dir)).rejects.toThrow(/must not have any of/);
    expect(existsSync(join(dir, 'lake'))).toBe(true);
  });

  it('writes bytes that another DuckDB reads as Parquet sorted by event time', async () => {
    const f = await fixture();
    const times = ['2026-03-01T12:00:00.000Z', '2026-03-01T08:00:00.000Z', '2026-03-01T10:00:00.000Z'];
    await putCommitted(
      f,
      'events',
      times.map((at, i) => eventRow(`e${i}`, { occurred_at: at })),
    );
    const { rows } = await f.lake.engine.query('SELECT occurred_at FROM events_rows');
    expect(rows.map((row) => row[0])).toEqual([...times].sort());
  });
});
