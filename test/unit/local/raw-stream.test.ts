import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { StreamOverloaded } from '../../../functions/shared/seams.ts';
import { SqliteRawStream, StreamClosed } from '../../../local/raw-stream.ts';
import { openDatabase } from '../../../local/sqlite.ts';
import { dataFolder } from '../../support/data-folder.ts';

const LIMITS = { maxRecords: 1_000, maxBytes: 1_000_000 };

function openStream(folder = dataFolder(), maxBacklogBytes?: number) {
  const clock = { time: 1_000, now: () => clock.time };
  const db = openDatabase(join(folder, 'raw.db'));
  return { folder, db, clock, stream: new SqliteRawStream(db, { clock, maxBacklogBytes }) };
}

const putAll = (stream: SqliteRawStream, texts: readonly string[]) =>
  Promise.all(texts.map((text) => stream.put(Buffer.from(text))));
const texts = (stream: SqliteRawStream, after = 0, limits = LIMITS) =>
  stream.read(after, limits).map(({ record }) => Buffer.from(record).toString());

it('gives records back in order with position and time, also after a restart', async () => {
  const { folder, clock, stream } = openStream();
  expect([stream.lastSeq(), stream.read(0, LIMITS)]).toEqual([0, []]);
  await putAll(stream, ['a', 'b', '']);
  clock.time = 2_000;
  await stream.put(Buffer.from([0, 255, 1]));
  const read = stream.read(0, LIMITS);
  expect(read.map(({ seq, at }) => [seq, at])).toEqual([
    [1, 1_000],
    [2, 1_000],
    [3, 1_000],
    [4, 2_000],
  ]);
  expect(read.map(({ record }) => [...record])).toEqual([[97], [98], [], [0, 255, 1]]);
  stream.close();
  const again = openStream(folder).stream;
  expect(again.lastSeq()).toBe(4);
  await again.put(Buffer.from('after'));
  expect(again.read(3, LIMITS).map(({ seq }) => seq)).toEqual([4, 5]);
});

it('writes the puts of one turn in one transaction, and resolves none before it', async () => {
  const { db, folder, stream } = openStream();
  const other = openDatabase(join(folder, 'raw.db'));
  const stored = () => other.prepare('SELECT count(*) AS n FROM raw').get()?.n;
  const appended = vi.fn();
  stream.onAppend(appended);
  const exec = vi.spyOn(db, 'exec');
  const puts = putAll(stream, ['a', 'b', 'c']).then(() => expect(stored()).toBe(3));
  expect(stored()).toBe(0);
  await puts;
  expect(exec.mock.calls).toEqual([['BEGIN IMMEDIATE'], ['COMMIT']]);
  expect(appended.mock.calls).toEqual([[3]]);
  other.close();
});

it('stops calling back who no longer listens', async () => {
  const { stream } = openStream();
  const appended = vi.fn();
  const stop = stream.onAppend(appended);
  stop();
  await stream.put(Buffer.from('a'));
  expect(appended).not.toHaveBeenCalled();
});

it('keeps a read within records and bytes, but never returns nothing where there is something', async () => {
  const { db, stream } = openStream();
  await putAll(stream, ['aaaa', 'bbbb', 'cccc', 'd'.repeat(50)]);
  expect(texts(stream, 0, { maxRecords: 2, maxBytes: 100 })).toEqual(['aaaa', 'bbbb']);
  expect(texts(stream, 0, { maxRecords: 9, maxBytes: 8 })).toEqual(['aaaa', 'bbbb']);
  expect(texts(stream, 3, { maxRecords: 9, maxBytes: 8 })).toEqual(['d'.repeat(50)]);
  expect(texts(stream, 4)).toEqual([]);
  // A read that stopped early holds no snapshot that would keep the log from being emptied.
  expect(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy).toBe(0);
});

it('refuses puts while too much waits for the reader, and takes them again once it has caught up', async () => {
  const { folder, stream } = openStream(undefined, 10);
  await putAll(stream, ['aaaa', 'bbbb']);
  await expect(stream.put(Buffer.from('ccc'))).rejects.toThrow(StreamOverloaded);
  await stream.put(Buffer.from('cc'));
  expect(texts(stream)).toEqual(['aaaa', 'bbbb', 'cc']);
  await expect(stream.put(Buffer.from('d'))).rejects.toThrow(StreamOverloaded);
  stream.read(1, { maxRecords: 1, maxBytes: 100 });
  stream.read(2, LIMITS);
  await stream.put(Buffer.from('dddddddd'));
  await expect(stream.put(Buffer.from('e'))).rejects.toThrow(StreamOverloaded);
  // A second look from the start, as a replay takes it, does not make the backlog grow or shrink.
  expect(texts(stream)).toHaveLength(4);
  await expect(stream.put(Buffer.from('e'))).rejects.toThrow(StreamOverloaded);
  stream.close();
  const again = openStream(folder, 10).stream;
  again.read(3, LIMITS);
  await expect(again.put(Buffer.from('eee'))).rejects.toThrow(StreamOverloaded);
  await again.put(Buffer.from('ee'));
});

it('counts what is pending in the same turn', async () => {
  const { stream } = openStream(undefined, 10);
  const results = await Promise.allSettled(['aaaaaaaa', 'bbbb', 'cc'].map((t) => stream.put(Buffer.from(t))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(texts(stream)).toEqual(['aaaaaaaa', 'cc']);
});

it('rejects every put of a batch that the disk did not take, and goes on when it can', async () => {
  const { db, stream } = openStream();
  await stream.put(Buffer.from('a'));
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages}`);
  const results = await Promise.allSettled(['small', 'x'.repeat(100_000)].map((t) => stream.put(Buffer.from(t))));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(texts(stream)).toEqual(['a']);
  db.exec('PRAGMA max_page_count = 1000000');
  await stream.put(Buffer.from('b'));
  expect(stream.read(0, LIMITS).map(({ seq }) => seq)).toEqual([1, 2]);
});

it('prunes what is old and read, never what is unread, and gives no position out twice', async () => {
  const { folder, clock, stream } = openStream();
  await putAll(stream, ['a', 'b']);
  clock.time = 5_000;
  await putAll(stream, ['c', 'd']);
  expect(stream.prune(9_000)).toBe(0);
  stream.read(1, LIMITS);
  expect(stream.prune(9_000)).toBe(1);
  stream.read(4, LIMITS);
  expect(stream.prune(2_000)).toBe(1);
  expect(texts(stream)).toEqual(['c', 'd']);
  expect(stream.prune(9_000)).toBe(1);
  expect(texts(stream)).toEqual(['d']);
  stream.close();
  expect(openStream(folder).stream.lastSeq()).toBe(4);
});

it('writes what is pending when it is closed, and refuses what comes later', async () => {
  const { folder, stream } = openStream();
  const put = stream.put(Buffer.from('a'));
  stream.close();
  await put;
  await expect(stream.put(Buffer.from('b'))).rejects.toThrow(StreamClosed);
  expect(texts(openStream(folder).stream)).toEqual(['a']);
});
