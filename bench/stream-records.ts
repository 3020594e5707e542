import { cleanRecord } from '../functions/clean/clean.ts';
import { packEvents } from '../functions/clean/clean-stream.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import { type Size, topologyOf } from '../functions/shared/topology.ts';
import { queueLanes } from '../infra/cost/flow.ts';
import { type Random, randomOf } from '../local/seed/random.ts';
import type { CleanEvent, Source } from '../schemas/event.ts';
import sources from '../schemas/sources/retail.json' with { type: 'json' };
import { Arrivals, EVENTS_PER_WINDOW, type Mix } from './arrivals.ts';
import { cleanDeps } from './stages.ts';

export interface RecordsOptions {
  readonly size: Size;
  /** People on the site, each with four events a second. */
  readonly people: number;
  readonly seconds: number;
  readonly events_per_request: number;
}

export interface RecordsRun extends RecordsOptions {
  readonly events: number;
  readonly messages: number;
  /** Batches that clean took from the queue. */
  readonly batches: number;
  readonly stream_records: number;
}

export interface QueueReaders {
  /** Batches that are gathered at a time. */
  readonly lanes: number;
  readonly window_seconds: number;
  /** Most messages of a batch. */
  readonly batch_size: number;
}

const MIX: Mix = { fresh: 0.5, visitor: 0.2, signs_in: 0.05 };
const MEMBERS = 500;
const START = Date.UTC(2026, 9, 1, 4);
/** What a function is busy with a batch, milliseconds: nothing is gathered for it meanwhile. */
const BUSY_MS = 100;

/**
 * The batches that readers of a queue make of messages: each message comes to one of those who wait, by chance. A batch is opened
 * by its first message, and handed over when its window is over or it is full; its reader waits again when the function is done.
 * @param arrivals epoch ms, ascending
 * @returns the indexes of the messages in each batch
 */
export function queueBatches(arrivals: readonly number[], readers: QueueReaders, random: Random): number[][] {
  const { window_seconds, batch_size } = readers;
  const lanes = Array.from({ length: readers.lanes }, () => ({ free: 0, closes: Number.POSITIVE_INFINITY, open: [0] }));
  const batches: number[][] = [];
  for (const lane of lanes) lane.open = [];
  const close = (lane: (typeof lanes)[number], at: number): void => {
    batches.push(lane.open);
    Object.assign(lane, { open: [], closes: Number.POSITIVE_INFINITY, free: at + BUSY_MS });
  };
  for (const [index, arrived] of arrivals.entries()) {
    for (const lane of lanes) if (lane.closes <= arrived) close(lane, lane.closes);
    const first = Math.min(...lanes.map(({ free }) => free));
    const at = Math.max(arrived, first);
    const lane = random.pick(lanes.filter(({ free }) => free <= at));
    if (lane.open.length === 0) lane.closes = at + window_seconds * 1_000;
    lane.open.push(index);
    if (lane.open.length === batch_size) close(lane, at);
  }
  for (const lane of lanes) if (lane.open.length > 0) close(lane, lane.closes);
  return batches;
}

/** Simulated arrivals through the queue of a size: how many records of the clean stream they become. */
export function measureRecords(options: RecordsOptions): RecordsRun {
  const { size, people, seconds, events_per_request } = options;
  const { clean_grouping, consumers } = topologyOf(size);
  const random = randomOf(1, 'queue');
  const visitors = new Arrivals(1, MEMBERS);
  const requests: { at: number; events: CleanEvent[] }[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const from = START + second * 1_000;
    const events = visitors.window(people, MIX, from);
    const count = Math.ceil(events.length / events_per_request);
    const times = Array.from({ length: count }, () => from + random.int(0, 999)).sort((a, b) => a - b);
    for (const [n, at] of times.entries()) {
      const own = events.slice(n * events_per_request, (n + 1) * events_per_request);
      requests.push({ at, events: cleaned(own, at) });
    }
  }
  const readers = { ...consumers.clean, lanes: queueLanes(consumers.clean) };
  const batches = queueBatches(
    requests.map(({ at }) => at),
    readers,
    random,
  );
  let stream_records = 0;
  for (const batch of batches) {
    const events = batch.flatMap((index) => requests[index]?.events ?? []);
    stream_records += packEvents(events, clean_grouping).length;
  }
  const events = requests.reduce((sum, request) => sum + request.events.length, 0);
  return { ...options, events, messages: requests.length, batches: batches.length, stream_records };
}

export const peopleFor = (eventsPerSecond: number): number =>
  Math.max(1, Math.round(eventsPerSecond / EVENTS_PER_WINDOW));

const web = (sources as Source[]).find(({ source_id }) => source_id === 'web');
const deps = cleanDeps();

function cleaned(events: readonly Record<string, unknown>[], at: number): CleanEvent[] {
  if (!web) throw new Error('The source "web" does not ship any more; name another one.');
  const received_at = new Date(at).toISOString();
  const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source: web, received_at };
  const record = encodeRaw({ ...head, request_id: `r${at}` }, Buffer.from(JSON.stringify({ batch: events })));
  const { events: clean } = cleanRecord(record, deps);
  if (clean.length === events.length) return clean;
  throw new Error(`Of ${events.length} events ${clean.length} are clean; the figure would be wrong.`);
}
