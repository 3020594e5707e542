import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { emitCounts, type MetricOutput } from '../shared/metrics.ts';
import type { QualityDesk } from '../shared/quality/desk.ts';

/** What the schedule asks of the function that otherwise answers the API. */
export const QualityTask = Type.Object({ task: Type.Literal('quality') }, { additionalProperties: false });
export type QualityTask = Static<typeof QualityTask>;

/** Longest look, seconds: no caller waits for it. */
export const TASK_SECONDS = 100;

const validator = Compile(QualityTask);

export const isQualityTask = (event: unknown): event is QualityTask => validator.Check(event);

/**
 * Holds the last hours against the rules of data quality. The metric is 1 when none is broken, else 0, so that one alarm tells of both
 * a broken rule and a look that never came; each broken rule is in the log with its source.
 * @throws SqlError when the lake does not answer; then there is no metric, and the alarm on errors of the function tells.
 */
export async function reportQuality(desk: Pick<QualityDesk, 'alarms'>, out?: MetricOutput): Promise<void> {
  const alarms = await desk.alarms();
  emitCounts('serve', { quality_in_order: alarms.length === 0 ? 1 : 0 }, out);
  for (const { rule, source_id, value, threshold, events } of alarms)
    console.warn({ fault: 'quality rule broken', rule, source_id, value, threshold, events });
}
