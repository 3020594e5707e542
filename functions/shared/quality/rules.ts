import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  LatenessRule,
  NullRule,
  type QualityRule,
  QualityRules,
  ShareRule,
  VolumeRule,
} from '../../../schemas/quality.ts';
import type { FieldRow, QualityAlarm, QualityRow } from '../../../schemas/quality-report.ts';
import shipped from '../../../schemas/quality-rules.json' with { type: 'json' };
import type { TrackingPlan } from '../../../schemas/tracking-plan.ts';
import { faultOf } from '../definition-fault.ts';
import { own } from '../own.ts';
import { knownZone } from '../time.ts';

/** The rules are wrong; the message names the rule, the field and what was expected. */
export class QualityRulesError extends Error {
  override name = 'QualityRulesError';
}

const validator = Compile(QualityRules);

/** The first thing that is wrong; in a rule, by what it measures, since a list of why it is no other kind helps nobody. */
function firstFault(value: unknown): string {
  const rules: unknown = (value as { rules?: unknown } | null)?.rules;
  for (const rule of Array.isArray(rules) ? rules : []) {
    const { measure, id } = (rule ?? {}) as { measure?: unknown; id?: unknown };
    const schema: TSchema = BY_MEASURE[String(measure)] ?? ShareRule;
    if (Compile(schema).Check(rule)) continue;
    const { at, message } = faultOf(schema, rule);
    return `Quality rule ${JSON.stringify(id)}: ${at} ${message}.`;
  }
  const schema: TSchema = QualityRules;
  const { at, message } = faultOf(schema, value);
  return `Quality rules: ${at} ${message}.`;
}

const BY_MEASURE: Readonly<Record<string, TSchema>> = {
  lateness_p95_seconds: LatenessRule,
  volume_ratio: VolumeRule,
  null_share: NullRule,
};

/**
 * Rules that can be held against a tracking plan.
 * @throws QualityRulesError for what is no set of rules, an id that is used twice, a zone that is none, or an event or field that
 *   the plan does not name.
 */
export function checkRules(value: unknown, plan: TrackingPlan): QualityRules {
  if (!validator.Check(value)) throw new QualityRulesError(firstFault(value));
  if (knownZone(value.time_zone) === undefined)
    throw new QualityRulesError(`Quality rules: /time_zone must be an IANA zone such as Asia/Shanghai.`);
  const ids = new Set<string>();
  for (const rule of value.rules) {
    if (ids.has(rule.id)) throw new QualityRulesError(`Quality rule "${rule.id}" exists twice; ids must be unique.`);
    ids.add(rule.id);
    assertPlanned(rule, plan);
  }
  return value;
}

function assertPlanned(rule: QualityRule, plan: TrackingPlan): void {
  if (rule.event === undefined) return;
  const planned = own(plan.events, rule.event);
  if (!planned) throw new QualityRulesError(`Quality rule "${rule.id}": the plan has no event "${rule.event}".`);
  if (rule.measure === 'null_share' && !Object.hasOwn(planned.properties, rule.field))
    throw new QualityRulesError(`Quality rule "${rule.id}": "${rule.event}" has no field "${rule.field}" in the plan.`);
}

/** The rules that ship in `schemas/`; of another plan than the one that ships, those that are about its events. */
export const loadQualityRules = (plan: TrackingPlan): QualityRules =>
  checkRules(
    {
      ...shipped,
      rules: shipped.rules.filter(({ event }) => event === undefined || Object.hasOwn(plan.events, event)),
    },
    plan,
  );

/** What a rule measures, and of how many events. */
interface Measured {
  readonly value: number;
  readonly events: number;
}

/** Later than any bound: still a number, so that it can be compared and shown. */
const BEYOND_BOUNDS_SECONDS = 31_536_000;

function measure(rule: QualityRule, row: QualityRow): Measured | undefined {
  const { accepted: events, quarantined, duplicates, refused } = row;
  const of = (value: number | null, whole: number): Measured | undefined =>
    value === null ? undefined : { value, events: whole };
  switch (rule.measure) {
    case 'quarantine_share':
      return of(row.quarantine_share, events + quarantined);
    case 'duplicate_share':
      return of(row.duplicate_share, events + (duplicates ?? 0));
    case 'refused_share':
      return of(row.refused_share, events + quarantined + (refused ?? 0));
    case 'unplanned_share':
      return of(row.unplanned_share, events);
    case 'clock_skew_share':
      return of(row.clock_skew_share, events);
    case 'lateness_p95_seconds':
      return of(events === 0 ? null : (row.lateness.p95_seconds ?? BEYOND_BOUNDS_SECONDS), events);
    case 'volume_ratio':
      // Of what is expected: a source that fell silent has no events to be enough.
      return row.volume && row.volume.weeks > 1 ? of(row.volume.ratio, row.volume.expected) : undefined;
    case 'null_share':
      return undefined;
  }
}

/** The rules that are broken by the figures of their window; worst first. */
export function brokenRules(
  rules: readonly QualityRule[],
  { rows, fields }: { readonly rows: readonly QualityRow[]; readonly fields: readonly FieldRow[] },
): QualityAlarm[] {
  const alarms = rules.flatMap((rule) => {
    const isMeant = (row: { source_id: string; event: string }): boolean =>
      (rule.source === undefined || rule.source === row.source_id) && (rule.event ?? '') === row.event;
    if (rule.measure === 'null_share') {
      const own = fields.filter((row) => isMeant(row) && row.field === rule.field);
      return own.flatMap((row) => alarm(rule, row, { value: row.null_share ?? 0, events: row.events }));
    }
    return rows.filter(isMeant).flatMap((row) => alarm(rule, row, measure(rule, row)));
  });
  return alarms.sort((a, b) => (a.severity === b.severity ? b.events - a.events : a.severity === 'error' ? -1 : 1));
}

function alarm(
  rule: QualityRule,
  { source_id, event }: { readonly source_id: string; readonly event: string },
  measured: Measured | undefined,
): QualityAlarm[] {
  if (measured === undefined || measured.events < rule.min_events) return [];
  const threshold = 'below' in rule ? rule.below : rule.above;
  const isBroken = 'below' in rule ? measured.value < threshold : measured.value > threshold;
  if (!isBroken) return [];
  const { id, title, severity, measure } = rule;
  const field = rule.measure === 'null_share' ? rule.field : '';
  const events = Math.round(measured.events);
  return [
    {
      rule: id,
      title,
      severity,
      source_id,
      event,
      field,
      measure,
      value: measured.value,
      threshold,
      events,
      since: null,
    },
  ];
}
