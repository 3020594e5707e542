import Type, { type Static } from 'typebox';

/** A person × campaign evaluation that reached a decision: sent, or not sent and why. */
export const Decision = Type.Object(
  {
    decision_id: Type.String(),
    campaign: Type.String(),
    campaign_version: Type.Integer(),
    one_id: Type.String(),
    /** The triggering group, e.g. the product id; empty when the trigger has none. */
    subject: Type.String(),
    outcome: Type.Union([Type.Literal('sent'), Type.Literal('not_sent')]),
    /** From the reasons registry; `sent` for a send. */
    reason: Type.String(),
    /** When it was to be decided, and when it was. */
    due_at: Type.String({ format: 'date-time' }),
    decided_at: Type.String({ format: 'date-time' }),
    /** Present when sent: idempotency key of the send, also the webhook id. */
    send_id: Type.Optional(Type.String()),
    channel: Type.String(),
    /** The facts that the decision rests on. */
    facts: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);
export type Decision = Static<typeof Decision>;

/** A message handed to a channel. */
export const Message = Type.Object(
  {
    send_id: Type.String(),
    campaign: Type.String(),
    one_id: Type.String(),
    subject: Type.String(),
    template: Type.String(),
    params: Type.Record(Type.String(), Type.String()),
    created_at: Type.String({ format: 'date-time' }),
  },
  { additionalProperties: false },
);
export type Message = Static<typeof Message>;

/** A pending decision: when `at` comes, `fire` decides. The name makes arming idempotent. */
export const Timer = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    at: Type.String({ format: 'date-time' }),
    campaign: Type.String(),
    /** Identifier key of the person at arming time; the person is looked up again at fire time. */
    owner: Type.String(),
    subject: Type.String(),
    /** Event time at which the trigger began and was completed. */
    trigger_from: Type.String(),
    trigger_at: Type.String(),
  },
  { additionalProperties: false },
);
export type Timer = Static<typeof Timer>;
