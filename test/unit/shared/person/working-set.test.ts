import { expect, test } from 'vitest';
import type { ReadOptions, Versioned } from '../../../../functions/shared/doc-store.ts';
import { StaleRead, WorkingSet } from '../../../../functions/shared/person/working-set.ts';
import { MemoryDocStore } from '../../../support/memory-doc-store.ts';

/** Answers what may be behind as it was before the last write, and notes what was asked for. */
class BehindStore extends MemoryDocStore {
  readonly asked: [keys: readonly string[], mayBeBehind: boolean][] = [];
  before = new Map<string, Versioned>();

  override async get(keys: readonly string[], options?: ReadOptions): Promise<Map<string, Versioned>> {
    const mayBeBehind = options?.mayBeBehind === true;
    this.asked.push([keys, mayBeBehind]);
    const found = await super.get(keys);
    return mayBeBehind ? new Map(Array.from(found, ([key, doc]) => [key, this.before.get(key) ?? doc])) : found;
  }
}

async function behind() {
  const store = new BehindStore();
  await store.commit([{ key: 'a', expected: 0, body: 1 }]);
  const first = (await store.get(['a'])).get('a') ?? { version: 0, body: undefined };
  return { store, first };
}

test('a document that may be behind is confirmed once, and only where it was read so', async () => {
  const { store } = await behind();
  const ws = new WorkingSet(store);
  await ws.load(['a'], { mayBeBehind: true });
  await ws.load(['b']);
  store.asked.length = 0;
  await ws.confirm(['a', 'b', 'c']);
  await ws.confirm(['a', 'b', 'c']);
  expect(store.asked).toEqual([[['a'], false]]);
});

test('what was behind is a stale read', async () => {
  const { store, first } = await behind();
  await store.commit([{ key: 'a', expected: first.version, body: 2 }]);
  store.before = new Map([['a', first]]);
  const ws = new WorkingSet(store);
  await ws.load(['a'], { mayBeBehind: true });
  expect(ws.get('a')).toBe(1);
  await expect(ws.confirm(['a'])).rejects.toThrow(StaleRead);
});
