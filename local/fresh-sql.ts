import type { SqlEngine } from '../functions/shared/seams.ts';
import type { Pipeline } from './pipeline.ts';

/** SQL that sees everything acknowledged before the query. */
export const freshSql = (pipeline: Pipeline, engine: SqlEngine): SqlEngine => ({
  query: async (sql, parameters) => {
    await pipeline.materialise();
    return engine.query(sql, parameters);
  },
});
