import { describe, expect, test } from 'vitest';
import type { CommitResult, DocStore, ScanOptions, ScanPage, Write } from '../../../functions/shared/doc-store.ts';
import { beginChange, compileActive, readRules } from '../../../functions/shared/identity/active-rules.ts';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import {
  type ComponentDoc,
  componentDocKey,
  type IdentifierDoc,
  identifierDocKey,
} from '../../../functions/shared/person/docs.ts';
import { findPersons, readPersonByKey } from '../../../functions/shared/person/read.ts';
import { readAnew, StaleRead, WorkingSet } from '../../../functions/shared/person/working-set.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { sweepStep } from '../../../functions/stitch/sweep.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';
import { expectSwept } from '../../support/sweep-properties.ts';

/** Lets something else happen once, after all other documents of a call were read and before those that `isLater` names. */
class TornReader implements DocStore {
  readonly #inner: DocStore;
  readonly #isLater: (key: string) => boolean;
  #interruption: (() => Promise<unknown>) | undefined;
  constructor(inner: DocStore, isLater: (key: string) => boolean, interruption: () => Promise<unknown>) {
    this.#inner = inner;
    this.#isLater = isLater;
    this.#interruption = interruption;
  }
  async get(keys: readonly string[]): ReturnType<DocStore['get']> {
    const interruption = this.#interruption;
    const later = keys.filter(this.#isLater);
    if (interruption === undefined || later.length === 0) return this.#inner.get(keys);
    this.#interruption = undefined;
    const early = await this.#inner.get(keys.filter((key) => !later.includes(key)));
    await interruption();
    return new Map([...early, ...(await this.#inner.get(later))]);
  }
  commit(writes: readonly Write[]): Promise<CommitResult> {
    return this.#inner.commit(writes);
  }
  scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    return this.#inner.scan(prefix, options);
  }
}

const componentOf = async (key: string, store: DocStore): Promise<string> => {
  const document = identifierDocKey(key);
  const body = (await store.get([document])).get(document)?.body as IdentifierDoc;
  return componentDocKey(body.component ?? '');
};
const membersOf = async (key: string, store: DocStore) => (await readPersonByKey(store, key))?.person.members;

/** {m1,c1,c2} and {d1,c3}; `merge` makes them one person, without an event of d1. */
async function twoPersons() {
  const store = new MemoryDocStore();
  const { deps } = stitchWorld({ store });
  await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1', 'anonymous_id:c2'])], deps);
  await stitch([cleanEvent(['device_id:d1', 'anonymous_id:c3'])], deps);
  const merge = () => stitch([cleanEvent(['anonymous_id:c2', 'anonymous_id:c3'])], deps);
  const left = await componentOf('device_id:d1', store);
  return { deps, merge, store, torn: new TornReader(store, (key) => key === left, merge) };
}
const ALL = ['anonymous_id:c1', 'anonymous_id:c2', 'anonymous_id:c3', 'device_id:d1', 'user_id:m1'];

describe('a pointer that leads to a component as it was before its identifier came', () => {
  test('puts the identifier into no second component', async () => {
    const { deps, store, torn } = await twoPersons();
    const batch = [cleanEvent(['user_id:m1']), cleanEvent(['device_id:d1', 'device_id:d2'])];
    await stitch(batch, { ...deps, store: torn });
    for (const key of [...ALL, 'device_id:d2']) {
      expect(await membersOf(key, store), key).toEqual([...ALL.slice(0, 4), 'device_id:d2', 'user_id:m1']);
    }
  });

  test('shows nobody a person that never was', async () => {
    const { store, torn } = await twoPersons();
    const found = await readAnew(torn, (ws) => findPersons(['user_id:m1', 'device_id:d1'], ws));
    expect(await membersOf('device_id:d1', store)).toEqual(ALL);
    for (const { person } of found.values()) expect(person.members).toEqual(ALL);
  });
});

describe('an identifier that left a component to stand alone', () => {
  const K = 'order_id:shop:1';
  const EMPTY: ComponentDoc = {
    to: null,
    moved: {},
    evidence: [],
    external: [],
    sightings: {},
    persons: [],
    changes: 1,
  };

  async function leaver() {
    const store = new MemoryDocStore();
    const put = async (key: string, body: unknown) => {
      const { version = 0 } = (await store.get([key])).get(key) ?? {};
      await store.commit([{ key, expected: version, body }]);
    };
    await put(componentDocKey('left'), EMPTY);
    await put(identifierDocKey(K), { key: K, component: 'left', armed: [] });
    const ws = new WorkingSet(store);
    await ws.load([identifierDocKey(K)]);
    return { store, put, ws };
  }

  test('is found there', async () => {
    const { ws } = await leaver();
    expect(await ws.locate([K])).toEqual(new Map([[K, 'left']]));
  });

  test('is found there also by what was just committed, unless somebody has changed it since', async () => {
    const { store, put, ws } = await leaver();
    ws.put(identifierDocKey(K), { key: K, component: 'left', armed: ['t'] });
    await store.commit([ws.write(identifierDocKey(K))]);
    expect(await ws.afterCommit([identifierDocKey(K)]).locate([K])).toEqual(new Map([[K, 'left']]));
    await put(identifierDocKey(K), { key: K, component: 'next', armed: ['t'] });
    await expect(ws.afterCommit([identifierDocKey(K)]).locate([K])).rejects.toBeInstanceOf(StaleRead);
  });
});

/** m1 and m2 gave one phone number, which joins no two members, and both used one tablet, which is shared for that. */
async function tabletOfTwo() {
  const store = new MemoryDocStore();
  const rules = { ...SHIPPED_RULES, version: 2, max_degree: SHIPPED_RULES.max_degree + 1 };
  const live = compileActive({ active: SHIPPED_RULES, next: null, history: [] });
  const world = stitchWorld({ store, rules: live });
  world.clock.tick = 1;
  const batches = ['phone:p1', 'device_id:d1'].map((key) =>
    ['user_id:m1', 'user_id:m2'].map((member) => cleanEvent([member, key], { verified: true })),
  );
  for (const batch of batches) await stitch(batch, world.deps);
  const reload = async () => void Object.assign(live, compileActive((await readRules(store, SHIPPED_RULES)).doc));
  await beginChange(rules, store, {
    by: 'anna',
    why: 'a test',
    at: '2026-03-15T12:00:00.000Z',
    shipped: SHIPPED_RULES,
  });
  await reload();
  const sweep = async (through: DocStore): Promise<void> => {
    for (let phase = ''; phase !== 'done'; await reload()) {
      const step = await sweepStep({ ...world.deps, store: through, shipped: SHIPPED_RULES });
      phase = step.sweep?.phase ?? 'done';
    }
  };
  return { store, world, events: batches.flat(), sweep, rules: compileRules(rules) };
}

test('a sweep gives a tablet no second component that is released while it is looked for', async () => {
  const { store, world, events, sweep, rules } = await tabletOfTwo();
  const declared = { by: 'anna', why: 'sold' };
  const release = cleanEvent(['device_id:d1'], { type: 'unbind', verified: true, source_id: 'operators', declared });
  const d1 = identifierDocKey('device_id:d1');
  const torn = new TornReader(
    store,
    (key) => key === d1,
    () => stitch([release], world.deps),
  );
  await sweep(torn);
  await expectSwept([...events, release], world, { store, rules });
});
