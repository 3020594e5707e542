import { describe, expect, test } from 'vitest';
import { type FireDeps, fire } from '../../../functions/fire/fire.ts';
import { LedgerConflict } from '../../../functions/fire/ledger.ts';
import type { DocStore } from '../../../functions/shared/doc-store.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { Message, Timer } from '../../../schemas/decision.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

const ADDED_AT = '2026-03-15T11:00:00.000Z';
const DUE_AT = '2026-03-15T11:30:00.000Z';

/** Loses the first races for a ledger, as if others kept writing it. */
class ContestedStore extends MemoryDocStore {
  races = 0;
  override async commit(writes: Parameters<MemoryDocStore['commit']>[0]): ReturnType<MemoryDocStore['commit']> {
    const [first] = writes;
    if (this.races > 0 && first?.key.startsWith('l:')) {
      this.races -= 1;
      return { ok: false, conflicts: [first.key] };
    }
    return super.commit(writes);
  }
}

/** Persons that left their carts, and their timers. `keys`: one event each. */
async function cartsLeft(keys: readonly (readonly string[])[], store: DocStore = new MemoryDocStore()) {
  const world = stitchWorld({ store, now: Date.parse(ADDED_AT) });
  await stitch(
    keys.map((each) => cleanEvent(each, { name: 'Product Added', occurred_at: ADDED_AT })),
    world.deps,
  );
  const messages: Message[] = [];
  let failures = 0;
  const channel = {
    send: async (message: Message) => {
      messages.push(message);
      if (failures > 0) {
        failures -= 1;
        throw new Error('The channel is away.');
      }
    },
  };
  world.clock.at = Date.parse(DUE_AT);
  const deps: FireDeps = { ...world.deps, channels: { outbox: channel, webhook: channel } };
  const fail = (times: number) => {
    failures = times;
  };
  return { world, deps, messages, fail, timers: world.bus.due() };
}

const only = (timers: readonly Timer[]): Timer => {
  const [timer] = timers;
  if (!timer || timers.length !== 1) throw new Error(`Expected one timer, got ${timers.length}.`);
  return timer;
};

