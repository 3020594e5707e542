import { DuckDBInstance } from '@duckdb/node-api';
import { duckdbType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { rowsRelation } from '../../functions/lake/rows.ts';
import { type Delivery, lakeViews } from '../../functions/lake/views.ts';
import { TRINO_PRELUDE } from '../../local/sql/prelude.ts';
import { LAKE_TABLES, type LakeRow, type LakeTableName } from '../../schemas/lake.ts';

export type Given = Partial<Record<LakeTableName, readonly LakeRow[]>>;

/** Answers the query over views that read tables with these rows. */
export async function query(given: Given, sql: string, delivery: Delivery = 'at_least_once'): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const macro of TRINO_PRELUDE) await connection.run(macro);
    for (const table of LAKE_TABLES) {
      const columns = [...table.columns, PARTITION_COLUMN].map((column) => `${column.name} ${duckdbType(column.type)}`);
      await connection.run(`CREATE TABLE ${rowsRelation(table.name)} (${columns.join(', ')})`);
      for (const row of given[table.name as LakeTableName] ?? []) {
        const names = Object.keys(row);
        const marks = names.map(() => '?').join(', ');
        await connection.run(
          `INSERT INTO ${rowsRelation(table.name)} (${names.join(', ')}) VALUES (${marks})`,
          Object.values(row),
        );
      }
    }
    for (const view of lakeViews(delivery)) await connection.run(`CREATE VIEW ${view.name} AS ${view.sql}`);
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
