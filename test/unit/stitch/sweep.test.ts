import { describe, expect, it } from 'vitest';
import {
  beginChange,
  compileActive,
  readRules,
  rulesOfVersion,
} from '../../../functions/shared/identity/active-rules.ts';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { type SweepDeps, sweepStep } from '../../../functions/stitch/sweep.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import type { IdentityRules } from '../../../schemas/identifier.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';
import { expectSwept } from '../../support/sweep-properties.ts';

const AT = '2026-03-15T12:00:00.000Z';

/** A store with events in it, whose rules can be changed. */
async function worldOf(shipped: IdentityRules, events: readonly CleanEvent[]) {
  const store = new MemoryDocStore();
  const live = compileActive({ active: shipped, next: null, history: [] });
  const world = stitchWorld({ store, rules: live });
  world.clock.tick = 1;
  for (let from = 0; from < events.length; from += 50) await stitch(events.slice(from, from + 50), world.deps);
  const reload = async () => void Object.assign(live, compileActive((await readRules(store, shipped)).doc));
  const begin = async (rules: IdentityRules) => {
    await beginChange(rules, store, { by: 'anna', why: 'a test', at: AT, shipped });
    await reload();
  };
  const sweep = async () => {
    for (;;) {
      const step = await sweepStep({ ...world.deps, shipped }, 40);
      if (step.activated) await reload();
      if (step.sweep?.phase === 'done') return step.sweep;
    }
  };
  const oneId = async (key: string) => (await readPersonByKey(store, key))?.person.one_id;
  return { store, world, begin, sweep, oneId };
}

const change = (version: number, over: Partial<IdentityRules>, joins: readonly string[] = []): IdentityRules => ({
  ...SHIPPED_RULES,
  version,
  ...over,
  types: SHIPPED_RULES.types.map((rule) => ({
    ...rule,
    weak_may_join: rule.weak_may_join || joins.includes(rule.type),
  })),
});

/** Members that sign in at one kiosk, each with a cookie of his own as well. */
const kiosk = (members: number): CleanEvent[] =>
  Array.from({ length: members }, (_, n) => [
    cleanEvent([`user_id:m${n}`, 'device_id:kiosk'], { occurred_at: `2026-03-14T00:00:0${n % 10}.000Z` }),
    cleanEvent([`user_id:m${n}`, `anonymous_id:c${n}`]),
  ]).flat();

