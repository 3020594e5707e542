import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { DocStore } from '../functions/shared/doc-store.ts';
import { stitch } from '../functions/stitch/stitch.ts';
import { Checkpointer } from '../local/checkpointer.ts';
import { SqliteDocStore } from '../local/doc-store.ts';
import { type Random, randomOf } from '../local/seed/random.ts';
import { openDatabase } from '../local/sqlite.ts';
import type { CleanEvent } from '../schemas/event.ts';
import { eventBy, eventPool, SCALE_DAY, scalePerson, webIdentifiers } from './scale-people.ts';
import { fillStore } from './scale-store.ts';
import { stitchDeps } from './stages.ts';

/** Events of one batch, hence of one transaction. */
const BATCH = 100;
/** Few, since they change the store: thirty rounds add 6,000 visitors, also to the smallest. */
const BATCHES_PER_ROUND = 2;
/** More documents than a store remembers parsed: it starts as one that has been up for long. */
const WARM_DOCUMENTS = 60_000;
const WARM_UP_BATCHES = 6;
/** Numbers of people who are in no store when it is filled. */
const FIRST_NEW = 2 ** 30;
/** Of the events that are to merge: a visitor may meet the member that another event of the batch brought him to. */
const SHARE_MERGED = 0.9;
const LATER = SCALE_DAY + 3_600_000;

/**
 * `known`: one event each of people drawn evenly from all, nothing new in it about identity. `new_visitor`: one event each of
 * people never seen. `merge`: one event each by which somebody seen before signs in as a member drawn evenly from all.
 */
export const SCALE_KINDS = ['known', 'new_visitor', 'merge'] as const;
export type ScaleEvent = (typeof SCALE_KINDS)[number];

/** Microseconds per event; `cpu_us` is of all threads. */
export interface EventCost {
  readonly wall_us: number;
  readonly cpu_us: number;
}

/**
 * What the thread that moves the log takes meanwhile, of disk and CPU, is in the cost of the kind that filled it; `checkpoint` is
 * what was left to move at the end.
 */
export type ScaleCosts = Readonly<Record<ScaleEvent | 'checkpoint', EventCost>>;

export interface ScaleStoreFacts {
  readonly persons: number;
  readonly fill_seconds: number;
  readonly bytes: number;
}

/** Makes events of each kind, for a store that holds people 0 to `persons` − 1. */
export class ScaleTraffic {
  readonly #persons: number;
  readonly #pool: readonly CleanEvent[];
  readonly #random: Random;
  #made = 0;
  #nextNew = FIRST_NEW;
  #nextMerged = FIRST_NEW;

  constructor(persons: number, pool: readonly CleanEvent[], seed: number) {
    this.#persons = persons;
    this.#pool = pool;
    this.#random = randomOf(seed, 'scale');
  }

