import Type, { type Static } from 'typebox';
import { Identifier } from './identifier.ts';

/**
 * What a person or a system declares about identifiers, instead of being observed: `bind` (these belong together), `unbind` (they
 * no longer do; with one identifier: it is released from all it was seen with), `merge` (these are one human, whatever the limits
 * of unique types say), `unmerge` (takes back what was declared about them), `split` (keep them apart), `match` (a model found them alike).
 * They change identity and audit, and no profile counter.
 */
export const ControlType = Type.Union([
  Type.Literal('bind'),
  Type.Literal('unbind'),
  Type.Literal('merge'),
  Type.Literal('unmerge'),
  Type.Literal('split'),
  Type.Literal('match'),
]);
export type ControlType = Static<typeof ControlType>;

export const EventType = Type.Union([
  Type.Literal('track'),
  Type.Literal('identify'),
  Type.Literal('page'),
  Type.Literal('screen'),
  Type.Literal('group'),
  Type.Literal('alias'),
  ...ControlType.anyOf,
]);
export type EventType = Static<typeof EventType>;

/** Who declared it and why; `match` also says how sure the model is. */
export const Declaration = Type.Object(
  {
    /** Whoever is answerable: an operator's login, or `source:<source_id>`. */
    by: Type.String({ minLength: 1, maxLength: 200 }),
    why: Type.String({ minLength: 1, maxLength: 500 }),
    /** 0..1, `match` only. */
    confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** Version of the model, `match` only. */
    model: Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
);
export type Declaration = Static<typeof Declaration>;

export const SourceClass = Type.Union([Type.Literal('public'), Type.Literal('secret'), Type.Literal('signed')]);
export type SourceClass = Static<typeof SourceClass>;

/** A place that events come from. Its write key is stored only as a hash. */
export const Source = Type.Object(
  {
    source_id: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    /** web, app, miniprogram, store, crm, service, server … */
    channel: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
    /**
     * `public` keys are in browsers and apps: they may attach weak identifiers, never join strong ones. `secret` keys are on a
     * company's servers. `signed`: the key only says which source, and each request carries its platform's signature.
     */
    class: SourceClass,
    /** The wire format that its clients speak; for `signed` sources the only one that they may come by. */
    protocol: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' })),
    /** Name of the mapping that turns what it sends into what the tracking plan knows. */
    mapping: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' })),
    /** Exact origins that browsers may send from, e.g. `https://shop.example.com`. */
    allowed_origins: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 50 }),
    /** ISO 3166 country used for phone numbers written without +. */
    default_region: Type.String({ pattern: '^[A-Z]{2}$' }),
    /** IANA zone used where an event names none. */
    time_zone: Type.String({ minLength: 1 }),
    /** Scope for scoped identifiers (openid …) that come without one. */
    app_id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })),
    /** Name of what comes without a name, e.g. from a platform whose callbacks have none. */
    default_event: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    /** What its protocol wants to know beside all this, e.g. the open-platform account that its unionids are of. No secrets. */
    settings: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }), Type.String({ minLength: 1, maxLength: 200 }), {
        maxProperties: 20,
      }),
    ),
    /** Switched off: what is sent with its keys is refused, and says so. */
    disabled: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type Source = Static<typeof Source>;

