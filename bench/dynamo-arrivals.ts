import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { cleanBatch } from '../functions/clean/batch.ts';
import { bucketOf, packEvents } from '../functions/clean/clean-stream.ts';
import { DynamoDocStore } from '../functions/shared/dynamo-doc-store.ts';
import { DynamoVault } from '../functions/shared/dynamo-vault.ts';
import type { StreamRecord } from '../functions/shared/kinesis-batch.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { stitchBatch } from '../functions/stitch/batch.ts';
import type { StitchDeps } from '../functions/stitch/stitch.ts';
import { queueLanes } from '../infra/cost/flow.ts';
import type { CleanEvent, Source } from '../schemas/event.ts';
import sources from '../schemas/sources/retail.json' with { type: 'json' };
import { startDynamoDbLocal } from '../test/support/dynamodb-local.ts';
import { Arrivals, EVENTS_PER_WINDOW, type Mix } from './arrivals.ts';
import { countUnits, noUnits, type Units } from './dynamo-tap.ts';
import { cleanDeps, stitchDeps } from './stages.ts';

/**
 * Who comes, by session of twelve events. `known`: nobody new, nobody signs in. `mixed`: half of the sessions are of visitors never
 * seen before, three in ten of members, and in one of twenty somebody signs in, a third of them for the first time. `new`: nobody was
 * ever seen.
 */
export const MIXES = {
  known: { fresh: 0, visitor: 0.55, signs_in: 0 },
  mixed: { fresh: 0.5, visitor: 0.2, signs_in: 0.05 },
  new: { fresh: 1, visitor: 0, signs_in: 0 },
} as const satisfies Readonly<Record<string, Mix>>;
export type MixName = keyof typeof MIXES;

export interface ArrivalsOptions {
  readonly mix: MixName;
  /** Seconds of traffic measured, and twice as many for the week before. */
  readonly seconds: number;
  /** Each event comes by itself, as at a trickle, instead of batches of a second. */
  readonly trickle: boolean;
}

export interface ArrivalsRun extends ArrivalsOptions {
  readonly events: number;
  /** Batches that stitch took. */
  readonly batches: number;
  /** What all calls to DynamoDB cost, per event: of stitch, and of clean. */
  readonly stitch: Units;
  readonly clean: Units;
}

const EVENTS_PER_SECOND = 1_000;
const EVENTS_PER_REQUEST = 20;
/** Who came in the week before: everybody that the measured mixes may take for known. */
const WEEK_BEFORE: Mix = { fresh: 0.4, visitor: 0.15, signs_in: 0.05 };
/** Per second measured: in the week before, each was there once or so. */
const MEMBERS_PER_SECOND = 70;
const DAYS_BEFORE = 6;
const START = Date.UTC(2026, 9, 1, 4);
const DAY_MS = 86_400_000;

