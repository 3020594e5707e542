import Type from 'typebox';

/** What redrive needs to know; its stack supplies exactly this. */
export const RedriveEnv = Type.Object({
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  ARCHIVE_STREAM: Type.String({ minLength: 1 }),
  LAKE_PREFIX: Type.String({ minLength: 1 }),
  BUS_NAME: Type.String({ minLength: 1 }),
});
