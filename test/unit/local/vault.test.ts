import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../local/sqlite.ts';
import { SqliteVault, VaultError } from '../../../local/vault.ts';
import { dataFolder } from '../../support/data-folder.ts';

const master = randomBytes(32);
const entries = [
  { token: 'tk_1', value: '+8613800138000' },
  { token: 'tk_2', value: 'zhang.san@example.com' },
  { token: 'tk_3', value: '张三 😀' },
];
const tokens = entries.map(({ token }) => token);

function openVault(folder = dataFolder(), key = master) {
  const db = openDatabase(join(folder, 'vault.db'));
  const bytes = () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  return { folder, db, bytes, vault: new SqliteVault(db, { master: key }) };
}

it('reveals what was stored, also after a restart, and leaves out what it does not have', async () => {
  const { folder, db, vault } = openVault();
  await vault.store(entries);
  db.close();
  const again = openVault(folder);
  expect(await again.vault.reveal([...tokens, 'tk_9', '#key-check'])).toEqual(
    new Map(entries.map(({ token, value }) => [token, value])),
  );
});

it('writes no value in the clear, nor the same value twice alike', async () => {
  const { db, bytes, vault } = openVault();
  await vault.store([...entries, { token: 'tk_4', value: '+8613800138000' }]);
  expect(bytes().includes('tk_1')).toBe(true);
  for (const { value } of entries) expect(bytes().includes(value)).toBe(false);
  expect(bytes().includes(master)).toBe(false);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  for (const { value } of entries) expect(bytes().includes(value)).toBe(false);
  const rows = db.prepare("SELECT * FROM vault WHERE token IN ('tk_1', 'tk_4')").all();
  for (const column of ['key', 'iv', 'body']) expect(rows[0]?.[column]).not.toEqual(rows[1]?.[column]);
});

it('leaves a stored token alone, whether remembered or not', async () => {
  const { folder, db, vault } = openVault();
  await vault.store(entries);
  const before = db.prepare('SELECT * FROM vault').all();
  await vault.store(entries);
  await new SqliteVault(db, { master, knownTokens: 0 }).store([...entries, ...entries]);
  await openVault(folder).vault.store(entries);
  expect(db.prepare('SELECT * FROM vault').all()).toEqual(before);
});

it('asks the database nothing for a token that it remembers', async () => {
  const { db, vault } = openVault();
  await vault.store(entries);
  db.close();
  await vault.store(entries);
  await expect(vault.store([{ token: 'tk_9', value: 'new' }])).rejects.toThrow(/not open|finalized/);
});

it.each(['key', 'iv', 'body'])('fails loudly when %s was tampered with', async (column) => {
  const { db, vault } = openVault();
  await vault.store(entries);
  const stored = db.prepare(`SELECT ${column} AS x FROM vault WHERE token = 'tk_2'`).get()?.x;
  const length = stored instanceof Uint8Array ? stored.byteLength : 0;
  for (let position = 0; position < length; position++) {
    const changed = Buffer.from(stored instanceof Uint8Array ? stored : []);
    changed[position] = (changed[position] ?? 0) ^ 1;
    db.prepare(`UPDATE vault SET ${column} = ? WHERE token = 'tk_2'`).run(changed);
    await expect(vault.reveal(['tk_2'])).rejects.toThrow(VaultError);
  }
  db.exec(`UPDATE vault SET ${column} = x'' WHERE token = 'tk_2'`);
  await expect(vault.reveal(['tk_2'])).rejects.toThrow(/tk_2 does not open/);
  expect((await vault.reveal(['tk_1'])).get('tk_1')).toBe('+8613800138000');
});

it('fails loudly when a row was moved to another token', async () => {
  const { db, vault } = openVault();
  await vault.store(entries);
  db.exec("DELETE FROM vault WHERE token = 'tk_1'; UPDATE vault SET token = 'tk_1' WHERE token = 'tk_2'");
  await expect(vault.reveal(['tk_1'])).rejects.toThrow(VaultError);
});

it('refuses another master key at start, also while it is empty', () => {
  const { folder } = openVault();
  expect(() => openVault(folder, randomBytes(32))).toThrow(VaultError);
});

it('forgets values and keys so that no file holds their bytes, and stores them anew', async () => {
  const { db, bytes, vault } = openVault();
  await vault.store(entries);
  const row = db.prepare("SELECT key, body FROM vault WHERE token = 'tk_1'").get();
  const traces = [row?.key, row?.body].map((trace) => Buffer.from(trace instanceof Uint8Array ? trace : []));
  for (const trace of traces) expect(bytes().includes(trace)).toBe(true);
  await vault.forget(['tk_1', 'tk_unknown', '#key-check']);
  for (const trace of traces) expect(bytes().includes(trace)).toBe(false);
  expect([...(await vault.reveal(tokens)).keys()]).toEqual(['tk_2', 'tk_3']);
  await vault.store(entries);
  expect((await vault.reveal(['tk_1'])).get('tk_1')).toBe('+8613800138000');
});

it('stores anew what an enclosing transaction took back', async () => {
  const { db, vault } = openVault();
  db.exec('BEGIN');
  await vault.store(entries);
  db.exec('ROLLBACK');
  vault.rolledBack();
  expect((await vault.reveal(tokens)).size).toBe(0);
  await vault.store(entries);
  expect((await vault.reveal(tokens)).size).toBe(3);
});
