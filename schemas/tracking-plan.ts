import Type, { type Static } from 'typebox';
import { Title } from './definition.ts';

/** What one event must look like. `properties` is JSON Schema; `x-personal: true` marks a personal property. */
export const PlannedEvent = Type.Object(
  {
    title: Title,
    description: Type.String(),
    type: Type.Union([Type.Literal('track'), Type.Literal('page'), Type.Literal('screen'), Type.Literal('identify')]),
    properties: Type.Record(Type.String(), Type.Unknown()),
    required: Type.Array(Type.String()),
    /** The event says that the member in it signed in, or out, on the device in it. An `identify` is a login by itself. */
    role: Type.Optional(Type.Union([Type.Literal('login'), Type.Literal('logout')])),
  },
  { additionalProperties: false },
);
export type PlannedEvent = Static<typeof PlannedEvent>;

/**
 * A tracking plan. Events it does not name pass with the flag `unplanned_event`; properties it does not name pass.
 * `events` is keyed by the event's name for track. For the other types the key is the type itself (`page`, `screen`,
 * `identify`) and stands for every page, screen or identify call; for identify, `properties` describes the traits.
 */
export const TrackingPlan = Type.Object(
  {
    plan: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    owner: Type.String(),
    events: Type.Record(Type.String(), PlannedEvent),
  },
  { additionalProperties: false },
);
export type TrackingPlan = Static<typeof TrackingPlan>;
