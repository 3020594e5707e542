import type { QualityRules } from '../../../schemas/quality.ts';
import type { QualityAlarm } from '../../../schemas/quality-report.ts';
import { type QualitySources, readFields, readFigures } from './read.ts';
import { brokenRules } from './rules.ts';
import { lastHours } from './spans.ts';

/**
 * The rules that are broken in the last complete hours. It reads those hours and the same of the weeks before, and the JSON of
 * nothing but the events whose fields a rule names.
 */
export async function watchQuality(
  sources: QualitySources,
  rules: QualityRules,
  now: number,
): Promise<readonly QualityAlarm[]> {
  const { time_zone: zone, weeks, window_hours } = rules;
  const spans = [lastHours(now, window_hours, zone)];
  const calendar = { now, zone, weeks };
  const named = [...new Set(rules.rules.flatMap(({ event }) => event ?? []))];
  const withFields = [...new Set(rules.rules.flatMap((rule) => (rule.measure === 'null_share' ? rule.event : [])))];
  const comparesEvents = rules.rules.some(({ measure, event }) => measure === 'volume_ratio' && event !== undefined);
  const ofEvent = comparesEvents ? calendar : { ...calendar, weeks: 0 };
  const [bySource, byEvent] = await Promise.all([
    readFigures(sources, { spans, by: 'source' }, calendar),
    named.length === 0 ? undefined : readFigures(sources, { spans, events: named, by: 'event' }, ofEvent),
  ]);
  const ofEvents = byEvent?.rows ?? [];
  const fields =
    withFields.length === 0
      ? []
      : (await readFields(sources, { spans, events: withFields, by: 'event' }, ofEvents)).rows;
  return brokenRules(rules.rules, { rows: [...bySource.rows, ...ofEvents], fields });
}
