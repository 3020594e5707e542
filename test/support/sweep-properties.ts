import fc from 'fast-check';
import { expect } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { beginChange, compileActive, readRules } from '../../functions/shared/identity/active-rules.ts';
import { type CompiledRules, compileRules } from '../../functions/shared/identity/resolve.ts';
import { isControl } from '../../functions/stitch/evidence.ts';
import { ResolveConflict } from '../../functions/stitch/resweep.ts';
import { StitchConflict, stitch } from '../../functions/stitch/stitch.ts';
import { SweepConflict, type SweepDeps, sweepStep } from '../../functions/stitch/sweep.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { TIGHT_RULES } from './identity.ts';
import { type StitchWorld, stitchWorld } from './stitch.ts';
import { anyDelivery, anyEvents, deliveries } from './stitch-events.ts';
import {
  expectedOf,
  Interrupted,
  identityMapFaults,
  LostReply,
  missingTimers,
  oneIdFaults,
  storedOf,
  UnreliableStore,
} from './stitch-model.ts';
import { dice } from './stitch-properties.ts';

/** Rules that differ in everything that a company may change. */
export const anyRules: fc.Arbitrary<IdentityRules> = fc
  .record({
    limit: fc.constantFrom(1, 2, 3, 20),
    changed: fc.subarray(['user_id', 'phone', 'email', 'unionid', 'openid', 'device_id', 'anonymous_id']),
    joins: fc.boolean(),
    plentiful: fc.subarray(['device_id', 'anonymous_id', 'order_id']),
    window: fc.constantFrom<IdentityRules['types'][number]['limit_window']>('ever', 'day', 'year'),
    order: fc.boolean(),
    blocked_values: fc.subarray(['m1', 'c1', 'phone:p1', 'device_id:d1'], { maxLength: 2 }),
    blocked_patterns: fc.subarray(['o[0-9]', 'c[23]'], { maxLength: 1 }),
    max_degree: fc.constantFrom(2, 3, 5, 100),
    without: fc.constantFrom('', '', '', 'device_id'),
  })
  .map(({ limit, changed, joins, window, order, without, plentiful, ...rest }) => {
    const types = TIGHT_RULES.types
      .filter(({ type }) => type !== without)
      .map((rule) =>
        changed.includes(rule.type) ? { ...rule, limit, limit_window: window, weak_may_join: joins } : rule,
      )
      .map((rule) => ({ ...rule, plentiful: plentiful.includes(rule.type) && rule.weak_may_join }));
    return { ...TIGHT_RULES, ...rest, types: order ? types : types.toReversed() };
  });

const byKey = (map: ReadonlyMap<string, string>) => Object.fromEntries([...map].sort());

/** Everything is as if the new rules had been in force from the first event on. */
export async function expectSwept(
  events: readonly CleanEvent[],
  world: StitchWorld,
  { store, rules }: { store: DocStore; rules: CompiledRules },
): Promise<void> {
  const expected = expectedOf(events, rules);
  expect(byKey(await storedOf(store, expected.views.keys(), rules))).toEqual(byKey(expected.views));
  const rows = world.lake.of('identity_map');
  expect(await oneIdFaults(store, rows, expected)).toEqual([]);
  expect(identityMapFaults(rows, expected.oneIds)).toEqual([]);
  expect(missingTimers(world.bus.armed.values(), expected)).toEqual([]);
}

/** The lake is away for a moment. */
class LakeAway extends Error {}

const PASSING = [LostReply, Interrupted, StitchConflict, LakeAway, ResolveConflict, SweepConflict];

/** Whether it worked; a stream or a runner would try again. */
async function worked(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (PASSING.some((passing) => error instanceof passing)) return false;
    throw error;
  }
}

/** The rules of a running program: read anew from the store after each step, as a start after a crash does. */
function liveRules(store: DocStore, shipped: IdentityRules) {
  const live: CompiledRules = compileActive({ active: shipped, next: null, history: [] });
  const reload = async (): Promise<void> => {
    Object.assign(live, compileActive((await readRules(store, shipped)).doc));
  };
  return { live, reload };
}

/**
 * Events flow in, the rules change, more events flow in while the sweep goes on, crashing again and again, and some after:
 * in the end all is as the new rules say of all events.
 */
export const sweptWhileEventsFlow = (open: () => DocStore, unreliable: boolean) =>
  fc.asyncProperty(
    anyEvents,
    anyDelivery,
    fc.record({ before: anyRules, after: anyRules, seed: fc.integer(), limit: fc.constantFrom(1, 3, 100) }),
    async (given, delivery, { before, after, seed, limit }) => {
      // What a token vouches for is decided when an event comes in, by the rules of that day.
      const events = given.map(({ attested: _, ...event }): CleanEvent => event);
      const inner = open();
      const random = dice(seed);
      const store = unreliable ? new UnreliableStore(inner, random) : inner;
      // What a smaller bound cut off, no later rule and no release brings back: two full hubs forget that they met.
      const max_degree = events.some(isControl) ? 100 : after.max_degree;
      const [shipped, rules] = [
        { ...before, version: 1, max_degree: 100 },
        { ...after, version: 2, max_degree },
      ];
      const { live, reload } = liveRules(inner, shipped);
      const world = stitchWorld({ store, rules: live, random });
      world.clock.tick = 1;
      if (unreliable) {
        world.lake.fail = () => {
          if (random() < 0.05) throw new LakeAway('The lake is away.');
        };
      }
      const deps: SweepDeps = { ...world.deps, shipped };
      const queue = deliveries(events, delivery);
      const share = Math.floor(queue.length / 3);
      const takeNext = async (): Promise<void> => {
        const batch = queue.shift();
        if (batch && !(await worked(() => stitch(batch, world.deps)))) queue.push(batch);
      };
      while (queue.length > 2 * share) await takeNext();
      const change = { by: 'test', why: 'property', at: new Date(world.clock.at).toISOString(), shipped };
      await beginChange(rules, inner, change);
      await reload();
      for (let done = false; !done; ) {
        const step = () => worked(async () => (done = (await sweepStep(deps, limit)).sweep?.phase === 'done'));
        if (unreliable) await Promise.all([step(), queue.length > share ? takeNext() : undefined]);
        else {
          await step();
          await reload();
          if (queue.length > share) await takeNext();
        }
        await reload();
      }
      while (queue.length > 0) await takeNext();
      await expectSwept(events, world, { store: inner, rules: compileRules(rules) });
    },
  );
