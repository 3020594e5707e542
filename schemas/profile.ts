import Type, { type Static } from 'typebox';
import { Identifier } from './identifier.ts';

const said = { value: Type.Unknown(), at: Type.String({ format: 'date-time' }), source_id: Type.String() };

/** A declared trait with where and when it came from: the source that won, and where others spoke too, why and over whom. */
export const Trait = Type.Object(
  {
    ...said,
    /** `verified`: it is, and the next is not; `priority`: its source outranks the next; `time`: it is the later of equals. Absent when only one source spoke. */
    won_by: Type.Optional(Type.Union([Type.Literal('verified'), Type.Literal('priority'), Type.Literal('time')])),
    /** What the other sources said last, the next in line first. */
    over: Type.Optional(Type.Array(Type.Object(said, { additionalProperties: false }))),
  },
  { additionalProperties: false },
);
export type Trait = Static<typeof Trait>;

export const TagValue = Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]);
export type TagValue = Static<typeof TagValue>;

/** What `GET /api/persons/<one_id>` answers. Every map is sorted by key, so equal persons are equal bytes. */
export const Person = Type.Object(
  {
    one_id: Type.String(),
    /** True for a person that is one shared weak identifier (family tablet, kiosk, POS). */
    shared: Type.Boolean(),
    /** Why it joins nothing: `shared` by several people, `degree` (seen with too many), or `blocked` by the rules. Only where `shared`. */
    isolated: Type.Optional(Type.Union([Type.Literal('shared'), Type.Literal('degree'), Type.Literal('blocked')])),
    first_seen: Type.String({ format: 'date-time' }),
    last_seen: Type.String({ format: 'date-time' }),
    identifiers: Type.Array(
      Type.Object({
        ...Identifier.properties,
        key: Type.String(),
        first_seen: Type.String(),
      }),
    ),
    /** Keys of shared devices and browsers that its identifiers were seen on: what was done there anonymously is nobody's. Absent when none. */
    shared_devices: Type.Optional(Type.Array(Type.String())),
    profile: Type.Object({
      basic: Type.Record(Type.String(), Trait),
      behaviour: Type.Object({
        events: Type.Integer(),
        events_by_name: Type.Record(Type.String(), Type.Integer()),
        channels: Type.Record(Type.String(), Type.Integer()),
        time_zone: Type.Union([Type.String(), Type.Null()]),
      }),
      predicted: Type.Record(Type.String(), Type.Unknown()),
    }),
    tags: Type.Record(Type.String(), TagValue),
    consents: Type.Record(Type.String(), Type.Object({ granted: Type.Boolean(), at: Type.String() })),
  },
  { additionalProperties: false },
);
export type Person = Static<typeof Person>;
