import { describe, expect, test } from 'vitest';
import type { CommitResult, DocStore, Write } from '../../../functions/shared/doc-store.ts';
import { oneId } from '../../../functions/shared/identity/resolve.ts';
import { type ComponentDoc, identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { readPersonById, readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

/** Holds commits back until `waiting` of them have come, so that all of them were decided on the same state. */
class GatedStore extends MemoryDocStore {
  waiting = 0;
  readonly #held: (() => void)[] = [];
  override async commit(writes: readonly Write[]): Promise<CommitResult> {
    if (this.waiting > 0) {
      this.waiting -= 1;
      await new Promise<void>((go) => {
        this.#held.push(go);
        if (this.waiting === 0) for (const release of this.#held.splice(0)) release();
      });
    }
    return super.commit(writes);
  }
}

/** Refuses the first commit that holds a document, once asked to. */
class RefusingStore extends MemoryDocStore {
  refuse: string | undefined;
  override async commit(writes: readonly Write[]): Promise<CommitResult> {
    if (this.refuse === undefined || !writes.some(({ key }) => key === this.refuse)) return super.commit(writes);
    const conflicts = [this.refuse];
    this.refuse = undefined;
    return { ok: false, conflicts };
  }
}

const view = (key: string, day: number): CleanEvent =>
  cleanEvent([key], {
    occurred_at: `2026-03-${day}T03:00:00.000Z`,
    local_date: `2026-03-${day}`,
    properties: { product_id: 'P1' },
  });

/** One person under two identifiers, and one view of each that only together complete three days. */
async function twoHalves() {
  const store = new GatedStore();
  const world = stitchWorld({ store });
  await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { type: 'identify' })], world.deps);
  await stitch([view('user_id:m1', 13), cleanEvent(['anonymous_id:c1'], { type: 'page' })], world.deps);
  store.waiting = 2;
  return { world, batches: [[view('user_id:m1', 14)], [view('anonymous_id:c1', 15)]] };
}

const COUPON_DUE = [['viewed-three-days-coupon', '2026-03-16T02:00:00.000Z']];

describe('two workers on one person at once', () => {
  test('each saw half of the three days, and the coupon is still asked for', async () => {
    const { world, batches } = await twoHalves();
    await Promise.all(batches.map((batch) => stitch(batch, world.deps)));
    expect(world.bus.due().map(({ campaign, at }) => [campaign, at])).toEqual(COUPON_DUE);
  });

  test('and also where the bus was away then, once the stream delivers the events again', async () => {
    const { world, batches } = await twoHalves();
    const bus = {
      publish: async () => {
        throw new Error('The bus is away.');
      },
    };
    const results = await Promise.allSettled(batches.map((batch) => stitch(batch, { ...world.deps, bus })));
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    expect(world.bus.due()).toEqual([]);
    for (const batch of batches) await stitch(structuredClone(batch), world.deps);
    expect(world.bus.due().map(({ campaign, at }) => [campaign, at])).toEqual(COUPON_DUE);
  });
});

describe('a One ID that comes from a split', () => {
  test('leads to its person, even where the transaction of its founder lost a race', async () => {
    const store = new RefusingStore();
    const world = stitchWorld({ store });
    await stitch([cleanEvent(['anonymous_id:c1'], { occurred_at: '2026-03-14T00:00:00.000Z' })], world.deps);
    await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'])], world.deps);
    await stitch([cleanEvent(['user_id:m1'])], world.deps);
    expect(await readPersonById(store, oneId('user_id:m1'))).toBeUndefined();
    store.refuse = identifierDocKey('user_id:m1');
    await stitch([cleanEvent(['user_id:m2', 'anonymous_id:c1']), cleanEvent(['user_id:m1'])], world.deps);
    const person = await readPersonById(store, oneId('user_id:m1'));
    expect(person?.person.members).toEqual(['user_id:m1']);
    expect(person?.aggregate.events).toBe(3);
  });
});

/** Lets something else happen once, just before the first commit. */
class InterruptedStore implements DocStore {
  readonly #inner: DocStore;
  #interruption: (() => Promise<unknown>) | undefined;
  #over: Promise<unknown> | undefined;
  constructor(inner: DocStore, interruption: () => Promise<unknown>) {
    this.#inner = inner;
    this.#interruption = interruption;
  }
  get(keys: readonly string[]): ReturnType<DocStore['get']> {
    return this.#inner.get(keys);
  }
  async commit(writes: readonly Write[]): Promise<CommitResult> {
    this.#over ??= this.#interruption?.();
    await this.#over;
    return this.#inner.commit(writes);
  }
  scan(prefix: string): ReturnType<DocStore['scan']> {
    return this.#inner.scan(prefix);
  }
}

