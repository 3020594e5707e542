import { TOPOLOGY } from './topology.ts';

/**
 * Counts as CloudWatch reads them out of the log (embedded metric format): no call, no wait. Written past the console,
 * which would wrap the line.
 */
export function emitCounts(
  stage: string,
  counts: Readonly<Record<string, number>>,
  out: { now: number; write(line: string): unknown } = { now: Date.now(), write: (line) => process.stdout.write(line) },
): void {
  const directive = {
    Namespace: TOPOLOGY.metrics.namespace,
    Dimensions: [['stage']],
    Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
  };
  out.write(`${JSON.stringify({ _aws: { Timestamp: out.now, CloudWatchMetrics: [directive] }, stage, ...counts })}\n`);
}
