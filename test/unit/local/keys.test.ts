import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KeyFileError, loadKeys, loadOrCreateKey } from '../../../local/keys.ts';
import { dataFolder } from '../../support/data-folder.ts';

it('makes two different keys once, readable by their owner alone', () => {
  const folder = dataFolder();
  const first = loadKeys(folder);
  expect([first.token.byteLength, first.master.byteLength]).toEqual([32, 32]);
  expect(first.token.equals(first.master)).toBe(false);
  expect(loadKeys(folder)).toEqual(first);
  expect(readdirSync(join(folder, 'keys')).sort()).toEqual(['master.key', 'token.key']);
  expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
  for (const name of ['master', 'token'])
    expect(statSync(join(folder, 'keys', `${name}.key`)).mode & 0o777).toBe(0o600);
  expect(loadKeys(dataFolder()).master.equals(first.master)).toBe(false);
});

it('refuses a key file that others may read', () => {
  const path = join(dataFolder(), 'a.key');
  loadOrCreateKey(path);
  chmodSync(path, 0o640);
  expect(() => loadOrCreateKey(path)).toThrow(KeyFileError);
  chmodSync(path, 0o600);
  expect(loadOrCreateKey(path).byteLength).toBe(32);
});

it.each(['', 'short', 'x'.repeat(44), Buffer.alloc(33).toString('base64')])('refuses a damaged key file %#', (text) => {
  const path = join(dataFolder(), 'a.key');
  writeFileSync(path, text, { mode: 0o600 });
  expect(() => loadOrCreateKey(path)).toThrow(/restore it from a backup/);
});