test('what was seen of a document that then lost its race does not hide a trigger', async () => {
  const store = new MemoryDocStore();
  const { deps, bus } = stitchWorld({ store });
  await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { type: 'identify' })], deps);
  await stitch([view('user_id:m1', 13), cleanEvent(['anonymous_id:c1'], { type: 'page' })], deps);
  const other = () => stitch([view('user_id:m1', 14)], deps);
  const interrupted = { ...deps, store: new InterruptedStore(store, other) };
  await stitch([cleanEvent(['user_id:m1'], { type: 'page' }), view('anonymous_id:c1', 15)], interrupted);
  expect(bus.due().map(({ campaign, at }) => [campaign, at])).toEqual(COUPON_DUE);
});

/** Its first read of one document was made before that was ever written. */
class EarlyReader implements DocStore {
  readonly #inner: DocStore;
  #early: string | undefined;
  constructor(inner: DocStore, early: string) {
    this.#inner = inner;
    this.#early = early;
  }
  async get(keys: readonly string[]): ReturnType<DocStore['get']> {
    const found = await this.#inner.get(keys);
    if (this.#early === undefined || !keys.includes(this.#early)) return found;
    found.set(this.#early, { version: 0, body: undefined });
    this.#early = undefined;
    return found;
  }
  commit(writes: readonly Write[]): Promise<CommitResult> {
    return this.#inner.commit(writes);
  }
  scan(prefix: string): ReturnType<DocStore['scan']> {
    return this.#inner.scan(prefix);
  }
}

test('a shared identifier that was read before it was written is read again, not joined', async () => {
  const store = new MemoryDocStore();
  const { deps } = stitchWorld({ store });
  await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1']), cleanEvent(['user_id:m2', 'anonymous_id:c1'])], deps);
  const late = { ...deps, store: new EarlyReader(store, identifierDocKey('anonymous_id:c1')) };
  await stitch([cleanEvent(['anonymous_id:c1']), cleanEvent(['user_id:m1', 'device_id:d1'])], late);
  const alone = async (key: string) => (await readPersonByKey(store, key))?.person;
  expect(await alone('anonymous_id:c1')).toMatchObject({ members: ['anonymous_id:c1'], shared: true });
  expect(await alone('device_id:d1')).toMatchObject({ members: ['device_id:d1', 'user_id:m1'], shared: false });
});

test('the One ID of a person that leaves another leads to it, though its own first write lost a race', async () => {
  const store = new MemoryDocStore();
  const { deps } = stitchWorld({ store });
  await stitch([cleanEvent(['device_id:d1', 'anonymous_id:c3'], { occurred_at: '2026-03-15T09:00:00.000Z' })], deps);
  const shared = [cleanEvent(['user_id:m1', 'anonymous_id:c3']), cleanEvent(['user_id:m2', 'anonymous_id:c3'])];
  const early = { ...deps, store: new EarlyReader(store, identifierDocKey('device_id:d1')) };
  await stitch([cleanEvent(['device_id:d1']), ...shared], early);
  expect((await readPersonById(store, oneId('device_id:d1')))?.person.members).toEqual(['device_id:d1']);
});

test('evidence that rests on what another event of its batch changes is not committed without it', async () => {
  const store = new RefusingStore();
  const { deps } = stitchWorld({ store });
  const browser = 'anonymous_id:c1';
  const known = [
    ['user_id:m1', browser],
    ['user_id:m2', browser],
    ['user_id:m2', 'device_id:d1'],
  ];
  for (const keys of known) await stitch([cleanEvent(keys)], deps);
  // Unbound from m2, the browser is m1's alone, who comes into m2's component; m1's own event finds him there.
  const unbind = cleanEvent(['user_id:m2', browser], { type: 'unbind', source_id: 'operators', verified: true });
  store.refuse = identifierDocKey('user_id:m2');
  await stitch([unbind, cleanEvent(['user_id:m1'])], deps);
  const person = async (key: string) => (await readPersonByKey(store, key))?.person.members;
  expect(await person('user_id:m1')).toEqual([browser, 'user_id:m1']);
  expect(await person('user_id:m2')).toEqual(['device_id:d1', 'user_id:m2']);
  expect((await readPersonByKey(store, 'user_id:m1'))?.aggregate.events).toBe(2);
  const components = (await store.scan('c:')).documents.map(([, { body }]) => body as ComponentDoc);
  expect(components.filter(({ sightings }) => Object.hasOwn(sightings, 'user_id:m1'))).toHaveLength(1);
});
