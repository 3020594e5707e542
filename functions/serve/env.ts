import Type from 'typebox';

/** What serve needs to know; its stack supplies exactly this. */
export const ServeEnv = Type.Object({
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  RAW_QUEUE_URL: Type.String({ minLength: 1 }),
  VAULT_TABLE: Type.String({ minLength: 1 }),
  KEY_ID: Type.String({ minLength: 1 }),
  /** ISO 3166 country of phone numbers written without +. */
  DEFAULT_REGION: Type.String({ pattern: '^[A-Z]{2}$' }),
  SQL_WORKGROUP: Type.String({ minLength: 1 }),
  SQL_DATABASE: Type.String({ minLength: 1 }),
  SOURCES_TABLE: Type.String({ minLength: 1 }),
  /** Encrypts platforms' secrets, which only the collector can decrypt. */
  SOURCES_KEY_ID: Type.String({ minLength: 1 }),
  /** Where senders reach the collector. */
  COLLECT_URL: Type.String({ pattern: '^https://' }),
  /** The wire formats that it takes, as `describeProtocols` writes them. */
  PROTOCOLS: Type.String({ minLength: 1 }),
});
