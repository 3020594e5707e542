import type { LakeTable } from '../../schemas/lake.ts';
import { addColumns, createHistory, historyRelation } from './history.ts';

export interface PrepareDeps {
  run(sql: string): Promise<unknown>;
  /** Names of the columns that a relation has now. */
  columnsOf(relation: string): Promise<readonly string[]>;
  /** Where tables lie, `s3://bucket/prefix/`. */
  readonly location: string;
}

/**
 * Makes the Iceberg tables that are missing and adds the columns that older ones lack. Data is never touched: run on every
 * deployment, it changes nothing where nothing is to be done.
 */
export async function prepare(tables: readonly LakeTable[], deps: PrepareDeps): Promise<void> {
  for (const table of tables) {
    await deps.run(createHistory(table, `${deps.location}${table.name}/`));
    const more = addColumns(table, await deps.columnsOf(historyRelation(table.name)));
    if (more !== undefined) await deps.run(more);
  }
}
