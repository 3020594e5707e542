import Type from 'typebox';

/** What clean needs to know; its stack supplies exactly this. */
export const CleanEnv = Type.Object({
  CLEAN_STREAM: Type.String({ minLength: 1 }),
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  ARCHIVE_STREAM: Type.String({ minLength: 1 }),
  /** Into how many partition keys owners are spread. */
  OWNER_BUCKETS: Type.String({ pattern: '^[1-9][0-9]{0,3}$' }),
  /** Bytes of events in one stream record, before gzip. */
  RECORD_BYTES: Type.String({ pattern: '^[1-9][0-9]{3,5}$' }),
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  LAKE_PREFIX: Type.String({ minLength: 1 }),
  /** The identity rules in force are there; nothing else of it may be read. */
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  VAULT_TABLE: Type.String({ minLength: 1 }),
  KEY_ID: Type.String({ minLength: 1 }),
});
