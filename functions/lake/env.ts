import Type from 'typebox';

/** What the lake's function needs to know; its stack supplies exactly this. */
export const LakeEnv = Type.Object({
  LAKE_BUCKET: Type.String({ minLength: 1 }),
  SQL_DATABASE: Type.String({ minLength: 1 }),
  /** The workgroup whose queries may scan and write as much as upkeep takes. */
  SQL_WORKGROUP: Type.String({ minLength: 1 }),
});
