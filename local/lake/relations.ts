import { join } from 'node:path';
import { duckdbType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { rowsRelation } from '../../functions/lake/rows.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { LAKE_TABLES, type LakeTable } from '../../schemas/lake.ts';
import type { LakeFile } from './manifest.ts';
import { sqlText } from './parquet.ts';

/** Statements that make the lake's relations in DuckDB read exactly the given files. */
export function relationStatements(dir: string, files: readonly LakeFile[]): readonly string[] {
  const byTable = Map.groupBy(files, (file) => file.table as string);
  return [
    ...LAKE_TABLES.map((table) => physicalRelation(table, pathsOf(dir, byTable.get(table.name) ?? []))),
    ...lakeViews('exactly_once').map((view) => `CREATE OR REPLACE VIEW ${view.name} AS ${view.sql}`),
  ];
}

const pathsOf = (dir: string, files: readonly LakeFile[]): string[] => files.map((file) => join(dir, file.path));

/**
 * The empty relation gives the types when there is no file, and the columns that files of an older version lack.
 */
function physicalRelation(table: LakeTable, paths: readonly string[]): string {
  const columns = [...table.columns, PARTITION_COLUMN];
  const typed = columns.map((column) => `CAST(NULL AS ${duckdbType(column.type)}) AS ${column.name}`).join(', ');
  const empty = `SELECT ${typed} WHERE false`;
  const name = rowsRelation(table.name);
  if (paths.length === 0) return `CREATE OR REPLACE VIEW ${name} AS ${empty}`;
  const files = `read_parquet([${paths.map(sqlText).join(', ')}], union_by_name = true, hive_partitioning = true,
    hive_types = {${sqlText(PARTITION_COLUMN.name)}: VARCHAR})`;
  return `CREATE OR REPLACE VIEW ${name} AS SELECT ${columns.map((column) => column.name).join(', ')}
  FROM (SELECT * FROM ${files} UNION ALL BY NAME ${empty})`;
}