describe('a timer is decided exactly once', () => {
  test('by a clock that lags behind, it is decided as of when it was due: its window has begun', async () => {
    const { world, deps } = await cartsLeft([]);
    world.clock.at = Date.parse('2026-03-15T12:00:00.000Z');
    const views = [13, 14, 15].map((day) =>
      cleanEvent(['user_id:m1'], {
        occurred_at: `2026-03-${day}T04:00:00.000Z`,
        local_date: `2026-03-${day}`,
        properties: { product_id: 'P1' },
      }),
    );
    await stitch(views, world.deps);
    const timer = only(world.bus.due());
    world.clock.at = Date.parse(timer.at) - 3;
    expect(await fire(timer, deps)).toMatchObject({ outcome: 'sent', decided_at: timer.at });
  });

  test('split since it was decided, a person is not sent the same once more', async () => {
    const { world, deps, messages } = await cartsLeft([['user_id:m1'], ['user_id:m2']]);
    const before = new Set(world.bus.due().map(({ name }) => name));
    const declare = (type: 'merge' | 'unmerge', minute: number) =>
      cleanEvent(['user_id:m1', 'user_id:m2'], {
        ...{ type, name: type, verified: true, source_id: 'crm', declared: { by: 'anna', why: 'asked to' } },
        occurred_at: `2026-03-15T11:0${minute}:00.000Z`,
      });
    world.clock.at = Date.parse(ADDED_AT);
    await stitch([declare('merge', 1)], world.deps);
    const added = { name: 'Product Added', occurred_at: '2026-03-15T11:02:00.000Z' };
    await stitch([cleanEvent(['user_id:m2'], added)], world.deps);
    world.clock.at = Date.parse('2026-03-15T11:40:00.000Z');
    const fireNew = async () => {
      for (const timer of world.bus.due()) if (!before.has(timer.name)) await fire(timer, deps);
    };
    await fireNew();
    expect(messages).toHaveLength(1);
    const known = world.bus.due().length;
    await stitch([declare('unmerge', 3)], world.deps);
    expect(world.bus.due().length).toBeGreaterThan(known);
    await fireNew();
    expect(messages).toHaveLength(1);
  });

  test('fired twice, it sends once and logs once', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1']]);
    const decision = await fire(only(timers), deps);
    expect(decision).toMatchObject({ outcome: 'sent', due_at: DUE_AT, campaign: 'cart-left-30-minutes' });
    expect(await fire(only(timers), deps)).toBeUndefined();
    expect(messages).toEqual([
      {
        send_id: decision?.send_id,
        campaign: 'cart-left-30-minutes',
        one_id: decision?.one_id,
        subject: '',
        template: 'cart-reminder',
        params: {},
        created_at: DUE_AT,
      },
    ]);
    expect(world.lake.of('decisions').map(({ decision_id }) => decision_id)).toEqual([decision?.decision_id]);
  });

  test('fired at once by two workers, it sends under one id', async () => {
    const { deps, messages, timers } = await cartsLeft([['user_id:m1']]);
    const timer = only(timers);
    await Promise.all([fire(timer, deps), fire(timer, deps), fire(timer, deps)]);
    expect(new Set(messages.map(({ send_id }) => send_id)).size).toBe(1);
  });

  test('twin timers of persons that were merged send once', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1'], ['anonymous_id:c1']]);
    expect(timers).toHaveLength(2);
    await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { type: 'identify' })], world.deps);
    const decisions = [];
    for (const timer of world.bus.due()) decisions.push(await fire(timer, deps));
    expect(decisions.filter((decision) => decision !== undefined)).toHaveLength(1);
    expect(messages).toHaveLength(1);
  });

  test('merged, and decided by another, while a worker hangs before it reads the ledger: only one is sent', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1'], ['anonymous_id:c1']]);
    // The id of m1 is the one that the merged person will not have: who saw m1 alone reads and writes another ledger.
    const slow = timers.find(({ owner }) => owner === 'user_id:m1');
    const quick = timers.find(({ owner }) => owner === 'anonymous_id:c1');
    if (!slow || !quick) throw new Error('two timers were armed');
    let hangs = true;
    const store: DocStore = {
      get: async (keys, options) => {
        if (hangs && keys.some((key) => key.startsWith('l:'))) {
          hangs = false;
          await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { type: 'identify' })], world.deps);
          expect(await fire(quick, deps)).toMatchObject({ outcome: 'sent' });
        }
        return await deps.store.get(keys, options);
      },
      commit: (writes) => deps.store.commit(writes),
      scan: (prefix, options) => deps.store.scan(prefix, options),
    };
    expect(await fire(slow, { ...deps, store })).toBeUndefined();
    expect(messages).toHaveLength(1);
    expect(world.lake.of('decisions')).toHaveLength(1);
    // What was taken back stands in nobody's way, and nobody sends it later.
    expect(await fire(slow, deps)).toBeUndefined();
    expect(await fire(quick, deps)).toBeUndefined();
    expect(messages).toHaveLength(1);
  });

  test('merged after the first twin was sent, the second finds its ledger', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1'], ['anonymous_id:c1']]);
    // The id of m1 is the one that the merged person will not have: its ledger is found through the identifier.
    const first = timers.find(({ owner }) => owner === 'user_id:m1');
    const second = timers.find(({ owner }) => owner === 'anonymous_id:c1');
    if (!first || !second) throw new Error('two timers were armed');
    expect((await fire(first, deps))?.outcome).toBe('sent');
    await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { type: 'identify' })], world.deps);
    expect(await fire(second, deps)).toBeUndefined();
    expect(messages).toHaveLength(1);
  });

  test('a lost race for the ledger is tried again', async () => {
    const store = new ContestedStore();
    const { deps, messages, timers } = await cartsLeft([['user_id:m1']], store);
    store.races = 3;
    expect((await fire(only(timers), deps))?.outcome).toBe('sent');
    expect(messages).toHaveLength(1);
  });

  test('a ledger that stays contested is given back, and nothing was sent', async () => {
    const store = new ContestedStore();
    const { deps, messages, timers } = await cartsLeft([['user_id:m1']], store);
    store.races = 100;
    await expect(fire(only(timers), deps)).rejects.toBeInstanceOf(LedgerConflict);
    expect(messages).toEqual([]);
  });

  test('a channel that fails is handed the same message when the timer comes again', async () => {
    const { deps, messages, timers, fail, world } = await cartsLeft([['user_id:m1']]);
    fail(1);
    await expect(fire(only(timers), deps)).rejects.toThrow('The channel is away.');
    world.clock.at += 60_000;
    const again = await fire(only(timers), deps);
    expect(again).toMatchObject({ outcome: 'sent', decided_at: DUE_AT });
    expect(await fire(only(timers), deps)).toBeUndefined();
    expect(messages).toHaveLength(2);
    expect(messages[1]).toEqual(messages[0]);
  });

  test('a decision stands, even where the person changed between the crash and the retry', async () => {
    const { deps, messages, timers, fail, world } = await cartsLeft([['user_id:m1']]);
    fail(1);
    await expect(fire(only(timers), deps)).rejects.toThrow();
    await stitch([cleanEvent(['user_id:m1'], { name: 'Order Completed', occurred_at: DUE_AT })], world.deps);
    expect((await fire(only(timers), deps))?.outcome).toBe('sent');
    expect(new Set(messages.map(({ send_id }) => send_id)).size).toBe(1);
  });
});

describe('what is not sent', () => {
  test('is logged with its reason, and no channel hears of it', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1']]);
    await stitch([cleanEvent(['user_id:m1'], { name: 'Order Completed', occurred_at: DUE_AT })], world.deps);
    const decision = await fire(only(timers), deps);
    expect(decision).toMatchObject({ outcome: 'not_sent', reason: 'condition_no_longer_true' });
    expect(decision?.send_id).toBeUndefined();
    expect(await fire(only(timers), deps)).toBeUndefined();
    expect(messages).toEqual([]);
    expect(world.lake.of('decisions').map(({ reason, send_id }) => [reason, send_id])).toEqual([
      ['condition_no_longer_true', null],
    ]);
  });

  test('a timer that a later event superseded is no decision', async () => {
    const { deps, messages, timers, world } = await cartsLeft([['user_id:m1']]);
    const again = cleanEvent(['user_id:m1'], { name: 'Product Added', occurred_at: '2026-03-15T11:10:00.000Z' });
    await stitch([again], world.deps);
    expect(await fire(only(timers), deps)).toBeUndefined();
    expect(messages).toEqual([]);
    expect(world.lake.of('decisions')).toEqual([]);
  });

  test('a timer of an unknown campaign or person is no decision', async () => {
    const { deps, timers } = await cartsLeft([['user_id:m1']]);
    expect(await fire({ ...only(timers), campaign: 'gone' }, deps)).toBeUndefined();
    expect(await fire({ ...only(timers), owner: 'user_id:nobody' }, deps)).toBeUndefined();
  });
});