describe('a sweep', () => {
  it('joins more components than one transaction can write, whose hub had forgotten most of them', async () => {
    const events = kiosk(150);
    const { store, world, begin, sweep, oneId } = await worldOf({ ...SHIPPED_RULES, max_degree: 20 }, events);
    const before = await oneId('device_id:kiosk');
    const loose = change(2, { max_degree: 400 }, ['user_id']);
    await begin(loose);
    const done = await sweep();
    expect(done.refused).toEqual([]);
    await expectSwept(events, world, { store, rules: compileRules(loose) });
    expect((await readPersonByKey(store, 'device_id:kiosk'))?.person.shared).toBe(false);
    const tight = change(3, { max_degree: 20 });
    await begin(tight);
    await sweep();
    await expectSwept(events, world, { store, rules: compileRules(tight) });
    expect(await oneId('device_id:kiosk')).toBe(before);
  });

  it('may be overtaken by an event that joins as many', async () => {
    const events = kiosk(150);
    const loose = change(2, {}, ['user_id']);
    const { store, world, begin, sweep } = await worldOf(SHIPPED_RULES, events);
    await begin(loose);
    const late = cleanEvent(['user_id:m7', 'device_id:kiosk'], { source_id: 'app' });
    const { events: outcomes } = await stitch([late], world.deps);
    expect(outcomes).toMatchObject([{ outcome: 'stitched' }]);
    expect(outcomes[0]?.reason).toBeUndefined();
    await sweep();
    await expectSwept([...events, late], world, { store, rules: compileRules(loose) });
  });

  it('isolates more identifiers of one person than one transaction could give a document each', async () => {
    const events = Array.from({ length: 98 }, (_, n) => cleanEvent(['user_id:m1', `anonymous_id:x${n}`]));
    const more = Array.from({ length: 60 }, (_, n) => cleanEvent(['user_id:m1', `device_id:x${n}`]));
    const wide = { ...SHIPPED_RULES, types: SHIPPED_RULES.types.map((rule) => ({ ...rule, limit: 200 })) };
    const { store, world, begin, sweep, oneId } = await worldOf(wide, [...events, ...more]);
    const blocked = { ...wide, version: 2, blocked_patterns: ['x\\d+'] };
    await begin(blocked);
    expect((await sweep()).refused).toEqual([]);
    await expectSwept([...events, ...more], world, { store, rules: compileRules(blocked) });
    const later = cleanEvent(['user_id:m1', 'anonymous_id:x3'], { source_id: 'app' });
    expect((await stitch([later], world.deps)).events).toMatchObject([{ outcome: 'stitched' }]);
    await begin({ ...wide, version: 3 });
    await sweep();
    expect(await oneId('anonymous_id:x3')).toBe(await oneId('user_id:m1'));
  });

  it('never takes a kiosk for somebody’s, whose neighbours it had forgotten, though fewer than the new bound are left', async () => {
    const events = kiosk(150);
    const shipped = { ...change(1, {}, ['user_id']), max_degree: 20 };
    const { store, world, begin, sweep } = await worldOf(shipped, events);
    const told = world.lake.of('identity_map').length;
    const wider = { ...shipped, version: 2, max_degree: 50 };
    await begin(wider);
    await sweep();
    expect(world.lake.of('identity_map').slice(told)).toEqual([]);
    await expectSwept(events, world, { store, rules: compileRules(wider) });
  });

  it('lets a buyer of many orders go, and isolates him again, as orders count towards nobody’s degree or do', async () => {
    const events = Array.from({ length: 30 }, (_, n) =>
      cleanEvent(['email:e1', `order_id:s:r${n}`], { verified: true }),
    );
    const plentiful = (version: number, is: boolean): IdentityRules => ({
      ...SHIPPED_RULES,
      version,
      max_degree: 5,
      types: SHIPPED_RULES.types.map((rule) => (rule.type === 'order_id' ? { ...rule, plentiful: is } : rule)),
    });
    const crm = cleanEvent(['user_id:m1', 'email:e1'], { source_id: 'crm', verified: true });
    const { store, world, begin, sweep, oneId } = await worldOf(plentiful(1, false), [...events, crm]);
    expect(await oneId('email:e1')).not.toBe(await oneId('user_id:m1'));
    for (const [version, is] of [
      [2, true],
      [3, false],
      [4, true],
    ] as const) {
      await begin(plentiful(version, is));
      expect((await readRules(store, SHIPPED_RULES)).sweep?.phase, 'waits for evidence').toBe(is ? 'collect' : 'join');
      await sweep();
      await expectSwept([...events, crm], world, { store, rules: compileRules(plentiful(version, is)) });
      expect((await oneId('email:e1')) === (await oneId('user_id:m1'))).toBe(is);
    }
  });

  it('blocks an identifier that never had evidence, and lets it go again', async () => {
    const { store, begin, sweep } = await worldOf(SHIPPED_RULES, [cleanEvent(['user_id:hard-coded'])]);
    const isShared = async () => (await readPersonByKey(store, 'user_id:hard-coded'))?.person.shared;
    await begin(change(2, { blocked_values: ['user_id:hard-coded'] }));
    await sweep();
    expect(await isShared()).toBe(true);
    await begin(change(3, {}));
    await sweep();
    expect(await isShared()).toBe(false);
  });

  it('leaves a component as it is that would pass its bound, says so, and lets its events go on', async () => {
    const events = kiosk(30);
    const { store, world, begin, sweep } = await worldOf(SHIPPED_RULES, events);
    await begin(change(2, { max_component: 40 }, ['user_id']));
    expect((await sweep()).refused.length).toBeGreaterThan(0);
    const { events: outcomes } = await stitch([cleanEvent(['user_id:m3', 'device_id:kiosk'])], world.deps);
    expect(outcomes).toMatchObject([{ outcome: 'stitched' }]);
    const fresh = await stitch([cleanEvent(['user_id:m3', 'anonymous_id:new'])], world.deps);
    expect(fresh.events).toMatchObject([{ outcome: 'stitched', reason: 'component_too_large' }]);
    expect((await readPersonByKey(store, 'user_id:m3'))?.aggregate.events).toBe(4);
  });
});

