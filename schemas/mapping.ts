import Type, { type Static } from 'typebox';
import { Title } from './definition.ts';

/** Characters of one expression: what is longer is several mappings. */
export const MAX_EXPRESSION_CHARS = 20_000;

/**
 * How what a source sends becomes what the tracking plan knows: one JSONata expression (jsonata.org) over each decoded event. It gives the
 * event as it should be, several of them in an array, or nothing, which drops the event with a reason.
 */
export const MappingDefinition = Type.Object(
  {
    mapping: Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' }),
    /** Raised by each change: an event says which version made it. */
    version: Type.Integer({ minimum: 1 }),
    title: Title,
    /** Whoever answers for it. */
    owner: Type.String({ minLength: 1, maxLength: 200 }),
    purpose: Type.String({ minLength: 1, maxLength: 500 }),
    expression: Type.String({ minLength: 1, maxLength: MAX_EXPRESSION_CHARS }),
    /** Tables for `$table(name, key)`: codes of the sender by what they mean. */
    tables: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
        Type.Record(
          Type.String({ pattern: '^.{0,200}$' }),
          Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()]),
          { maxProperties: 2000, additionalProperties: false },
        ),
        { maxProperties: 20, additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type MappingDefinition = Static<typeof MappingDefinition>;
