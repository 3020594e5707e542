import Type from 'typebox';

/** What the collector needs to know; its stack supplies exactly this. */
export const CollectEnv = Type.Object({
  RAW_STREAM: Type.String({ minLength: 1 }),
  SOURCES_TABLE: Type.String({ minLength: 1 }),
  /** Origins that may send for every source, comma-separated; empty when each source names its own. */
  ALLOWED_ORIGINS: Type.String(),
});
