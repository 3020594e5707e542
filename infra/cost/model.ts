import type { Size, Topology } from '../../functions/shared/topology.ts';
import type { Measured, PriceList, PriceName, Workload } from './inputs.ts';

/** What is deployed, as far as it costs. */
export interface Deployed {
  readonly size: Size;
  readonly topology: Topology;
  readonly firewall: boolean;
  /** Counted in the synthesised templates. */
  readonly counts: {
    readonly alarms: number;
    readonly kms_keys: number;
    readonly waf_rules: number;
    readonly dashboards: number;
  };
  /** How long the raw queue uses a data key before it asks KMS for another one. */
  readonly data_key_seconds: number;
  readonly memory_mib: Readonly<Record<'collect' | 'clean' | 'stitch' | 'fire', number>>;
}

export interface Usage {
  readonly events_per_month: number;
  readonly events_per_request: number;
  /** How many visitors the events of one request are of: 1 from an app's SDK, many from a server's. */
  readonly visitors_per_request: number;
}

export interface CostInputs extends Usage {
  readonly deployed: Deployed;
  readonly workload: Workload;
  readonly measured: Measured;
  readonly prices: PriceList;
}

export interface CostLine {
  /** The stage's folder, or `idle` for what is paid although nothing happens. */
  readonly stage: string;
  readonly item: string;
  readonly price: PriceName;
  readonly quantity: number;
  readonly usd: number;
}

const HOURS = 730;
const SECONDS = HOURS * 3_600;
const GB = 1e9;
const KINESIS_UNIT = 25 * 1_024;
const FIREHOSE_UNIT = 5 * 1_024;
/** Lambda reads a queue with so many readers as soon as anything is in it. */
const QUEUE_READERS = 5;
/** An on-demand stream has so many shards at least. */
const ON_DEMAND_SHARDS = 4;
const MIB_PER_VCPU = 1_769;

/** Batches that a function gets a month, and events in each. */
export interface Batches {
  readonly batches: number;
  readonly batch_events: number;
}

/** Figures that several stages need. */
export interface Flow {
  readonly requests: number;
  readonly raw_bytes: number;
  readonly clean: Batches;
  readonly stitch: Batches;
  /** Pairs of a batch and a visitor in it, a month: each costs the units of one event. */
  readonly visits: number;
  readonly sessions: number;
}

/** A quantity at its price. */
export type Line = (stage: string, item: string, price: PriceName, quantity: number) => CostLine;

export const lineMaker =
  (prices: PriceList): Line =>
  (stage, item, price, quantity) => {
    const of = prices.prices[price];
    const billed = Math.max(0, quantity - (of?.free ?? 0));
    return { stage, item, price, quantity, usd: of ? (billed * of.usd) / of.per : Number.NaN };
  };

/** Linear through the measured sizes of requests. */
export function ofRequest(measured: Measured, events: number, name: 'raw_bytes' | 'collect_cpu_ms'): number {
  const [small, large] = [measured.requests[0], measured.requests.at(-1)];
  if (!small || !large) throw new Error('infra/cost/measured.json has no requests: run npm run bench:cost.');
  const slope = (large[name] - small[name]) / (large.events - small.events);
  return small[name] + slope * (events - small.events);
}

/** GB seconds of so many invocations: CPU time at the memory's share of a core, and waiting for other services. */
export function gbSeconds(
  invocations: number,
  ms: { readonly cpu: number; readonly waiting: number },
  of: { readonly memory_mib: number; readonly slowdown: number },
): number {
  const cores = Math.min(1, of.memory_mib / MIB_PER_VCPU);
  const billed = Math.max(1, (ms.cpu * of.slowdown) / cores + ms.waiting);
  return (invocations * billed * of.memory_mib) / 1_024 / 1_000;
}

/** What the lines of a stage are made from. */
export interface Context extends CostInputs {
  readonly flow: Flow;
  readonly line: Line;
}

/** Invocations of a stage's function, and their time. */
export const lambda = (
  { line, deployed, workload }: Context,
  stage: keyof Deployed['memory_mib'],
  work: { invocations: number; cpu: number; waiting: number },
): CostLine[] => [
  line(stage, 'Lambda invocations', 'lambda_request', work.invocations),
  line(
    stage,
    'Lambda time',
    'lambda_gb_second',
    gbSeconds(work.invocations, work, {
      memory_mib: deployed.memory_mib[stage],
      slowdown: workload.lambda_cpu_slowdown,
    }),
  ),
];