/** Head of a raw stream record. The body's original bytes follow it unchanged, so anything can be replayed. */
export const RawHead = Type.Object(
  {
    v: Type.Literal(1),
    /** The wire format of the body: a folder of functions/shared/protocols. */
    protocol: Type.String(),
    /** The protocol's name for this form of body; for `segment` the event type that the path names, or `batch`. */
    route: Type.String(),
    /** What query, head and path said that the events' meaning hangs on; never a key or a secret. */
    params: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 2000 }), { maxProperties: 30 })),
    source: Source,
    request_id: Type.String(),
    received_at: Type.String({ format: 'date-time' }),
    ip: Type.Optional(Type.String()),
    user_agent: Type.Optional(Type.String()),
    /** Set when a quarantined event is fed in again. */
    replay_of: Type.Optional(Type.String()),
    /** What was said of it then, so that its entry can be closed once it is clean. */
    replay: Type.Optional(
      Type.Object(
        {
          stage: Type.Union([Type.Literal('collect'), Type.Literal('clean'), Type.Literal('stitch')]),
          reason: Type.String(),
          field: Type.String(),
          detail: Type.String(),
          event_id: Type.Optional(Type.String()),
          event_name: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    /** Length of the body that follows. In the archive, records lie one behind the other with nothing between them. */
    body_bytes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
export type RawHead = Static<typeof RawHead>;

export const Properties = Type.Record(Type.String(), Type.Unknown());
export type Properties = Static<typeof Properties>;

/** An event after clean: validated, normalised, timed, owned. The contract of the clean stream. */
export const CleanEvent = Type.Object(
  {
    schema: Type.Literal('clean-event/1'),
    /** The client's message id, else a content hash. */
    event_id: Type.String({ minLength: 1, maxLength: 100 }),
    /** Hash of what the client sent, without sent time; the same id with another body is a conflict. */
    body_hash: Type.String(),
    type: EventType,
    /** Event name for track; page or screen name; else the type. */
    name: Type.String({ maxLength: 200 }),
    channel: Type.String(),
    source_id: Type.String(),
    /** Evidence from this event is verified (secret key, platform signature, identity token). */
    verified: Type.Boolean(),
    /** Skew-corrected event time, ISO 8601 UTC with milliseconds. */
    occurred_at: Type.String({ format: 'date-time' }),
    received_at: Type.String({ format: 'date-time' }),
    /** Of the request that brought it: the same as in the log of the API, so that an event can be followed from there. */
    request_id: Type.Optional(Type.String({ maxLength: 100 })),
    /** Calendar date of `occurred_at` in `time_zone`, `YYYY-MM-DD`. */
    local_date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    /** IANA zone that `local_date` was computed in. */
    time_zone: Type.String(),
    /** True when the event itself named the zone, false when it is the source's default. */
    time_zone_known: Type.Boolean(),
    /** Canonical key of the strongest identifier. */
    owner: Type.String(),
    /** All identifiers, owner first; personal values as tokens. */
    identifiers: Type.Array(Identifier, { minItems: 1, maxItems: 20 }),
    /** Keys of the identifiers that a signed identity token in the event vouches for. */
    attested: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
    /** `login`: from here on the `user_id` in it is signed in on the devices in it; `logout`: no longer. Absent where it is neither. */
    session: Type.Optional(Type.Union([Type.Literal('login'), Type.Literal('logout')])),
    /** Control types only. */
    declared: Type.Optional(Declaration),
    properties: Properties,
    /** Declared traits (identify only). */
    traits: Properties,
    context: Properties,
    /** Consent by purpose that the event declares, e.g. `{ "marketing": false }`. */
    consent: Type.Record(Type.String(), Type.Boolean()),
    mapping_version: Type.Integer({ minimum: 1 }),
    /** Remarks that do not stop the event, from the reasons registry. */
    flags: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type CleanEvent = Static<typeof CleanEvent>;

/** An event that was accepted but did not become a clean event. */
export const QuarantinedEvent = Type.Object(
  {
    quarantine_id: Type.String(),
    source_id: Type.String(),
    stage: Type.Union([Type.Literal('collect'), Type.Literal('clean'), Type.Literal('stitch')]),
    reason: Type.String(),
    /** JSON pointer of the offending field, e.g. `/properties/price`; empty for the whole event. */
    field: Type.String(),
    /** One sentence: what was wrong, and what was expected. */
    detail: Type.String(),
    first_seen: Type.String({ format: 'date-time' }),
    event_id: Type.Optional(Type.String()),
    event_name: Type.Optional(Type.String()),
    /** The route to feed it in again: `batch`, `track` …, or a protocol's own, as `sensors:track?gzip=1`. */
    route: Type.String(),
    /** The original bytes of the event (its own slice of a batch, with what the batch declared for all). */
    original: Type.String(),
  },
  { additionalProperties: false },
);
export type QuarantinedEvent = Static<typeof QuarantinedEvent>;
