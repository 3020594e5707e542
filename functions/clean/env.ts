import Type from 'typebox';

/** What clean needs to know; its stack supplies exactly this. */
export const CleanEnv = Type.Object({
  CLEAN_STREAM: Type.String({ minLength: 1 }),
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  LAKE_PREFIX: Type.String({ minLength: 1 }),
  /** The identity rules in force are there; nothing else of it may be read. */
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  VAULT_TABLE: Type.String({ minLength: 1 }),
  KEY_ID: Type.String({ minLength: 1 }),
});
