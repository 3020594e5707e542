import Type from 'typebox';

/** What import needs to know; its stack supplies exactly this. */
export const ImportEnv = Type.Object({
  LANDING_BUCKET: Type.String({ minLength: 1 }),
  QUEUE_URL: Type.String({ minLength: 1 }),
  /** Where a file goes that cannot be imported: somebody has to look. */
  DEAD_LETTERS_URL: Type.String({ minLength: 1 }),
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  /** Where records go that are too large for a message. */
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  IMPORTS_TABLE: Type.String({ minLength: 1 }),
  SOURCES_TABLE: Type.String({ minLength: 1 }),
});
