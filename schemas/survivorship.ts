import Type, { type Static } from 'typebox';

/** Sources from the most to the least trusted. `*` is the place of all that are not named; without it they come last. */
const Ranking = Type.Array(Type.String({ pattern: '^(\\*|[a-z][a-z0-9_-]{0,39})$' }), { maxItems: 50 });

/**
 * Which source is believed when several declare one trait of a person. The higher source wins; among equals the latest
 * declaration; an empty ranking makes all sources equal. It is applied when a profile is read, so a change repairs the past.
 */
export const Survivorship = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    owner: Type.String({ minLength: 1 }),
    /**
     * What came with a public key and without an identity token is believed only where nothing verified was said (`below`,
     * the default), or as much as that (`equal`): then whoever knows a user id can overwrite its traits.
     */
    unverified: Type.Optional(Type.Union([Type.Literal('below'), Type.Literal('equal')])),
    /** For traits that are not named below. */
    default: Ranking,
    /** Trait → its own ranking, instead of the default. */
    traits: Type.Record(Type.String({ minLength: 1 }), Ranking),
  },
  { additionalProperties: false },
);
export type Survivorship = Static<typeof Survivorship>;
