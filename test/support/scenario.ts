import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import type { CompiledRules } from '../../functions/shared/identity/resolve.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../../local/doc-store.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { Dice } from './dice.ts';
import { MemoryDocStore } from './memory-doc-store.ts';
import { cleanedAt, type Telling } from './scenario-events.ts';
import { ScenarioWorld } from './scenario-world.ts';
import { NOW, SHIPPED } from './stitch.ts';

/** A story: what was, what happens, what must then be seen. */
export interface Story {
  /** What is known before the story begins. */
  given(what: string, ...told: readonly Telling[]): void;
  /** What happens. */
  when(what: string, ...told: readonly Telling[]): void;
  /**
   * What must then be so. Everything told since the last look is delivered now, in whatever order and batches this run
   * delivers in; then the store must answer exactly what `resolve` makes of all evidence at once, and `check` must hold.
   */
  thenSee(what: string, check: (world: ScenarioWorld) => Promise<void> | void): Promise<void>;
}

export interface ScenarioOptions {
  readonly rules?: CompiledRules;
  /** The bounds of a component depend on what came first, by design: such a story says itself what it expects. */
  readonly withoutOracle?: boolean;
  /** A known defect: the story is as it should be, and must not pass until the defect is repaired. */
  readonly knownDefect?: boolean;
  /** A story of very many events: only as told, and shuffled with repeats, in batches of hundreds. */
  readonly heavy?: boolean;
}

type Deliver = (events: readonly CleanEvent[]) => CleanEvent[][];

const MINUTE_MS = 60_000;
/** Stories begin two weeks before the clock of the tests, a minute between two events. */
const BEGINNING = NOW - 14 * 24 * 60 * MINUTE_MS;
const SEED = 20_260_315;

const STORES: readonly (readonly [string, () => DocStore])[] = [
  ['in memory', () => new MemoryDocStore()],
  ['in SQLite', () => new SqliteDocStore(new DatabaseSync(':memory:'))],
];

const chunksOf = (events: readonly CleanEvent[], size: number): CleanEvent[][] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, n) => events.slice(n * size, (n + 1) * size));

/** A delivery is an object of its own, as it is when it comes from a stream. */
const copies = (events: readonly CleanEvent[]): CleanEvent[] => events.map((event) => structuredClone(event));

const shuffled = (events: readonly CleanEvent[]): CleanEvent[] => new Dice(SEED).shuffled(copies(events));

const DELIVERIES: Readonly<Record<string, Deliver>> = {
  'as told': (events) => chunksOf(copies(events), 100),
  [`shuffled (seed ${SEED})`]: (events) => chunksOf(shuffled(events), 3),
  backwards: (events) => chunksOf(copies(events).reverse(), 100),
  'each event twice': (events) => chunksOf([...copies(events), ...shuffled(events)], 20),
  'in batches of one': (events) => chunksOf(shuffled(events), 1),
};

const HEAVY_DELIVERIES: Readonly<Record<string, Deliver>> = {
  'as told': (events) => chunksOf(copies(events), 400),
  [`shuffled (seed ${SEED}), every fifth twice`]: (events) => {
    const again = copies(events.filter((_, n) => n % 5 === 0));
    return chunksOf([...again, ...shuffled(events)], 400);
  },
};

/** Tells a story in one way of delivery. */
function tellerIn(world: ScenarioWorld, deliver: Deliver): Story {
  const { stitched } = world;
  let untold: CleanEvent[] = [];
  let told = 0;
  const hear = (_what: string, ...tellings: readonly Telling[]): void => {
    for (const telling of tellings) {
      told += 1;
      const { events, quarantined } = cleanedAt(telling, { at: BEGINNING + told * MINUTE_MS, number: told });
      untold.push(...events);
      world.heard(events, quarantined);
    }
  };
  const thenSee: Story['thenSee'] = async (what, check) => {
    const batches = deliver(untold);
    untold = [];
    for (const batch of batches) {
      stitched.clock.at += 1;
      const { events } = await stitch(batch, stitched.deps);
      expect(events).toHaveLength(batch.length);
    }
    try {
      await world.expectOracle();
      await check(world);
    } catch (error) {
      if (error instanceof Error) error.message = `${what}: ${error.message}`;
      throw error;
    }
  };
  return { given: hear, when: hear, thenSee };
}

async function tell(
  story: (told: Story) => Promise<void>,
  { store, deliver, options }: { store: DocStore; deliver: Deliver; options: ScenarioOptions },
): Promise<void> {
  const world = new ScenarioWorld(store, { rules: SHIPPED, ...options });
  await story(tellerIn(world, deliver));
}

/** Tests of one story: in each store, and in each way of delivery. */
export function scenario(title: string, story: (told: Story) => Promise<void>, options: ScenarioOptions = {}): void {
  describe(title, () => {
    for (const [where, open] of STORES) {
      for (const [how, deliver] of Object.entries(options.heavy ? HEAVY_DELIVERIES : DELIVERIES)) {
        const run = options.knownDefect ? test.fails : test;
        run(`${where}, ${how}`, () => tell(story, { store: open(), deliver, options }));
      }
    }
  });
}
