import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocStore, MAX_BODY_BYTES, MAX_COMMIT_WRITES, MAX_KEY_BYTES } from '../../functions/shared/doc-store.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';

export interface DocStoreUnderTest {
  readonly name: string;
  /** Why it cannot run here; printed with the skipped suite. */
  readonly skip?: string;
  /** How many random histories to try; fewer where a call is slow. */
  readonly histories: number;
  /** `contended` is the same store, whose commits also lose races that nobody won. */
  open(): Promise<{ store: DocStore; contended?: DocStore; close(): Promise<void> }>;
}

/** What every DocStore does. Each test has keys of its own, so one store serves them all. */
export function docStoreSuite(subject: DocStoreUnderTest): void {
  const title = `DocStore: ${subject.name}${subject.skip ? ` (skipped: ${subject.skip})` : ''}`;
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

    const fresh = (name = 'doc'): string => `${randomUUID()}|${name}`;
    const read = async (key: string) => {
      const document = (await store.get([key])).get(key);
      if (document === undefined) throw new Error(`get left out ${key}`);
      return document;
    };
    const put = async (key: string, body: unknown) => {
      const { version } = await read(key);
      expect(await store.commit([{ key, expected: version, body }])).toEqual({ ok: true });
      return (await read(key)).version;
    };

    describe('one document', () => {
      it('has version 0 and no body while it is missing', async () => {
        expect(await read(fresh())).toEqual({ version: 0, body: undefined });
      });

      it('is created with expected version 0, once', async () => {
        const key = fresh();
        expect(await store.commit([{ key, expected: 0, body: { n: 1 } }])).toEqual({ ok: true });
        const created = await read(key);
        expect(created.body).toEqual({ n: 1 });
        expect(created.version).toBeGreaterThan(0);
        expect(await store.commit([{ key, expected: 0, body: { n: 2 } }])).toEqual({ ok: false, conflicts: [key] });
        expect(await read(key)).toEqual(created);
      });

      it('is overwritten only at the version that was read', async () => {
        const key = fresh();
        const first = await put(key, 'one');
        const second = await put(key, 'two');
        expect(second).not.toBe(first);
        for (const stale of [first, second + 1]) {
          expect(await store.commit([{ key, expected: stale, body: 'three' }])).toEqual({
            ok: false,
            conflicts: [key],
          });
        }
        expect(await read(key)).toEqual({ version: second, body: 'two' });
      });

      it('conflicts when it is expected and missing', async () => {
        const key = fresh();
        for (const body of ['x', undefined]) {
          expect(await store.commit([{ key, expected: 7, body }])).toEqual({ ok: false, conflicts: [key] });
        }
        expect((await read(key)).version).toBe(0);
      });

      it('is deleted only at the version that was read', async () => {
        const key = fresh();
        const version = await put(key, 'x');
        for (const stale of [0, version + 1]) {
          expect(await store.commit([{ key, expected: stale, body: undefined }])).toEqual({
            ok: false,
            conflicts: [key],
          });
        }
        expect(await store.commit([{ key, expected: version, body: undefined }])).toEqual({ ok: true });
        expect(await read(key)).toEqual({ version: 0, body: undefined });
      });

      it('may be deleted while it is missing, if that is what is expected', async () => {
        const key = fresh();
        expect(await store.commit([{ key, expected: 0, body: undefined }])).toEqual({ ok: true });
        expect((await read(key)).version).toBe(0);
      });

      it('does not take back its old version when it is deleted and created again', async () => {
        const key = fresh();
        const old = await put(key, 'first life');
        await store.commit([{ key, expected: old, body: undefined }]);
        const young = await put(key, 'second life');
        expect(young).not.toBe(old);
        expect(await store.commit([{ key, expected: old, body: 'late' }])).toEqual({ ok: false, conflicts: [key] });
      });
    });

    describe('several documents', () => {
      it('answers each key once, however often it was asked for', async () => {
        const [a, b] = [fresh('a'), fresh('b')];
        await put(a, 1);
        const found = await store.get([a, b, a, b, a]);
        expect([...found.keys()].sort()).toEqual([a, b].sort());
        expect(found.get(a)?.body).toBe(1);
        expect(found.get(b)?.version).toBe(0);
        expect((await store.get([])).size).toBe(0);
      });

      it('answers what was stored, or what was before, where it may be behind', async () => {
        const [a, missing] = [fresh('a'), fresh('missing')];
        await put(a, 1);
        const first = await read(a);
        await put(a, 2);
        const found = await store.get([a, missing], { mayBeBehind: true });
        expect([{ version: 0, body: undefined }, first, await read(a)]).toContainEqual(found.get(a));
        expect(found.get(missing)).toEqual({ version: 0, body: undefined });
      });

      it('reads more than 100 keys at once', async () => {
        const keys = Array.from({ length: 250 }, (_, i) => fresh(`n${i}`));
        for (let i = 0; i < keys.length; i += MAX_COMMIT_WRITES) {
          const writes = keys.slice(i, i + MAX_COMMIT_WRITES).map((key, j) => ({ key, expected: 0, body: i + j }));
          expect(await store.commit(writes)).toEqual({ ok: true });
        }
        const missing = fresh('missing');
        const found = await store.get([...keys, missing]);
        expect(keys.map((key) => found.get(key)?.body)).toEqual(keys.map((_, i) => i));
        expect(found.get(missing)?.version).toBe(0);
      });

      it.each([2, 3, MAX_COMMIT_WRITES])('writes none of %i when one is stale', async (n) => {
        const keys = Array.from({ length: n }, (_, i) => fresh(`n${i}`));
        await store.commit(keys.map((key) => ({ key, expected: 0, body: 'old' })));
        const before = await store.get(keys);
        for (const position of [0, Math.floor(n / 2), n - 1]) {
          const stale = keys[position] ?? '';
          const writes = keys.map((key, i) => ({
            key,
            expected: (before.get(key)?.version ?? 0) + (key === stale ? 1 : 0),
            body: i % 2 === 0 ? 'new' : undefined,
          }));
          expect(await store.commit(writes)).toEqual({ ok: false, conflicts: [stale] });
          expect(await store.get(keys)).toEqual(before);
        }
      });

      it(`creates, overwrites and deletes ${MAX_COMMIT_WRITES} in one commit`, async () => {
        const keys = Array.from({ length: MAX_COMMIT_WRITES }, (_, i) => fresh(`n${i}`));
        const existing = keys.filter((_, i) => i % 3 !== 0);
        await store.commit(existing.map((key) => ({ key, expected: 0, body: 'old' })));
        const before = await store.get(keys);
        const bodyOf = (i: number): unknown => (i % 3 === 1 ? undefined : { i });
        const writes = keys.map((key, i) => ({ key, expected: before.get(key)?.version ?? 0, body: bodyOf(i) }));
        expect(await store.commit(writes)).toEqual({ ok: true });
        const after = await store.get(keys);
        expect(keys.map((key) => after.get(key)?.body)).toEqual(keys.map((_, i) => bodyOf(i)));
      });

      it('accepts an empty commit', async () => {
        expect(await store.commit([])).toEqual({ ok: true });
      });
    });

    describe('keys and bodies', () => {
      it('keeps odd keys apart', async () => {
        const prefix = fresh('');
        const long = 'k'.repeat(MAX_KEY_BYTES - prefix.length - 1);
        const odd = [...':|#Aa %\'"\\', '::', '😀', '😁', 'e\u0301', '\u00e9', '张三', '  '];
        const keys = [...odd, '\n', '\u0000', '\u0000x', '__proto__', `${long}1`, `${long}2`].map(
          (key) => prefix + key,
        );
        await store.commit(keys.map((key, i) => ({ key, expected: 0, body: i })));
        const found = await store.get(keys);
        expect(keys.map((key) => found.get(key)?.body)).toEqual(keys.map((_, i) => i));
      });

      it('refuses keys that cannot be stored everywhere', async () => {
        for (const key of ['', 'k'.repeat(MAX_KEY_BYTES + 1), '张'.repeat(400), '\ud83d']) {
          await expect(store.get([key])).rejects.toThrow(expect.objectContaining({ name: 'InvalidCommit' }));
          await expect(store.commit([{ key, expected: 0, body: 1 }])).rejects.toThrow(/key/);
        }
      });

      it('gives bodies back as they were', async () => {
        const unicode = { 姓名: '张三 😀', nested: [{ 'e\u0301': ['\u00e9', '\u0000', '\u2028'] }, [[]], {}] };
        const bodies = [
          null,
          true,
          0,
          -1.5e-7,
          2 ** 53,
          '',
          '😀',
          [],
          {},
          unicode,
          JSON.parse('{"__proto__":{"a":1}}'),
        ];
        const keys = bodies.map((_, i) => fresh(`b${i}`));
        await store.commit(keys.map((key, i) => ({ key, expected: 0, body: bodies[i] })));
        const found = await store.get(keys);
        keys.forEach((key, i) => {
          expect(JSON.stringify(found.get(key)?.body)).toBe(JSON.stringify(bodies[i]));
        });
      });

      it.each([
        ['300 KB that compress', 'river '.repeat(50_000)],
        ['300 KB that do not', pseudoRandomText(300_000)],
        ['300 KB of Chinese', '一川'.repeat(50_000)],
      ])('takes %s', async (_, text) => {
        const key = fresh();
        await put(key, { text });
        expect((await read(key)).body).toEqual({ text });
      });

      it('refuses what is too large or not JSON, by name and without writing', async () => {
        const [key, other] = [fresh(), fresh('other')];
        const tooLarge = [
          { key: other, expected: 0, body: 1 },
          { key, expected: 0, body: 'x'.repeat(MAX_BODY_BYTES) },
        ];
        await expect(store.commit(tooLarge)).rejects.toThrow(expect.objectContaining({ name: 'DocumentTooLarge' }));
        const many = Array.from({ length: 14 }, (_, i) => ({
          key: `${key}${i}`,
          expected: 0,
          body: 'x'.repeat(300_000),
        }));
        await expect(store.commit(many)).rejects.toThrow(expect.objectContaining({ name: 'DocumentTooLarge' }));
        const twice = [1, 2].map((body) => ({ key, expected: 0, body }));
        await expect(store.commit(twice)).rejects.toThrow(/twice/);
        const crowd = Array.from({ length: 101 }, (_, i) => ({ key: `${key}${i}`, expected: 0, body: i }));
        await expect(store.commit(crowd)).rejects.toThrow(/101 writes/);
        await expect(store.commit([{ key, expected: -1, body: 1 }])).rejects.toThrow(/not a version/);
        await expect(store.commit([{ key, expected: 0, body: () => 1 }])).rejects.toThrow(/not a JSON value/);
        expect([...(await store.get([key, other])).values()].map(({ version }) => version)).toEqual([0, 0]);
      });
    });

    it('loses no increment of 8 workers on shared counters', async () => {
      const counters = [fresh('a'), fresh('b'), fresh('c')];
      const store = opened.contended ?? opened.store;
      const increment = async (keys: readonly string[]): Promise<void> => {
        for (;;) {
          const found = await store.get(keys);
          const writes = keys.map((key) => {
            const { version, body } = found.get(key) ?? { version: 0, body: undefined };
            return { key, expected: version, body: { n: countOf(body) + 1 } };
          });
          if ((await store.commit(writes)).ok) return;
        }
      };
      const worker = async (w: number): Promise<void> => {
        // Each worker bumps one counter alone and two together, so puts and transactions meet.
        for (let i = 0; i < 10; i++) {
          await increment([counters[(w + i) % 3] ?? '']);
          await increment([counters[i % 3] ?? '', counters[(i + 1) % 3] ?? '']);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, w) => worker(w)));
      const found = await store.get(counters);
      expect(counters.reduce((sum, key) => sum + countOf(found.get(key)?.body), 0)).toBe(8 * 10 * 3);
    });

    it('equals the model over random histories', async () => {
      const step = fc.uniqueArray(
        fc.record({ doc: fc.nat(5), stale: fc.boolean(), body: fc.option(fc.jsonValue(), { nil: undefined }) }),
        { selector: ({ doc }) => doc, minLength: 1, maxLength: 4 },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (history) => {
          const model = new MemoryDocStore();
          const prefix = fresh('');
          const keys = Array.from({ length: 6 }, (_, i) => `${prefix}${i}`);
          for (const writes of history) {
            const commit = async (target: DocStore) => {
              const seen = await target.get(keys);
              return target.commit(
                writes.map(({ doc, stale, body }) => {
                  const key = `${prefix}${doc}`;
                  return { key, expected: (seen.get(key)?.version ?? 0) + (stale ? 1 : 0), body };
                }),
              );
            };
            const [expected, actual] = [await commit(model), await commit(store)];
            expect(sortConflicts(actual)).toEqual(sortConflicts(expected));
            const [wanted, got] = [await model.get(keys), await store.get(keys)];
            for (const key of keys) {
              expect(JSON.stringify(got.get(key)?.body)).toBe(JSON.stringify(wanted.get(key)?.body));
              expect(got.get(key)?.version === 0).toBe(wanted.get(key)?.version === 0);
            }
          }
        }),
        { numRuns: subject.histories },
      );
    });
  });
}

const countOf = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'n' in body && typeof body.n === 'number' ? body.n : 0;

const sortConflicts = (result: Awaited<ReturnType<DocStore['commit']>>) =>
  result.ok ? result : { ok: false, conflicts: [...result.conflicts].sort() };

/** Text that gzip cannot shorten much, the same in each run. */
function pseudoRandomText(length: number): string {
  let state = 1;
  const next = (): string => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(33 + ((state >>> 16) % 90));
  };
  return Array.from({ length }, next).join('');
}
