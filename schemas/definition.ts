import Type, { type Static, type TSchema } from 'typebox';

/** A title in each language the product speaks. */
export const Title = Type.Object({ en: Type.String({ minLength: 1 }), zh: Type.String({ minLength: 1 }) });

const id = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' });
const path = Type.String({ pattern: '^[A-Za-z0-9_.\\[\\]]{1,80}$' });
/** ISO 4217 */
const currency = Type.String({ pattern: '^[A-Z]{3}$' });
const windowDays = Type.Integer({ minimum: 1, maximum: 400 });

/** Which events count. `channel` narrows to one channel. */
const filter = { event: Type.String({ minLength: 1 }), channel: Type.Optional(Type.String()) };

const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

export const StreakDays = object({ kind: Type.Literal('streak_days'), ...filter, by: Type.Optional(path) });
export const Count = object({ kind: Type.Literal('count'), ...filter, window_days: Type.Optional(windowDays) });
/** Sum of a money property, in minor units of one currency. */
export const Sum = object({
  kind: Type.Literal('sum'),
  ...filter,
  property: path,
  currency,
  window_days: Type.Optional(windowDays),
});
/** Sum of a money property by the number of events that name an amount, rounded to a minor unit. */
export const Average = object({ ...Sum.properties, kind: Type.Literal('average') });
const extreme = {
  ...filter,
  property: path,
  currency: Type.Optional(currency),
  window_days: Type.Optional(windowDays),
};
/** Smallest and largest value of a numeric property; with `currency`, in its minor units. */
export const Min = object({ kind: Type.Literal('min'), ...extreme });
export const Max = object({ kind: Type.Literal('max'), ...extreme });
/** Time of the first matching event, or the value of `property` in it. */
export const First = object({ kind: Type.Literal('first'), ...filter, property: Type.Optional(path) });
/** Time of the last matching event, or the value of `property` in it. */
export const Last = object({ kind: Type.Literal('last'), ...filter, property: Type.Optional(path) });
/** True when no matching event happened within the window. */
export const Absent = object({ kind: Type.Literal('absent'), ...filter, window_days: windowDays });
const ofValues = { ...filter, property: path, window_days: Type.Optional(windowDays) };
/** How many different values of `property`: exact to 256, then estimated. Within a window: of the newest 1,000 (day, value) pairs. */
export const Distinct = object({ kind: Type.Literal('distinct'), ...ofValues });
/** Local days with a matching event. */
export const DistinctDays = object({
  kind: Type.Literal('distinct_days'),
  ...filter,
  window_days: Type.Optional(windowDays),
});
/** True when some event had this value of `property`; null where too many values were seen to say. */
export const Has = object({
  kind: Type.Literal('has'),
  ...ofValues,
  value: Type.String({ minLength: 1, maxLength: 128 }),
});
/** The value of `property` that most events had; of several the first by code unit. */
export const Top = object({ kind: Type.Literal('top'), ...ofValues });
/** Hour of the local day, 0–23, in which most matching events happened; of several the earliest. */
export const Hour = object({ kind: Type.Literal('hour'), ...filter });

export const Measure = Type.Union([
  StreakDays,
  Count,
  Sum,
  Last,
  Absent,
  Average,
  Min,
  Max,
  First,
  Distinct,
  DistinctDays,
  Has,
  Top,
  Hour,
]);
export type Measure = Static<typeof Measure>;

/** A tag: one computed fact about a person. */
export const TagDefinition = object({
  id,
  version: Type.Integer({ minimum: 1 }),
  title: Title,
  owner: Type.String({ minLength: 1 }),
  purpose: Type.String({ minLength: 1 }),
  measure: Measure,
});
export type TagDefinition = Static<typeof TagDefinition>;

const localTime = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });

/** A behaviour-triggered campaign: trigger, wait, cancel condition, window, limits, channel and content. */
export const CampaignDefinition = object({
  id,
  version: Type.Integer({ minimum: 1 }),
  title: Title,
  owner: Type.String({ minLength: 1 }),
  purpose: Type.String({ minLength: 1 }),
  active: Type.Boolean(),
  trigger: Type.Union([
    object({ kind: Type.Literal('streak_days'), ...filter, by: path, days: Type.Integer({ minimum: 2, maximum: 31 }) }),
    object({ kind: Type.Literal('event'), ...filter }),
  ]),
  wait: Type.Union([
    /** `days` after the day that completed the trigger, at `at` in the person's own time zone. */
    object({ kind: Type.Literal('local_time'), days: Type.Integer({ minimum: 0, maximum: 60 }), at: localTime }),
    object({ kind: Type.Literal('minutes'), minutes: Type.Integer({ minimum: 1, maximum: 43_200 }) }),
  ]),
  /** Any of these since the trigger began cancels the send. `by` compares with the triggering group (same product). */
  unless: Type.Array(object({ ...filter, by: Type.Optional(path) }), { maxItems: 10 }),
  /** All of these must have happened within their window before the trigger. */
  only_if: Type.Array(object({ ...filter, within_days: windowDays }), { maxItems: 10 }),
  /** Local hours in which sending is allowed; outside them the decision is `quiet_hours`. */
  window: object({ from: localTime, to: localTime }),
  /** At most `sends` per person (and group, where the trigger has one) in `days`. */
  cap: object({ sends: Type.Integer({ minimum: 1 }), days: windowDays }),
  consent: object({
    purpose: Type.String({ minLength: 1 }),
    /** What to do for a person who has never been asked. A refusal always blocks. */
    when_unknown: Type.Union([Type.Literal('allow'), Type.Literal('deny')]),
  }),
  /** Share of persons kept out for measurement, 0..1; chosen by hash, so stable. */
  holdout: Type.Number({ minimum: 0, maximum: 0.5 }),
  send: object({
    channel: Type.Union([Type.Literal('outbox'), Type.Literal('webhook')]),
    template: Type.String({ minLength: 1 }),
    params: Type.Record(Type.String(), Type.String()),
  }),
});
export type CampaignDefinition = Static<typeof CampaignDefinition>;
