import type { Size, Topology } from '../../functions/shared/topology.ts';
import type { Measured, PriceList, PriceName, Workload } from './inputs.ts';

/** What is deployed, as far as it costs. */
export interface Deployed {
  readonly size: Size;
  readonly topology: Topology;
  readonly firewall: boolean;
  readonly announce_new_persons: boolean;
  /** Counted in the synthesised templates. */
  readonly counts: {
    readonly alarms: number;
    readonly kms_keys: number;
    readonly waf_rules: number;
    readonly dashboards: number;
  };
  /** Of a line of the collector's, as it is billed. */
  readonly access_log_bytes: number;
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

/** Bytes of one line of metrics in a function's log. */
const METRIC_LINE_BYTES = 320;

export { FIREHOSE_UNIT, GB, HOURS, KINESIS_UNIT, METRIC_LINE_BYTES, SECONDS };
