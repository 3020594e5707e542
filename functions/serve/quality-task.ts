import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { emitCounts } from '../shared/metrics.ts';
import type { QualityDesk } from '../shared/quality/desk.ts';

/** What the schedule asks of the function that otherwise answers the API. */
export const QualityTask = Type.Object({ task: Type.Literal('quality') }, { additionalProperties: false });
export type QualityTask = Static<typeof QualityTask>;

const validator = Compile(QualityTask);

export const isQualityTask = (event: unknown): event is QualityTask => validator.Check(event);

/**
 * Holds the last hours against the rules of data quality, and says how many are broken: as the metric that the alarm is on, and each
 * with its source in the log. @throws SqlError when the lake does not answer; the alarm on errors of the function tells.
 */
export async function reportQuality(desk: QualityDesk, emit: typeof emitCounts = emitCounts): Promise<void> {
  const alarms = await desk.alarms();
  const errors = alarms.filter(({ severity }) => severity === 'error').length;
  emit('serve', { broken_rules: alarms.length, broken_error_rules: errors });
  for (const { rule, source_id, value, threshold, events } of alarms)
    console.warn({ fault: 'quality rule broken', rule, source_id, value, threshold, events });
}