describe('a change of rules', () => {
  it('needs a greater version, and the change before to be over', async () => {
    const { begin, sweep, store } = await worldOf(SHIPPED_RULES, [cleanEvent(['user_id:m1'])]);
    await expect(begin(change(1, {}))).rejects.toThrow('greater version');
    await begin(change(5, { max_degree: 7 }));
    await expect(begin(change(6, {}))).rejects.toThrow('still under way');
    await sweep();
    await begin(change(6, {}));
    const { doc } = await readRules(store, SHIPPED_RULES);
    expect(doc.history.map(({ previous, version, by }) => [previous, version, by])).toEqual([
      [1, 5, 'anna'],
      [5, 6, 'anna'],
    ]);
    expect((await rulesOfVersion(5, store)).max_degree).toBe(7);
    await expect(rulesOfVersion(4, store)).rejects.toThrow('never in force');
  });

  it('is not resolved by rules that were read before it', async () => {
    const { begin, store, world } = await worldOf(SHIPPED_RULES, [cleanEvent(['user_id:m1'])]);
    await begin(change(2, {}, ['phone']));
    const stale = { ...world.deps, rules: compileRules(SHIPPED_RULES), shipped: SHIPPED_RULES };
    await expect(sweepStep(stale)).rejects.toThrow('read them anew');
    expect((await readRules(store, SHIPPED_RULES)).sweep?.phase).toBe('join');
  });
});

describe('a runner that is held up in the middle of a step', () => {
  /** A runner by the rules of version 2; at its first call of that name another ends its sweep, and all of the next change. */
  async function heldUpAt(call: 'commit' | 'scan') {
    const events = kiosk(20);
    const { store, world, begin, sweep } = await worldOf(SHIPPED_RULES, events);
    const loose = change(2, {}, ['user_id']);
    const tight = change(3, {});
    await begin(loose);
    let overtaken = false;
    const overtake = async (at: typeof call): Promise<void> => {
      if (overtaken || at !== call) return;
      overtaken = true;
      await sweep();
      await begin(tight);
      await sweep();
    };
    const deps: SweepDeps = {
      ...world.deps,
      shipped: SHIPPED_RULES,
      rules: compileRules(loose),
      store: {
        get: store.get.bind(store),
        commit: async (writes) => {
          await overtake('commit');
          return store.commit(writes);
        },
        scan: async (prefix, options) => {
          const page = await store.scan(prefix, options);
          await overtake('scan');
          return page;
        },
      },
    };
    return { events, store, world, tight, deps };
  }

  it.each(['commit', 'scan'] as const)('at a %s takes nothing back that another has done since', async (call) => {
    const { events, store, world, tight, deps } = await heldUpAt(call);
    await expect(sweepStep(deps)).rejects.toThrow(/has gone on without|Another sweep/);
    expect((await readRules(store, SHIPPED_RULES)).sweep).toMatchObject({ version: 3, phase: 'done' });
    await expectSwept(events, world, { store, rules: compileRules(tight) });
  });

  it('does not put its cursor over that of another, though it had nothing to change', async () => {
    const { store, world, begin } = await worldOf(SHIPPED_RULES, [cleanEvent(['user_id:m1', 'anonymous_id:c1'])]);
    const rules = change(2, {});
    await begin(rules);
    const deps: SweepDeps = { ...world.deps, shipped: SHIPPED_RULES, rules: compileRules(rules) };
    const slow: SweepDeps['store'] = {
      get: store.get.bind(store),
      commit: store.commit.bind(store),
      scan: async (prefix, options) => {
        await sweepStep(deps);
        await begin(change(3, { max_degree: 9 }));
        return store.scan(prefix, options);
      },
    };
    await expect(sweepStep({ ...deps, store: slow })).rejects.toThrow('Another sweep');
    expect((await readRules(store, SHIPPED_RULES)).sweep).toMatchObject({ version: 3, phase: 'join', looked: 0 });
  });
});
