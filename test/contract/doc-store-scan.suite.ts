import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocStore, ScanOptions } from '../../functions/shared/doc-store.ts';
import type { DocStoreUnderTest } from './doc-store.suite.ts';

/** What a scan does in every DocStore. Each test has a prefix of its own, so one store serves them all. */
export function docStoreScanSuite(subject: DocStoreUnderTest): void {
  const title = `DocStore scan: ${subject.name}${subject.skip ? ` (skipped: ${subject.skip})` : ''}`;
  describe.skipIf(subject.skip !== undefined)(title, () => {
    let opened: Awaited<ReturnType<DocStoreUnderTest['open']>>;
    let store: DocStore;
    beforeAll(async () => {
      opened = await subject.open();
      store = opened.store;
    });
    afterAll(async () => {
      await opened?.close();
    });

    const prefixOf = (name: string): string => `${randomBytes(6).toString('hex')}${name}`;
    const create = async (keys: readonly string[]) => {
      for (let from = 0; from < keys.length; from += 100) {
        const writes = keys.slice(from, from + 100).map((key) => ({ key, expected: 0, body: { key } }));
        expect(await store.commit(writes)).toEqual({ ok: true });
      }
    };
    /** Keys of all pages; `between` runs after the first. */
    const readAll = async (prefix: string, limit?: number, between?: () => Promise<void>) => {
      const keys: string[] = [];
      let after: string | undefined;
      for (let page = 0; page === 0 || after !== undefined; page += 1) {
        const options: ScanOptions = { after, ...(limit === undefined ? {} : { limit }) };
        const { documents, next } = await store.scan(prefix, options);
        expect(documents.length).toBeLessThanOrEqual(limit ?? 200);
        keys.push(...documents.map(([key]) => key));
        after = next;
        if (page === 0) await between?.();
      }
      return keys;
    };

    it('reads nothing where nothing is', async () => {
      expect(await readAll(prefixOf('c:'))).toEqual([]);
    });

    it.each([1, 7, 60, 61, undefined])('reads every document of a prefix once, %s a page', async (limit) => {
      const prefix = prefixOf('c:');
      const keys = Array.from({ length: 60 }, (_, n) => `${prefix}${n % 2 ? n : `一川 ${n}`}`);
      await create(keys);
      expect((await readAll(prefix, limit)).sort()).toEqual([...keys].sort());
    });

    it('leaves out the neighbours of a prefix', async () => {
      const prefix = prefixOf('c:');
      const neighbours = [prefix.slice(0, -1), `${prefix.slice(0, -1)};x`, `${prefix.slice(0, -1)}9x`];
      await create([prefix, `${prefix}a`, `${prefix}\u{10ffff}`, `${prefix}\u0000`, ...neighbours]);
      const found = await readAll(prefix, 2);
      expect(found.sort()).toEqual([prefix, `${prefix}a`, `${prefix}\u{10ffff}`, `${prefix}\u0000`].sort());
    });

    it('gives the bodies and versions that a read gives', async () => {
      const prefix = prefixOf('c:');
      await create([`${prefix}a`, `${prefix}b`]);
      const { documents } = await store.scan(prefix);
      expect(new Map(documents)).toEqual(await store.get([`${prefix}a`, `${prefix}b`]));
    });

    it('reads what stays, while others are deleted, changed and created', async () => {
      const prefix = prefixOf('c:');
      const keys = Array.from({ length: 30 }, (_, n) => `${prefix}${String(n).padStart(2, '0')}`);
      await create(keys);
      const gone = keys.filter((_, n) => n % 3 === 0);
      const changed = keys.filter((_, n) => n % 3 === 1);
      const found = await readAll(prefix, 5, async () => {
        const now = await store.get(keys);
        const write = (key: string, body: unknown) => ({ key, expected: now.get(key)?.version ?? 0, body });
        await store.commit([...gone.map((key) => write(key, undefined)), ...changed.map((key) => write(key, 'new'))]);
        await create([`${prefix}15b`]);
      });
      expect(found).toEqual(expect.arrayContaining(keys.filter((key) => !gone.includes(key))));
      expect(new Set(found).size).toBe(found.length);
    });

    it('refuses prefixes and pages that not every store can scan', async () => {
      for (const prefix of ['', '一', 'c~', '\n']) await expect(store.scan(prefix)).rejects.toThrow(/printable ASCII/);
      for (const limit of [0, 1.5, 1001]) await expect(store.scan('c:', { limit })).rejects.toThrow(/1 to 1000/);
    });
  });
}
