import Type, { type Static, type TSchema } from 'typebox';

const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const count = Type.Integer({ minimum: 0 });
/** 0 to 1; null where there was nothing to take a share of. */
const share = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]);
/** Null where the deployment does not count it. */
const counted = Type.Union([count, Type.Null()]);
const seconds = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

/** Why entries of the quarantine are there. `missing`: a field that the plan requires was not there; else its value was wrong. */
export const QualityFault = object({
  reason: Type.String(),
  field: Type.String(),
  missing: Type.Boolean(),
  entries: count,
});
export type QualityFault = Static<typeof QualityFault>;

/** Arrival after the event's time. A percentile is the bound that so many kept; null where they kept none, or there are none. */
export const Lateness = object({
  within: Type.Array(object({ seconds: count, events: count })),
  p50_seconds: seconds,
  p95_seconds: seconds,
});
export type Lateness = Static<typeof Lateness>;

/** Events against the same weekday of the weeks before. On the day that is not over, complete hours against the same hours. */
export const Volume = object({
  counted: count,
  /** Median of the weeks. */
  expected: Type.Number({ minimum: 0 }),
  /** Median absolute deviation from it. */
  deviation: Type.Number({ minimum: 0 }),
  /** Weeks that it is known from. */
  weeks: count,
  /** `counted` by `expected`. */
  ratio: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
});
export type Volume = Static<typeof Volume>;

/**
 * What came from one source on one local day: of all events (`event` is empty), or of one. Where events are told apart, an empty one
 * is what went into quarantine, or was refused, without a name.
 */
export const QualityRow = object({
  day,
  source_id: Type.String(),
  event: Type.String(),
  /** Understood: rows of `events`. */
  accepted: count,
  /** Accepted at the door and not understood: entries of the quarantine. */
  quarantined: count,
  quarantine_share: share,
  faults: Type.Array(QualityFault),
  /** Sent again and dropped. */
  duplicates: counted,
  duplicate_share: share,
  /** Refused at the door; of a source as a whole only. */
  refused: counted,
  refused_share: share,
  refused_by: Type.Array(object({ reason: Type.String(), count })),
  /** Not named by the tracking plan. */
  unplanned: count,
  unplanned_share: share,
  /** The time was corrected, or lay in the future. */
  clock_skewed: count,
  clock_skew_share: share,
  /** Came without a time. */
  untimed: count,
  lateness: Lateness,
  volume: Type.Union([Volume, Type.Null()]),
});
export type QualityRow = Static<typeof QualityRow>;

/** One field of an event on one day. */
export const FieldRow = object({
  day,
  source_id: Type.String(),
  event: Type.String(),
  field: Type.String(),
  /** Named by the tracking plan. */
  planned: Type.Boolean(),
  /** Accepted events, and those that were not because the field was missing. */
  events: count,
  /** Of these: absent, null or empty. */
  empty: count,
  null_share: share,
  /** Entries of the quarantine because of the value of this field. */
  type_failures: count,
});
export type FieldRow = Static<typeof FieldRow>;

/** A rule that is broken now. */
export const QualityAlarm = object({
  rule: Type.String(),
  title: object({ en: Type.String(), zh: Type.String() }),
  severity: Type.Union([Type.Literal('warning'), Type.Literal('error')]),
  source_id: Type.String(),
  event: Type.String(),
  field: Type.String(),
  measure: Type.String(),
  value: Type.Number(),
  threshold: Type.Number(),
  /** Events that it was computed from. */
  events: count,
  /** When it was first seen broken, ISO 8601 UTC; null where nobody remembers. */
  since: Type.Union([Type.String(), Type.Null()]),
});
export type QualityAlarm = Static<typeof QualityAlarm>;

/** The answer of `GET /api/quality`. */
export const QualityReport = object({
  now: Type.String({ format: 'date-time' }),
  time_zone: Type.String(),
  /** Local days, both included. */
  from: day,
  to: day,
  rows: Type.Array(QualityRow),
  /** Where one event was asked for. */
  fields: Type.Array(FieldRow),
  alarms: Type.Array(QualityAlarm),
  /** Rows of what is rarest were left out. */
  truncated: Type.Boolean(),
});
export type QualityReport = Static<typeof QualityReport>;
