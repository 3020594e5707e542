import Type from 'typebox';

/** What the collector needs to know; its stack supplies exactly this. */
export const CollectEnv = Type.Object({
  SPILL_BUCKET: Type.String({ minLength: 1 }),
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  SOURCES_TABLE: Type.String({ minLength: 1 }),
  /** What platforms' secrets in that table are encrypted with. */
  SOURCES_KEY_ID: Type.String({ minLength: 1 }),
  /** Every origin that a browser may send from, comma-separated: a preflight names no source to look it up in. */
  ALLOWED_ORIGINS: Type.String(),
});
