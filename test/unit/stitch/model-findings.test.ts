import { expect, test } from 'vitest';
import type { CommitResult, DocStore, ScanOptions, ScanPage, Write } from '../../../functions/shared/doc-store.ts';
import { identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

/* Races that the model in docs/model found in the code. */

const D1 = identifierDocKey('device_id:d1');

const view = (key: string, day: number): CleanEvent =>
  cleanEvent([key], {
    occurred_at: `2026-03-${day}T03:00:00.000Z`,
    local_date: `2026-03-${day}`,
    properties: { product_id: 'P1' },
  });

/** Lets something else happen once, before a document is read that `when` asks for. */
class InterruptedReader implements DocStore {
  readonly #inner: DocStore;
  readonly #when: (key: string) => boolean;
  #interruption: (() => Promise<unknown>) | undefined;
  constructor(inner: DocStore, when: (key: string) => boolean, interruption: () => Promise<unknown>) {
    this.#inner = inner;
    this.#when = when;
    this.#interruption = interruption;
  }
  async get(keys: readonly string[]): ReturnType<DocStore['get']> {
    if (this.#interruption && keys.some(this.#when)) {
      const interruption = this.#interruption;
      this.#interruption = undefined;
      await interruption();
    }
    return this.#inner.get(keys);
  }
  commit(writes: readonly Write[]): Promise<CommitResult> {
    return this.#inner.commit(writes);
  }
  scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    return this.#inner.scan(prefix, options);
  }
}

/** d1 has left its first component, which says where to, and its own document still points there. */
async function moved() {
  const store = new MemoryDocStore();
  const { deps } = stitchWorld({ store });
  await stitch([cleanEvent(['user_id:m1', 'anonymous_id:h'])], deps);
  await stitch([cleanEvent(['user_id:m1', 'device_id:d2'])], deps);
  await stitch([cleanEvent(['device_id:d1', 'anonymous_id:h'])], deps);
  await stitch([cleanEvent(['user_id:m2', 'anonymous_id:h'])], deps);
  const pointer = async (): Promise<string> => {
    const body = (await store.get([D1])).get(D1)?.body as { component: string };
    return `c:${body.component}`;
  };
  const first = await pointer();
  const back = () => stitch([cleanEvent(['user_id:m1', 'device_id:d1'])], deps);
  return { store, deps, back, isLater: (key: string) => key.startsWith('c:') && key !== first };
}

test('a pointer that is followed while its identifier comes back is a stale read, not a ring', async () => {
  const { store, deps, back, isLater } = await moved();
  await stitch([view('device_id:d1', 14)], { ...deps, store: new InterruptedReader(store, isLater, back) });
  const person = (await readPersonByKey(store, 'device_id:d1'))?.person;
  expect(person?.members).toEqual(['device_id:d1', 'device_id:d2', 'user_id:m1']);
});

test('nor is it a ring for who only reads', async () => {
  const { store, back, isLater } = await moved();
  const person = (await readPersonByKey(new InterruptedReader(store, isLater, back), 'device_id:d1'))?.person;
  expect(person?.members).toEqual(['device_id:d1', 'device_id:d2', 'user_id:m1']);
});

/** Does something else just before its commits of a component, and dies just after one, if it is to. */
class DyingStore implements DocStore {
  readonly #inner: DocStore;
  readonly #before: () => Promise<unknown>;
  readonly #dies: boolean;
  constructor(inner: DocStore, before: () => Promise<unknown>, dies: boolean) {
    this.#inner = inner;
    this.#before = before;
    this.#dies = dies;
  }
  get(keys: readonly string[]): ReturnType<DocStore['get']> {
    return this.#inner.get(keys);
  }
  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const isMerge = writes.some(({ key }) => key.startsWith('c:'));
    if (isMerge) await this.#before();
    const result = await this.#inner.commit(writes);
    if (isMerge && this.#dies) throw new Error('The worker died.');
    return result;
  }
  scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    return this.#inner.scan(prefix, options);
  }
}

/** Merges {d1,c1} and {d2,c2} by c1 and c2, while d1 and d2 bring what triggers only together. */
async function mergeOfHalves(dies: boolean) {
  const store = new MemoryDocStore();
  const { deps, bus } = stitchWorld({ store });
  const page = (...keys: string[]) => cleanEvent(keys, { type: 'page', occurred_at: '2026-03-12T00:00:00.000Z' });
  for (const n of [1, 2]) {
    await stitch([page(`device_id:d${n}`, `anonymous_id:c${n}`)], deps);
    await stitch([page(`device_id:d${n}`)], deps);
  }
  await stitch([view('device_id:d1', 13)], deps);
  const merge = [page('anonymous_id:c1', 'anonymous_id:c2')];
  const halves = async (): Promise<void> => {
    await stitch([view('device_id:d1', 14)], deps);
    await stitch([view('device_id:d2', 15)], deps);
  };
  const first = stitch(merge, { ...deps, store: new DyingStore(store, halves, dies) });
  const [{ status }] = await Promise.allSettled([first]);
  expect(status).toBe(dies ? 'rejected' : 'fulfilled');
  await stitch(structuredClone(merge), deps);
  expect((await readPersonByKey(store, 'device_id:d1'))?.person.members).toHaveLength(4);
  return bus.due().map(({ campaign }) => campaign);
}

test('a merge asks for what its halves had triggered meanwhile', async () => {
  expect(await mergeOfHalves(false)).toEqual(['viewed-three-days-coupon']);
});

test('and also where it dies after its commit, once its events come again', async () => {
  expect(await mergeOfHalves(true)).toEqual(['viewed-three-days-coupon']);
});
