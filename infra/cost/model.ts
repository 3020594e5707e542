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
const MIB_PER_VCPU = 1_769;

/** Figures that several stages need. */
export interface Flow {
  readonly requests: number;
  readonly raw_bytes: number;
  /** Batches that stitch gets a month, and events in each. */
  readonly batches: number;
  readonly batch_events: number;
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

/** How the events of a month come together in batches and visits. */
export function flowOf({ events_per_month: events, ...inputs }: CostInputs): Flow {
  const { events_per_request, visitors_per_request, workload, measured, deployed } = inputs;
  const requests = events / events_per_request;
  const window = deployed.topology.consumers.stitch.window_seconds;
  const perWindow = Math.max((events / SECONDS) * window, events_per_request, 1);
  const batch_events = Math.min(perWindow, 4_000);
  const batches = events / batch_events;
  const sessions = events / workload.events_per_session;
  // A visitor's events meet in one batch when they come in one request, at once (a page and the product it shows), or within
  // the window of his session.
  const perVisitor = events_per_request / visitors_per_request;
  const inWindow = (workload.events_per_session / workload.active_seconds_per_session) * window;
  const together = Math.min(workload.events_per_session, Math.max(perVisitor, inWindow, workload.events_per_burst, 1));
  return {
    ...{ requests, batches, batch_events, sessions },
    raw_bytes: ofRequest(measured, events_per_request, 'raw_bytes'),
    visits: events / together,
  };
}

export { FIREHOSE_UNIT, GB, HOURS, KINESIS_UNIT, SECONDS };
