import { existsSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import type { SqlResult } from '../../functions/shared/seams.ts';
import type { LakeFile } from '../../local/lake/manifest.ts';
import { relationStatements } from '../../local/lake/relations.ts';
import { openConfined } from '../../local/sql/confined.ts';
import { LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import type { Parameter } from './client.ts';
import type { GlueTable } from './glue.ts';

/** One file of so many is there twice, as after a delivery that was repeated. */
const REPEATED_EVERY = 3;

/** The lake's table whose rows a table of the catalogue holds: `events` of `events_landing`. */
export const lakeTableOf = ({ Name }: GlueTable): LakeTableName => {
  const table = LAKE_TABLES.find(
    ({ name }) => Name.startsWith(`${name}_`) && !Name.slice(name.length + 1).includes('_'),
  );
  if (!table) throw new Error(`${Name} is a table of the catalogue, but of no table of schemas/lake.ts.`);
  return table.name as LakeTableName; // a name of LAKE_TABLES
};

/**
 * Puts the month's files where the catalogue says that Firehose leaves them, below `bucket`; some of them twice. They are there
 * once more, for DuckDB, which shall not miss what is taken away on the other side.
 */
export function deliver(month: string, tables: readonly GlueTable[], bucket: string): readonly LakeFile[] {
  const files: LakeFile[] = [];
  for (const glue of tables) {
    const table = lakeTableOf(glue);
    const landing = fileURLToPath(glue.StorageDescriptor.Location ?? '');
    for (const [place, source] of parquetFiles(join(month, 'lake', table)).entries()) {
      const day = basename(dirname(source));
      const names = [basename(source), ...(place % REPEATED_EVERY === 0 ? [`repeated-${basename(source)}`] : [])];
      for (const name of names) {
        const path = join('delivered', table, day, name);
        for (const target of [join(landing, day, name), join(bucket, path)]) {
          mkdirSync(dirname(target), { recursive: true });
          linkSync(source, target);
        }
        const ingestDay = day.replace(`${PARTITION_COLUMN.name}=`, '');
        files.push({ path, table, ingestDay, rows: 0, bytes: statSync(source).size });
      }
    }
  }
  return files;
}

const parquetFiles = (dir: string): string[] =>
  (existsSync(dir) ? readdirSync(dir, { recursive: true, encoding: 'utf8' }) : [])
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(dir, name));

export type DuckDb = (sql: string, parameters?: readonly Parameter[]) => Promise<SqlResult>;

/** DuckDB as the embedded binding has it, over these files, with the views that Athena gets. */
export async function duckDbOver(bucket: string, files: readonly LakeFile[]): Promise<DuckDb> {
  const duckdb = await openConfined({ dir: bucket, memoryMiB: 1_024, processMemoryMiB: 4_096, threads: 2 });
  const limits = { seconds: 120, rows: 1_000_000, answerChars: 1_000_000_000 };
  const views = lakeViews('at_least_once').map(({ name, sql }) => `CREATE OR REPLACE VIEW ${name} AS ${sql}`);
  await duckdb.query({
    sql: 'SELECT 1',
    parameters: [],
    limits,
    statements: [...relationStatements(bucket, files), ...views],
  });
  return (sql, parameters = []) => duckdb.query({ sql, parameters, limits });
}

/** How many rows with something are in Parquet files, whether a table still names the files or not. */
export async function rowsInFiles(pattern: string, condition: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const counted = await connection.runAndReadAll(
      `SELECT count(*) FROM read_parquet('${pattern}', union_by_name = true) WHERE ${condition}`,
    );
    return Number(counted.getRowsJson()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
