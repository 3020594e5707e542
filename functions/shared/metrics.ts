import { TOPOLOGY } from './topology.ts';

/** Where a line of metrics goes. Written past the console, which would wrap it. */
export interface MetricOutput {
  readonly now: number;
  write(line: string): unknown;
}

const standardOutput = (): MetricOutput => ({ now: Date.now(), write: (line) => process.stdout.write(line) });

/** The unit is in the name, as everywhere. */
const unitOf = (name: string): string => (name.endsWith('_seconds') ? 'Seconds' : 'Count');

function line(
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number>>,
  now: number,
): string {
  const directive = {
    Namespace: TOPOLOGY.metrics.namespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: Object.keys(values).map((Name) => ({ Name, Unit: unitOf(Name) })),
  };
  return `${JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics: [directive] }, ...dimensions, ...values })}\n`;
}

/**
 * Counts, and times whose names end in `_seconds`, as CloudWatch reads them out of the log (embedded metric format): no call,
 * no wait.
 */
export function emitCounts(
  stage: string,
  values: Readonly<Record<string, number>>,
  out: MetricOutput = standardOutput(),
): void {
  out.write(line({ stage }, values, out.now));
}

/** How often each reason occurred, as the metric `quarantined` with the reason as a dimension; a line a reason. */
export function emitReasons(stage: string, reasons: Iterable<string>, out: MetricOutput = standardOutput()): void {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const [reason, quarantined] of counts) out.write(line({ stage, reason }, { quarantined }, out.now));
}
