import Type, { type Static } from 'typebox';

/**
 * Identifier types that ship with the product, strongest first. The position in this list is the priority that picks
 * an event's owner. A company adds its own types in `identity-rules.json`.
 */
export const Identifier = Type.Object(
  {
    type: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
    scope: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })),
    value: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
);
export type Identifier = Static<typeof Identifier>;

/** How one identifier type behaves. */
export const IdentifierRule = Type.Object(
  {
    type: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
    /** A scoped type is only an identifier together with its scope (app id, shop id, open-platform account). */
    scoped: Type.Boolean(),
    strong: Type.Boolean(),
    /** Most values of this type (per scope when scoped) that one person may hold. */
    limit: Type.Integer({ minimum: 1, maximum: 1000 }),
    /** What the limit counts: all values (`ever`, the default), or those first seen in one calendar day, week (ISO), month or year, UTC. */
    limit_window: Type.Optional(
      Type.Union([
        Type.Literal('ever'),
        Type.Literal('day'),
        Type.Literal('week'),
        Type.Literal('month'),
        Type.Literal('year'),
      ]),
    ),
    /** May a weak identifier join two different values of this type? If not, such a weak identifier is shared. */
    weak_may_join: Type.Boolean(),
    normalise: Type.Union([Type.Literal('trim'), Type.Literal('lower'), Type.Literal('phone'), Type.Literal('email')]),
    /**
     * One person naturally has ever more values of this type (orders): they count towards nobody's `max_degree`, and a component
     * keeps the latest of them. Only for weak types that weak identifiers may join.
     */
    plentiful: Type.Optional(Type.Boolean()),
    /** Personal values are kept in graph, lake and logs only as keyed tokens; the raw value lives in the vault. */
    personal: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type IdentifierRule = Static<typeof IdentifierRule>;

/** The rules of identity resolution, in one readable file: `identity-rules.json`. */
export const IdentityRules = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    /** Strongest first. */
    types: Type.Array(IdentifierRule, { minItems: 1 }),
    /**
     * Values that are never identifiers, compared in lower case after trimming. An entry may also be one whole identifier,
     * `type[:scope]:value` as stored: a user id that an app release had hard-coded, one phone's token.
     */
    blocked_values: Type.Array(Type.String()),
    /** Regular expressions (Unicode mode, case-insensitive, whole value) of further values that are never identifiers. */
    blocked_patterns: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 })),
    /** How sure a model must be, 0..1: below `review` a pair is forgotten, from there on a human decides, from `analytics` on it joins persons for analysis, from `sending` on also for messages. */
    probabilistic: Type.Optional(
      Type.Object(
        {
          review: Type.Number({ minimum: 0, maximum: 1 }),
          analytics: Type.Number({ minimum: 0, maximum: 1 }),
          sending: Type.Number({ minimum: 0, maximum: 1 }),
        },
        { additionalProperties: false },
      ),
    ),
    /** An identifier with more neighbours than this, those of plentiful types left out, is treated as shared. */
    max_degree: Type.Integer({ minimum: 2 }),
    /** A component with more identifiers than this raises an alarm and quarantines the culprit. */
    max_component: Type.Integer({ minimum: 2 }),
  },
  { additionalProperties: false },
);
export type IdentityRules = Static<typeof IdentityRules>;