/**
 * Batches a second of what arrives by chance and is shared out among `lanes`: a lane's window opens with the first arrival after
 * the last one, so it has 1 / (window + 1 / its rate) of them a second; more where the batches are full before that.
 */
export function batchesPerSecond(
  arrivals: number,
  of: { readonly lanes: number; readonly window_seconds: number; readonly batch_size: number },
): number {
  if (arrivals === 0) return 0;
  return Math.max(of.lanes / (of.window_seconds + of.lanes / arrivals), arrivals / of.batch_size);
}

/**
 * Batches at a time of the queue's reader: Lambda begins with five, and takes more only where messages are left over; a bound
 * below that is kept.
 */
export const queueLanes = ({ concurrency }: { readonly concurrency: number }): number =>
  Math.min(concurrency, QUEUE_READERS);

function batchesOf(events: number, perSecond: number): Batches {
  const batches = perSecond * SECONDS;
  return { batches, batch_events: batches === 0 ? 0 : events / batches };
}

/**
 * Records and bytes per event that clean puts on its stream from batches of so many events: a record for each bucket that one of
 * the batch's visitors is in, and more where that would be too large for one. How well they pack is measured.
 */
export function cleanRecords(
  inputs: Omit<CostInputs, 'workload' | 'prices'>,
  batch_events: number,
): { records: number; bytes: number } {
  const { measured, deployed, events_per_request, visitors_per_request } = inputs;
  if (batch_events === 0) return { records: 0, bytes: 0 };
  const points = measured.clean_stream.map(({ records_per_event, bytes_per_event }) => ({
    events: 1 / records_per_event,
    bytes: bytes_per_event,
  }));
  const buckets = deployed.topology.clean_grouping.owner_buckets;
  const visitors = (batch_events / events_per_request) * visitors_per_request;
  const hit = buckets * (1 - (1 - 1 / buckets) ** visitors);
  const events = Math.max(1, Math.min(batch_events / hit, points.at(-1)?.events ?? 1));
  const above = points.findIndex((point) => point.events >= events);
  const b = points[above];
  const a = points[Math.max(0, above - 1)];
  if (!a || !b) throw new Error('infra/cost/measured.json has no clean stream: run npm run bench:cost.');
  const share = a === b ? 0 : Math.log(events / a.events) / Math.log(b.events / a.events);
  return { records: 1 / events, bytes: a.bytes + (b.bytes - a.bytes) * share };
}

/** How the events of a month come together in batches and visits. */
export function flowOf(inputs: CostInputs): Flow {
  const { events_per_month: events, events_per_request, visitors_per_request, workload, measured, deployed } = inputs;
  const { consumers, streams } = deployed.topology;
  const requests = events / events_per_request;
  const cleanings = batchesPerSecond(requests / SECONDS, { ...consumers.clean, lanes: queueLanes(consumers.clean) });
  const clean = batchesOf(events, cleanings);
  const shards = streams.clean.shards ?? ON_DEMAND_SHARDS;
  const records = (events * cleanRecords(inputs, clean.batch_events).records) / SECONDS;
  const lanes = consumers.stitch.parallelization * shards;
  const stitchings = batchesPerSecond(records, { ...consumers.stitch, lanes });
  const sessions = events / workload.events_per_session;
  // A visitor's events meet in one batch when they come in one request, at once (a page and the product it shows), or within
  // the window of his session.
  const perVisitor = events_per_request / visitors_per_request;
  const inWindow =
    (workload.events_per_session / workload.active_seconds_per_session) * consumers.stitch.window_seconds;
  const together = Math.min(workload.events_per_session, Math.max(perVisitor, inWindow, workload.events_per_burst, 1));
  return {
    ...{ requests, sessions, clean, stitch: batchesOf(events, stitchings) },
    raw_bytes: ofRequest(measured, events_per_request, 'raw_bytes'),
    visits: events / together,
  };
}

/** Bytes of one line of metrics in a function's log. */
const METRIC_LINE_BYTES = 320;

export { FIREHOSE_UNIT, GB, HOURS, KINESIS_UNIT, METRIC_LINE_BYTES, SECONDS };
