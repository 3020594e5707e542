import Type from 'typebox';

/** What stitch needs to know; its stack supplies exactly this. */
export const StitchEnv = Type.Object({
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  LAKE_PREFIX: Type.String({ minLength: 1 }),
  BUS_NAME: Type.String({ minLength: 1 }),
  /** Whether the bus is told of new persons too. */
  ANNOUNCE_NEW_PERSONS: Type.Union([Type.Literal('true'), Type.Literal('false')]),
});
