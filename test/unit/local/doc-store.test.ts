import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SqliteDocStore } from '../../../local/doc-store.ts';
import { openDatabase } from '../../../local/sqlite.ts';
import { dataFolder } from '../../support/data-folder.ts';

const body = async (store: SqliteDocStore, key: string) => (await store.get([key])).get(key)?.body;

it('keeps documents across a restart', async () => {
  const path = join(dataFolder(), 'docs.db');
  const db = openDatabase(path);
  await new SqliteDocStore(db).commit([{ key: 'a', expected: 0, body: { n: 1 } }]);
  db.close();
  const again = openDatabase(path);
  expect(await body(new SqliteDocStore(again), 'a')).toEqual({ n: 1 });
  again.close();
});

it('joins an enclosing transaction and follows it when it is rolled back', async () => {
  const db = openDatabase(':memory:');
  const store = new SqliteDocStore(db);
  await store.commit([{ key: 'kept', expected: 0, body: 'before' }]);
  const version = (await store.get(['kept'])).get('kept')?.version ?? 0;
  db.exec('BEGIN');
  await store.commit([
    { key: 'kept', expected: version, body: 'after' },
    { key: 'new', expected: 0, body: 1 },
  ]);
  await store.commit([{ key: 'single', expected: 0, body: 1 }]);
  expect(db.isTransaction).toBe(true);
  expect([await body(store, 'kept'), await body(store, 'new')]).toEqual(['after', 1]);
  db.exec('ROLLBACK');
  store.rolledBack();
  expect(await store.get(['kept', 'new', 'single'])).toEqual(
    new Map([
      ['kept', { version, body: 'before' }],
      ['new', { version: 0, body: undefined }],
      ['single', { version: 0, body: undefined }],
    ]),
  );
  expect(await store.commit([{ key: 'new', expected: 0, body: 2 }])).toEqual({ ok: true });
});

it('a conflict within an enclosing transaction leaves its other commits alone', async () => {
  const db = openDatabase(':memory:');
  const store = new SqliteDocStore(db);
  db.exec('BEGIN');
  await store.commit([{ key: 'a', expected: 0, body: 1 }]);
  const stale = [
    { key: 'b', expected: 0, body: 2 },
    { key: 'a', expected: 0, body: 2 },
  ];
  expect(await store.commit(stale)).toEqual({ ok: false, conflicts: ['a'] });
  db.exec('COMMIT');
  const fresh = new SqliteDocStore(db);
  expect([await body(fresh, 'a'), await body(fresh, 'b')]).toEqual([1, undefined]);
});

it('notices through a conflict that another process wrote, and then reads anew', async () => {
  const path = join(dataFolder(), 'docs.db');
  const [db, otherDb] = [openDatabase(path), openDatabase(path)];
  const [store, other] = [new SqliteDocStore(db), new SqliteDocStore(otherDb)];
  expect(await body(store, 'a')).toBeUndefined();
  await other.commit([{ key: 'a', expected: 0, body: 'theirs' }]);
  expect(await store.commit([{ key: 'a', expected: 0, body: 'ours' }])).toEqual({ ok: false, conflicts: ['a'] });
  expect(await body(store, 'a')).toBe('theirs');
  for (const each of [db, otherDb]) each.close();
});

it('hands out the parsed body again instead of parsing it once more', async () => {
  const db = openDatabase(':memory:');
  await new SqliteDocStore(db).commit([{ key: 'a', expected: 0, body: { n: 1 } }]);
  const store = new SqliteDocStore(db);
  expect(await body(store, 'a')).toBe(await body(store, 'a'));
});

it('a full disk fails the commit by error, writes nothing, and leaves the store usable', async () => {
  const db = openDatabase(':memory:');
  const store = new SqliteDocStore(db);
  await store.commit([{ key: 'a', expected: 0, body: 'small' }]);
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const big = 'x'.repeat(100_000);
  const version = (await store.get(['a'])).get('a')?.version ?? 0;
  const writes = [
    { key: 'a', expected: version, body: 'changed' },
    { key: 'b', expected: 0, body: big },
  ];
  await expect(store.commit(writes)).rejects.toThrow(/full/);
  await expect(store.commit(writes.slice(1))).rejects.toThrow(/full/);
  expect([await body(store, 'a'), await body(store, 'b')]).toEqual(['small', undefined]);
  db.exec('PRAGMA max_page_count = 1000000');
  expect(await store.commit(writes)).toEqual({ ok: true });
});
