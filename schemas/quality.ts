import Type, { type Static, type TSchema } from 'typebox';
import { Title } from './definition.ts';

const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Upper bounds of the lateness histogram, seconds: a minute, five, an hour, six, a day, a week. */
export const LATENESS_BOUNDS = [60, 300, 3_600, 21_600, 86_400, 604_800] as const;

const common = {
  id: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' }),
  title: Title,
  /** One source only; every source by itself unless said. */
  source: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' })),
  /** Where fewer events were seen, nothing is said. */
  min_events: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  severity: Type.Union([Type.Literal('warning'), Type.Literal('error')]),
};
const event = Type.String({ minLength: 1, maxLength: 200 });
const share = Type.Number({ minimum: 0, maximum: 1 });

/** A share of what came that may not be passed. What each is a share of, `functions/shared/quality/figures.ts` says. */
export const ShareRule = object({
  ...common,
  measure: Type.Union([
    Type.Literal('quarantine_share'),
    Type.Literal('duplicate_share'),
    Type.Literal('refused_share'),
    Type.Literal('unplanned_share'),
    Type.Literal('clock_skew_share'),
  ]),
  event: Type.Optional(event),
  above: share,
});

/** One of twenty events arrived later than this many seconds, one of `LATENESS_BOUNDS`, after it happened. */
export const LatenessRule = object({
  ...common,
  measure: Type.Literal('lateness_p95_seconds'),
  event: Type.Optional(event),
  above: Type.Union([
    Type.Literal(60),
    Type.Literal(300),
    Type.Literal(3_600),
    Type.Literal(21_600),
    Type.Literal(86_400),
    Type.Literal(604_800),
  ]),
});

/** Events, as a share of the median of the same hours and weekday in the weeks before. */
export const VolumeRule = object({
  ...common,
  measure: Type.Literal('volume_ratio'),
  event: Type.Optional(event),
  below: Type.Number({ minimum: 0, maximum: 10 }),
});

/** A field of one event that is absent, null or empty in too many of them. */
export const NullRule = object({
  ...common,
  measure: Type.Literal('null_share'),
  event,
  /** Top-level name in `properties`; of an identify, in `traits`. */
  field: Type.String({ minLength: 1, maxLength: 100 }),
  above: share,
});

export const QualityRule = Type.Union([ShareRule, LatenessRule, VolumeRule, NullRule]);
export type QualityRule = Static<typeof QualityRule>;

/** When the figures of what came are to be looked at by somebody. */
export const QualityRules = object({
  version: Type.Integer({ minimum: 1 }),
  owner: Type.String({ minLength: 1, maxLength: 100 }),
  /** IANA zone by whose calendar days are counted. */
  time_zone: Type.String({ minLength: 1, maxLength: 64 }),
  /** Rules look at the last so many complete hours. */
  window_hours: Type.Integer({ minimum: 1, maximum: 48 }),
  /** Weeks before that the same weekday is compared with. */
  weeks: Type.Integer({ minimum: 2, maximum: 8 }),
  rules: Type.Array(QualityRule, { maxItems: 100 }),
});
export type QualityRules = Static<typeof QualityRules>;