/** KMS made up: what it answers goes into items of the right size, and none of its calls is a unit of DynamoDB. */
function madeUpKms(): KMSClient {
  const client = new KMSClient({ region: 'local', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  const output = { Plaintext: Buffer.alloc(32, 1), CiphertextBlob: Buffer.alloc(184, 2), $metadata: {} };
  client.middlewareStack.add(() => async () => ({ output, response: {} }), { step: 'initialize' });
  return client;
}

/** The two functions that write persons' state, on a table each, and what they cost. */
class Deployment {
  readonly units = { stitch: noUnits(), clean: noUnits() };
  batches = 0;
  now = START;
  readonly #vaults: readonly DynamoVault[];
  readonly #deps: StitchDeps;
  readonly #clean = cleanDeps();
  readonly #source: Source;
  #requests = 0;

  constructor(client: () => DynamoDBClient, tables: { persons: string; vault: string }) {
    const store = new DynamoDocStore({ client: countUnits(client(), this.units.stitch), table: tables.persons });
    this.#deps = { ...stitchDeps({ put: async () => undefined }), store, clock: { now: () => this.now } };
    const clients = { dynamo: countUnits(client(), this.units.clean), kms: madeUpKms() };
    const names = { table: tables.vault, keyId: 'key' };
    const containers = queueLanes(TOPOLOGY.consumers.clean);
    this.#vaults = Array.from({ length: containers }, () => new DynamoVault(clients, names));
    const source = (sources as Source[]).find(({ source_id }) => source_id === 'web');
    if (!source) throw new Error('The source "web" does not ship any more; name another one.');
    this.#source = source;
  }

  reset(): void {
    Object.assign(this.units.stitch, noUnits());
    Object.assign(this.units.clean, noUnits());
    this.batches = 0;
  }

  /** Events that arrive together, lot by lot, through clean and stitch; batched as the topology says. */
  async take(lots: readonly (readonly Record<string, unknown>[])[]): Promise<void> {
    for (const events of lots) {
      for (const records of stitchBatches(await this.#cleaned(events))) {
        await stitchBatch(records, this.#deps);
        this.batches += 1;
      }
    }
  }

  async #cleaned(events: readonly Record<string, unknown>[]): Promise<CleanEvent[]> {
    const lots = Array.from(this.#vaults, (): StreamRecord[] => []);
    for (let from = 0; from < events.length; from += EVENTS_PER_REQUEST) {
      this.#requests += 1;
      const record = this.#record({ batch: events.slice(from, from + EVENTS_PER_REQUEST) });
      lots[this.#requests % lots.length]?.push(record);
    }
    const cleaned: CleanEvent[] = [];
    const clean = { put: async (put: readonly CleanEvent[]) => void cleaned.push(...put) };
    for (const [at, records] of lots.entries()) {
      const vault = this.#vaults[at];
      if (!vault || records.length === 0) continue;
      await cleanBatch(records, this.#clean, { vault, clean, lake: { put: async () => undefined }, count: () => {} });
    }
    return cleaned;
  }

  #record(body: unknown): StreamRecord {
    const received_at = new Date(this.now).toISOString();
    const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source: this.#source, received_at };
    const bytes = encodeRaw({ ...head, request_id: `r${this.#requests}` }, Buffer.from(JSON.stringify(body)));
    return { bytes, arrived_at: received_at };
  }
}

/** What the parallel batches of one shard get of a window: the records of one owner bucket are never in two of them. */
function stitchBatches(events: readonly CleanEvent[]): StreamRecord[][] {
  const { clean_grouping, consumers } = TOPOLOGY;
  const { batch_size, parallelization } = consumers.stitch;
  const lots = Map.groupBy(events, ({ owner }) => {
    const bucket = Number(/\d+$/.exec(bucketOf(owner, clean_grouping.owner_buckets))?.[0]);
    return bucket % parallelization;
  });
  return Array.from(lots.values()).flatMap((lot) => {
    const records = packEvents(lot, clean_grouping).map(({ Data }) => ({ bytes: Data, arrived_at: '' }));
    return Array.from({ length: Math.ceil(records.length / batch_size) }, (_, at) =>
      records.slice(at * batch_size, (at + 1) * batch_size),
    );
  });
}

const perEvent = ({ calls, read, write, reported_read, reported_write }: Units, events: number): Units => ({
  ...{ calls: calls / events, read: read / events, write: write / events },
  ...{ reported_read: reported_read / events, reported_write: reported_write / events },
});

/** Request units of simulated arrivals, all of clean's and stitch's, against DynamoDB Local. */
export async function measureArrivals(options: ArrivalsOptions): Promise<ArrivalsRun> {
  const { seconds, trickle } = options;
  const local = await startDynamoDbLocal();
  try {
    const tables = { persons: await local.createTable(), vault: await local.createTable('token') };
    const deployment = new Deployment(local.client, tables);
    const arrivals = new Arrivals(1, MEMBERS_PER_SECOND * seconds);
    const people = EVENTS_PER_SECOND / EVENTS_PER_WINDOW;
    const week = Math.ceil((2 * seconds) / DAYS_BEFORE);
    for (let day = DAYS_BEFORE; day > 0; day -= 1) {
      for (let window = 0; window < week; window += 1) {
        const from = START - day * DAY_MS + window * 1000;
        deployment.now = from + 2000;
        await deployment.take([arrivals.window(people, WEEK_BEFORE, from)]);
      }
      arrivals.endSessions();
    }
    deployment.reset();
    let events = 0;
    for (let window = 0; window < seconds; window += 1) {
      const from = START + window * 1000;
      const arrived = arrivals.window(people, MIXES[options.mix], from);
      deployment.now = from + 2000;
      await deployment.take(trickle ? arrived.map((event) => [event]) : [arrived]);
      events += arrived.length;
    }
    const { units, batches } = deployment;
    return {
      ...options,
      events,
      batches,
      stitch: perEvent(units.stitch, events),
      clean: perEvent(units.clean, events),
    };
  } finally {
    await local.stop();
  }
}
