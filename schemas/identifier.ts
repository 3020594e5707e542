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
    /** May a weak identifier join two different values of this type? If not, such a weak identifier is shared. */
    weak_may_join: Type.Boolean(),
    normalise: Type.Union([Type.Literal('trim'), Type.Literal('lower'), Type.Literal('phone'), Type.Literal('email')]),
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
    /** Values that are never identifiers, compared in lower case after trimming. */
    blocked_values: Type.Array(Type.String()),
    /** An identifier with more neighbours than this is treated as shared. */
    max_degree: Type.Integer({ minimum: 2 }),
    /** A component with more identifiers than this raises an alarm and quarantines the culprit. */
    max_component: Type.Integer({ minimum: 2 }),
  },
  { additionalProperties: false },
);
export type IdentityRules = Static<typeof IdentityRules>;
