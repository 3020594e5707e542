import Type, { type Static } from 'typebox';
import { Identifier } from './identifier.ts';

/** A declared trait with where and when it came from. */
export const Trait = Type.Object(
  { value: Type.Unknown(), at: Type.String({ format: 'date-time' }), source_id: Type.String() },
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
    first_seen: Type.String({ format: 'date-time' }),
    last_seen: Type.String({ format: 'date-time' }),
    identifiers: Type.Array(
      Type.Object({
        ...Identifier.properties,
        key: Type.String(),
        first_seen: Type.String(),
      }),
    ),
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
