import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inTransaction, type Migration, migrate, openDatabase } from '../../../local/sqlite.ts';
import { dataFolder } from '../../support/data-folder.ts';

const pragma = (db: ReturnType<typeof openDatabase>, name: string) =>
  Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];

it('opens files that only their owner may read, synced at each commit', () => {
  const path = join(dataFolder(), 'new', 'folder', 'x.db');
  const db = openDatabase(path);
  db.exec('CREATE TABLE t(x)');
  expect(pragma(db, 'journal_mode')).toBe('wal');
  expect(pragma(db, 'synchronous')).toBe(2);
  expect(pragma(db, 'foreign_keys')).toBe(1);
  for (const suffix of ['', '-wal']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  db.close();
});

it('migrates each component once, step by step, and refuses files of a newer program', () => {
  const path = join(dataFolder(), 'x.db');
  const steps = ['CREATE TABLE a(x)', "INSERT INTO a VALUES ('second step')"];
  for (const known of [1, 2, 2]) {
    const db = openDatabase(path);
    migrate(db, 'a', steps.slice(0, known));
    migrate(db, 'b', ['CREATE TABLE IF NOT EXISTS b(x)']);
    db.close();
  }
  const db = openDatabase(path);
  expect(db.prepare('SELECT count(*) AS n FROM a').get()?.n).toBe(1);
  expect(() => migrate(db, 'a', steps.slice(0, 1))).toThrow(/a have version 2, this program knows 1/);
  db.close();
});

it('takes a failed migration back whole', () => {
  const db = openDatabase(':memory:');
  expect(() => migrate(db, 'a', ['CREATE TABLE a(x)', 'nonsense'])).toThrow(/syntax/);
  migrate(db, 'a', ['CREATE TABLE a(x)']);
  expect(db.isTransaction).toBe(false);
});

it('takes a step that is code like any other: once, and back whole when it fails', () => {
  const db = openDatabase(':memory:');
  const steps: readonly Migration[] = ['CREATE TABLE a(x)', (on) => on.exec("INSERT INTO a VALUES ('code')")];
  const fail = () => {
    throw new Error('on purpose');
  };
  expect(() => migrate(db, 'a', [...steps, fail])).toThrow('on purpose');
  for (const known of [1, 2, 2]) migrate(db, 'a', steps.slice(0, known));
  expect(db.prepare('SELECT count(*) AS n FROM a').get()?.n).toBe(1);
});

it('undoes only the inner work of a nested transaction', () => {
  const db = openDatabase(':memory:');
  db.exec('CREATE TABLE t(x)');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  inTransaction(db, () => {
    insert.run('outer');
    expect(() =>
      inTransaction(db, () => {
        insert.run('inner');
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    inTransaction(db, () => insert.run('second'));
  });
  expect(
    db
      .prepare('SELECT x FROM t')
      .all()
      .map((row) => row.x),
  ).toEqual(['outer', 'second']);
});
