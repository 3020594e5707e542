import { type Batches, type CostInputs, type Flow, ofRequest, SECONDS } from './model.ts';

/** Lambda reads a queue with so many readers as soon as anything is in it. */
const QUEUE_READERS = 5;
/** An on-demand stream has so many shards at least. */
const ON_DEMAND_SHARDS = 4;

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
