import Type from 'typebox';

/** What serve needs to know; its stack supplies exactly this. */
export const ServeEnv = Type.Object({
  PERSONS_TABLE: Type.String({ minLength: 1 }),
  VAULT_TABLE: Type.String({ minLength: 1 }),
  KEY_ID: Type.String({ minLength: 1 }),
  SQL_WORKGROUP: Type.String({ minLength: 1 }),
  SQL_DATABASE: Type.String({ minLength: 1 }),
});
