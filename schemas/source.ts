import Type, { type Static } from 'typebox';
import { Source } from './event.ts';

/** Of five: how much a source sends, or how much what it sends is worth to the company. */
const Mark = Type.Integer({ minimum: 1, maximum: 5 });

const { disabled: _, ...travelling } = Source.properties;

/**
 * A source as it is managed: what travels with each of its events (`Source`), and what only those who look after it need. Keys
 * and secrets are never part of it.
 */
export const SourceDefinition = Type.Object(
  {
    ...travelling,
    /** The team or person to ask about it. */
    owner: Type.String({ minLength: 1, maxLength: 100 }),
    description: Type.Optional(Type.String({ maxLength: 500 })),
    /**
     * By what else clients name it, `<protocol>:<value>`: a project or account in settings that stay as they are (`sensors:production`),
     * or `path:/my/collect/path`, an address of its own. Anybody can know them, so only `public` sources have any.
     */
    aliases: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}:[\\x21-\\x7e]{1,190}$' }), {
        maxItems: 20,
        uniqueItems: true,
      }),
    ),
    /** How much it sends: 1 seldom anything, 5 most of all. */
    activity: Type.Optional(Mark),
    /** How much what it sends is worth: 1 nice to have, 5 the business stands on it. */
    commercial_value: Type.Optional(Mark),
    /** Who switched it off, when and why; absent while it is on. */
    disabled: Type.Optional(
      Type.Object(
        {
          at: Type.String({ format: 'date-time' }),
          by: Type.String({ minLength: 1, maxLength: 200 }),
          why: Type.String({ minLength: 1, maxLength: 500 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type SourceDefinition = Static<typeof SourceDefinition>;
