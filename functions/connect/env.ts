import Type from 'typebox';

/** What connect needs to know; its stack supplies exactly this. */
export const ConnectEnv = Type.Object({
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  SOURCES_TABLE: Type.String({ minLength: 1 }),
  /** What platforms' secrets in that table are encrypted with. */
  SOURCES_KEY_ID: Type.String({ minLength: 1 }),
  /** Where the cursors are, beside the ledger of imports. */
  IMPORTS_TABLE: Type.String({ minLength: 1 }),
});
