import fc from 'fast-check';
import { expect } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { type IdentifierDoc, identifierDocKey } from '../../functions/shared/person/docs.ts';
import { readPersonByKey } from '../../functions/shared/person/read.ts';
import { ownersOf } from '../../functions/stitch/owners.ts';
import { StitchConflict, stitch } from '../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { PLENTIFUL_RULES, TIGHT_RULES } from './identity.ts';
import { LaggingStore } from './lagging-store.ts';
import { cleanEvent, NOW, type StitchWorld, stitchWorld } from './stitch.ts';
import { anyCrowd, anyDelivery, anyEvents, anyObservations, deliveries } from './stitch-events.ts';
import {
  expectedOf,
  Interrupted,
  identityMapFaults,
  LostReply,
  MODEL_RULES,
  missingTimers,
  oneIdFaults,
  personChangeFaults,
  storedOf,
  UnreliableStore,
} from './stitch-model.ts';

/** Of the second, neighbours that do not count are many more than those that do. */
const CROWDED_RULES = [
  compileRules({ ...TIGHT_RULES, max_degree: 3 }),
  compileRules({ ...PLENTIFUL_RULES, max_degree: 2 }),
];

const byKey = (map: ReadonlyMap<string, string>) => Object.fromEntries([...map].sort());

/** Identifiers of which their component does not say rightly whether they own events. */
async function ownerFaults(store: DocStore, keys: Iterable<string>): Promise<string[]> {
  const faults: string[] = [];
  for (const key of keys) {
    const component = (await readPersonByKey(store, key))?.component;
    const doc = (await store.get([identifierDocKey(key)])).get(identifierDocKey(key))?.body as
      | IdentifierDoc
      | undefined;
    const isOwner = doc !== undefined && doc.aggregate.events > 0;
    if (component && ownersOf(component).includes(key) !== isOwner) faults.push(key);
  }
  return faults;
}

/** Persons, profiles, tags, One IDs and the lake's identity map are what the whole evidence says. */
async function expectOutcome(events: readonly CleanEvent[], store: DocStore, world: StitchWorld): Promise<void> {
  const { rules } = world.deps;
  const expected = expectedOf(events, rules);
  expect(byKey(await storedOf(store, expected.views.keys(), rules))).toEqual(byKey(expected.views));
  const rows = world.lake.of('identity_map');
  expect(await oneIdFaults(store, rows, expected)).toEqual([]);
  expect(identityMapFaults(rows, expected.oneIds)).toEqual([]);
  expect(personChangeFaults(world.lake.of('person_changes'), rows, expected.oneIds)).toEqual([]);
  expect(await ownerFaults(store, expected.views.keys())).toEqual([]);
  expect(missingTimers(world.bus.armed.values(), expected)).toEqual([]);
  const ids = (list: readonly { owner?: unknown; source_id?: unknown; event_id?: unknown }[]) =>
    [...new Set(list.map(({ owner, source_id, event_id }) => `${owner} ${source_id} ${event_id}`))].sort();
  expect(ids(world.lake.of('events'))).toEqual(ids(events));
}

/** One worker takes the batches one after the other, in two different deliveries; what may be behind often is. */
export const oneWorker = (open: () => DocStore) =>
  fc.asyncProperty(anyEvents, anyDelivery, fc.integer(), async (events, delivery, seed) => {
    const store = open();
    const world = stitchWorld({ store: new LaggingStore(store, dice(seed)), rules: MODEL_RULES });
    for (const batch of deliveries(events, delivery)) {
      world.clock.at += 1;
      const { events: outcomes } = await stitch(batch, world.deps);
      expect(outcomes).toHaveLength(batch.length);
    }
    await expectOutcome(events, store, world);
  });

/**
 * As above, with so few neighbours believed that many identifiers are named too often. What such an identifier forgets
 * could only matter if negative evidence came, so there is none.
 */
export const crowded = (open: () => DocStore) =>
  fc.asyncProperty(
    fc.oneof(anyObservations, anyCrowd),
    anyDelivery,
    fc.constantFrom(...CROWDED_RULES),
    async (events, delivery, rules) => {
      const store = open();
      const world = stitchWorld({ store, rules });
      for (const batch of deliveries(events, delivery)) {
        world.clock.at += 1;
        await stitch(batch, world.deps);
      }
      await expectOutcome(events, store, world);
    },
  );

/** A small generator of numbers in [0, 1) (mulberry32), so that a failing run can be repeated. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The lake is away for a moment. */
class LakeAway extends Error {}

/** What ends a batch without fault of its own: the stream delivers it again. */
const EXPECTED = [LostReply, Interrupted, StitchConflict, LakeAway] as const;

/** Takes batches until none is left; a batch that failed is delivered again, as a stream would. */
async function work(queue: CleanEvent[][], world: StitchWorld): Promise<void> {
  for (let batch = queue.shift(); batch; batch = queue.shift()) {
    try {
      world.clock.at += 1;
      await stitch(batch, world.deps);
    } catch (error) {
      if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
      queue.push(batch);
    }
  }
}

/** Four workers take batches of the same persons at once from an unreliable store. */
export const concurrentWorkers = (open: () => DocStore) =>
  fc.asyncProperty(anyEvents, anyDelivery, fc.integer(), async (events, delivery, seed) => {
    const inner = open();
    const random = dice(seed);
    const unreliable = new UnreliableStore(new LaggingStore(inner, random), random);
    const world = stitchWorld({ store: unreliable, rules: MODEL_RULES, random });
    world.clock.tick = 1;
    world.lake.fail = () => {
      if (random() < 0.05) throw new LakeAway('The lake is away.');
    };
    const queue = deliveries(events, delivery);
    await Promise.all([work(queue, world), work(queue, world), work(queue, world), work(queue, world)]);
    await expectOutcome(events, inner, world);
  });

const anyPair = fc.tuple(fc.nat(), fc.nat());

/**
 * `unmerge(merge(S, e)) = S`: whatever two identifiers somebody merges, taking it back leaves every person as it was, byte for byte: ids,
 * identifiers, traits, counters, tags and consents; and asks for no timer that was not asked for before.
 */
export const mergeTakenBack = (open: () => DocStore) =>
  fc.asyncProperty(anyObservations, anyPair, async (events, [x, y]) => {
    const store = open();
    const world = stitchWorld({ store, rules: MODEL_RULES });
    await stitch(events, world.deps);
    const keys = [...new Set(events.flatMap((event) => event.identifiers.map(identifierKey)))].sort();
    const [a = '', b = ''] = [keys[x % keys.length], keys[y % keys.length]];
    fc.pre(a !== b);
    const before = byKey(await storedOf(store, keys));
    const declare = (type: 'merge' | 'unmerge', minutes: number) => {
      const occurred_at = new Date(NOW + minutes * 60_000).toISOString();
      return cleanEvent([a, b], { type, event_id: type, verified: true, source_id: 'operators', occurred_at });
    };
    await stitch([declare('merge', 1)], world.deps);
    const merged = new Set(world.bus.armed.keys());
    await stitch([declare('unmerge', 2)], world.deps);
    expect(byKey(await storedOf(store, keys))).toEqual(before);
    const { timers, oneIds } = expectedOf(events);
    const late = [...world.bus.armed.values()].filter(({ name }) => !merged.has(name));
    const asked = late.map(({ campaign, subject, at, owner }) => `${campaign}|${subject}|${at}|${oneIds.get(owner)}`);
    expect(asked.filter((timer) => !timers.has(timer))).toEqual([]);
  });
