import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beginChange } from '../../functions/shared/identity/active-rules.ts';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { RULES_SPREAD_MS, RulesInForce } from '../../functions/shared/identity/rules-in-force.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { isControl } from '../../functions/stitch/evidence.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { runSweep } from '../../local/rules/run-sweep.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { stitchWorld } from '../support/stitch.ts';
import { anyDelivery, anyEvents, deliveries } from '../support/stitch-events.ts';
import { dice } from '../support/stitch-properties.ts';
import { anyRules, expectSwept } from '../support/sweep-properties.ts';

const { identity_rules_trust_seconds: trustSeconds, stitch_timeout_seconds: timeoutSeconds } = TOPOLOGY.limits;

/** The runner's machine went away. */
class Killed extends Error {}

interface Story {
  readonly given: readonly CleanEvent[];
  readonly delivery: Parameters<typeof deliveries>[1];
  readonly before: IdentityRules;
  readonly after: IdentityRules;
  readonly seed: number;
}

/**
 * A deployment: several containers that swap rules when each of them reads anew, batches that take minutes, a store that is away
 * for the reads of rules now and then, and a runner that is killed again and again.
 */
async function deployment({ given, delivery, before, after, seed }: Story) {
  const events = given.map(({ attested: _, ...event }): CleanEvent => event);
  const max_degree = events.some(isControl) ? 100 : after.max_degree;
  const shipped = { ...before, version: 1, max_degree: 100 };
  const rules = { ...after, version: 2, max_degree };
  const random = dice(seed);
  const store = new MemoryDocStore();
  const world = stitchWorld({ store, random });
  world.clock.tick = 1;
  const versions = new Set<string>();
  const away = { get: () => (random() < 0.2 ? Promise.reject(new Error('The store is away.')) : undefined) };
  const containers = Array.from(
    { length: 3 },
    () =>
      new RulesInForce({
        store: { get: async (keys) => (await away.get()) ?? (await store.get(keys)) },
        shipped,
        clock: world.clock,
        onFault: () => undefined,
        trustSeconds,
      }),
  );
  const queue = deliveries(events, delivery);
  /** One container takes a batch, by the rules that it knows when it begins. */
  const takeNext = async (phase: string): Promise<void> => {
    const container = containers[Math.floor(random() * containers.length)];
    const batch = queue.shift();
    if (!container || !batch) return;
    const known = await container.get().catch(() => undefined);
    world.clock.at += random() * timeoutSeconds * 1000;
    if (known === undefined) return void queue.push(batch);
    versions.add(`${phase} ${known.rules.version}${known.next ? '+' : ''}`);
    await stitch(batch, { ...world.deps, rules: known });
  };
  return { events, shipped, rules, random, store, world, queue, takeNext, versions };
}

/** Runs the change while events flow, and says which rules were used when. */
async function changed(story: Story, spreadMs: number): Promise<ReadonlySet<string>> {
  const { events, shipped, rules, random, store, world, queue, takeNext, versions } = await deployment(story);
  const share = Math.ceil(queue.length / 4);
  while (queue.length > 3 * share) await takeNext('before');
  await beginChange(rules, store, { by: 'anna', why: 'property', at: '2026-03-15T12:00:00.000Z', shipped });
  const reads = {
    get: store.get.bind(store),
    commit: store.commit.bind(store),
    async scan(...[prefix, options]: Parameters<MemoryDocStore['scan']>) {
      if (queue.length > share) await takeNext('scan');
      if (random() < 0.1) throw new Killed();
      return await store.scan(prefix, { ...options, limit: 2 });
    },
  };
  const sleep = async (ms: number): Promise<void> => {
    if (ms < RULES_SPREAD_MS) return;
    const until = world.clock.at + spreadMs;
    while (world.clock.at < until && queue.length > 2 * share) await takeNext('wait');
    world.clock.at = Math.max(world.clock.at, until);
    if (random() < 0.2) throw new Killed();
  };
  for (let done = false; !done; ) {
    try {
      await runSweep({ ...world.deps, store: reads, shipped, sleep, say: () => undefined });
      done = true;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  while (queue.length > 0) await takeNext('after');
  await expectSwept(events, world, { store, rules: compileRules(rules) });
  return versions;
}

const stories: fc.Arbitrary<Story> = fc.record({
  given: anyEvents,
  delivery: anyDelivery,
  before: anyRules,
  after: anyRules,
  seed: fc.integer(),
});

describe('a change of rules where each container swaps at its own time', () => {
  test('leaves everything as the new rules say of all events', async () => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        for (const each of await changed(story, RULES_SPREAD_MS)) used.add(each);
      }),
      { numRuns: 150 },
    );
    expect([...used].filter((each) => !each.startsWith('before')).sort(), 'older and newer rules at once').toEqual(
      expect.arrayContaining(['wait 1', 'wait 1+', 'wait 2', 'scan 1+', 'scan 2', 'after 2']),
    );
    expect([...used]).not.toContain('scan 1');
  });

  test('would not, if its sweep did not wait for the slowest', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(stories, async (story) => void (await changed(story, 0))),
      { numRuns: 400, seed: 7, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  });
});