  /** As many events as a batch has; the people to be merged have to be new visitors of earlier batches. */
  batch(kind: ScaleEvent): CleanEvent[] {
    return Array.from({ length: BATCH }, () => {
      this.#made += 1;
      const event = eventBy(this.#random.pick(this.#pool), this.#identifiers(kind), `scale-${this.#made}`);
      return { ...event, occurred_at: new Date(LATER).toISOString() };
    });
  }

  #identifiers(kind: ScaleEvent): CleanEvent['identifiers'] {
    if (kind === 'known') return webIdentifiers(scalePerson(this.#random.int(0, this.#persons - 1)));
    if (kind === 'new_visitor') {
      this.#nextNew += 1;
      return [scalePerson(this.#nextNew).anonymous];
    }
    this.#nextMerged += 1;
    if (this.#nextMerged > this.#nextNew) throw new Error('Merges need new visitors first; this is a defect.');
    let member = scalePerson(this.#random.int(0, this.#persons - 1));
    while (member.kind === 'visitor') member = scalePerson(this.#random.int(0, this.#persons - 1));
    return [member.member, scalePerson(this.#nextMerged).anonymous];
  }
}

const deps = { ...stitchDeps({ put: async () => undefined }), clock: { now: () => LATER } };

/** Stitches one batch, and makes sure that it was what its kind says. @returns identifiers whose profiles changed */
export async function stitchBatch(
  kind: ScaleEvent,
  events: readonly CleanEvent[],
  store: DocStore,
): Promise<readonly string[]> {
  const { persons, touched } = await stitch(events, { ...deps, store });
  const changed = persons.filter(({ change }) => change === (kind === 'merge' ? 'merged' : 'created'));
  const losers = persons.filter(({ change }) => change === 'merged').length;
  const right =
    kind === 'known'
      ? persons.length === 0
      : kind === 'merge'
        ? losers >= SHARE_MERGED * events.length
        : changed.length === events.length;
  if (!right) throw new Error(`A batch of ${kind} changed ${persons.length} persons; the figure would be wrong.`);
  return touched;
}

async function timed(events: number, work: () => Promise<void> | void): Promise<EventCost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall_us = ((performance.now() - started) * 1000) / events;
  const { user, system } = process.cpuUsage(cpu);
  return { wall_us, cpu_us: (user + system) / events };
}

interface ScaleStore {
  readonly db: DatabaseSync;
  readonly store: SqliteDocStore;
  readonly checkpointer: Checkpointer;
}

/** So many batches of a kind, one after the other without a pause, until the log that they filled is moved. */
async function stitchAll(kind: ScaleEvent, batches: readonly CleanEvent[][], at: ScaleStore): Promise<void> {
  for (const batch of batches) {
    at.db.exec('BEGIN IMMEDIATE');
    await stitchBatch(kind, batch, at.store);
    at.db.exec('COMMIT');
    void at.checkpointer.committed();
  }
  await at.checkpointer.idle();
}

const batchesOf = (kind: ScaleEvent, count: number, traffic: ScaleTraffic): CleanEvent[][] =>
  Array.from({ length: count }, () => traffic.batch(kind));

/** Each kind by itself: a stall while the log is moved would else fall to whatever kind was at work by chance. */
async function measureKinds(rounds: number, traffic: ScaleTraffic, at: ScaleStore): Promise<ScaleCosts> {
  // The compiler is still at work.
  for (const kind of SCALE_KINDS) await stitchAll(kind, batchesOf(kind, WARM_UP_BATCHES, traffic), at);
  const cost = (kind: ScaleEvent): Promise<EventCost> => {
    const batches = batchesOf(kind, rounds * BATCHES_PER_ROUND, traffic);
    return timed(batches.length * BATCH, () => stitchAll(kind, batches, at));
  };
  const [known, new_visitor, merge] = [await cost('known'), await cost('new_visitor'), await cost('merge')];
  const events = SCALE_KINDS.length * rounds * BATCHES_PER_ROUND * BATCH;
  return { known, new_visitor, merge, checkpoint: await timed(events, () => at.checkpointer.close()) };
}

export interface ScaleOptions {
  readonly identifiers: number;
  readonly rounds: number;
}

const nextMessage = (): Promise<unknown> => new Promise((resolve) => process.once('message', resolve));

/** Fills a store, says so, waits until told, then measures. */
export async function scaleStore({ identifiers, rounds }: ScaleOptions): Promise<ScaleCosts> {
  const folder = mkdtempSync(join(tmpdir(), 'oneriver-scale-'));
  try {
    const path = join(folder, 'state.db');
    const pool = eventPool();
    const started = performance.now();
    const persons = await fillStore(path, identifiers, pool);
    const fill_seconds = (performance.now() - started) / 1000;
    const db = openDatabase(path, { sync: 'checkpoint' });
    const store = new SqliteDocStore(db);
    const warm = db.prepare('SELECT key FROM docs LIMIT ?').all(WARM_DOCUMENTS);
    await store.get(warm.map(({ key }) => String(key)));
    const facts = { persons, fill_seconds, bytes: statSync(path).size };
    const traffic = new ScaleTraffic(persons, pool, identifiers);
    process.send?.(facts satisfies ScaleStoreFacts);
    const checkpointer = new Checkpointer(db);
    await nextMessage();
    const costs = await measureKinds(rounds, traffic, { db, store, checkpointer });
    db.close();
    return costs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
