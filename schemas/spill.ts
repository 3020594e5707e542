import Type, { type Static } from 'typebox';

/**
 * First line of a spilled object: what could not be delivered, where to, and why. The lines after it are what was to be
 * delivered: rows of a lake table as Firehose reads them, entries of the bus, records of the raw stream, or such on their way to the archive.
 */
export const SpillHead = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.Union([Type.Literal('lake'), Type.Literal('bus'), Type.Literal('raw'), Type.Literal('archive')]),
    /** The lake's table, the source of the bus events, or `raw`: the stream, or its archive. */
    target: Type.String({ minLength: 1, maxLength: 100 }),
    /** The stage that spilled it. */
    by: Type.String({ minLength: 1, maxLength: 50 }),
    at: Type.String({ format: 'date-time' }),
    /** The code of the last refusal. */
    why: Type.String({ maxLength: 200 }),
    /** Lines that follow. */
    lines: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);
export type SpillHead = Static<typeof SpillHead>;
