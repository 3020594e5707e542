import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAKE_PREFIXES } from '../../functions/lake/prefixes.ts';
import { prepare } from '../../functions/lake/prepare.ts';
import type { LakeFile } from '../../local/lake/manifest.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { synthesise } from '../support/templates.ts';
import type { TrinoHome } from './artifacts.ts';
import { type Glue, type GlueTable, glueTables, startGlue } from './glue.ts';
import { inTrino } from './iceberg.ts';
import { type DuckDb, deliver, duckDbOver } from './lake.ts';
import { type Asked, sampleMonth } from './month.ts';
import { type Catalog, startTrino, type Trino } from './server.ts';

const DATABASE = 'oneriver';

/** One lake, seen by both engines. */
export interface World {
  readonly trino: Trino;
  /** Runs a statement that the lake has for Athena. */
  run(athena: string): Promise<void>;
  readonly duckdb: DuckDb;
  readonly glue: Glue;
  /** The folder that stands for the lake's bucket, and what Firehose left in it. */
  readonly bucket: string;
  readonly files: readonly LakeFile[];
  /** What the API asked of the lake while the sample month was made. */
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** Hive's connector over the template's catalogue, and Iceberg's for the tables in it that are Iceberg's. */
function catalogsOver(glue: Glue): readonly [Catalog, ...Catalog[]] {
  const catalogue = {
    'hive.metastore.glue.endpoint-url': glue.url,
    'hive.metastore.glue.region': 'us-east-1',
    'hive.metastore.glue.aws-access-key': 'local',
    'hive.metastore.glue.aws-secret-key': 'local',
  };
  const hive = {
    'connector.name': 'hive',
    'hive.metastore': 'glue',
    ...catalogue,
    'hive.partition-projection-enabled': 'true',
    // In S3 a day without files is an empty listing; a folder that is not there is an error unless told otherwise.
    'hive.ignore-absent-partitions': 'true',
    'hive.table-statistics-enabled': 'false',
    'hive.iceberg-catalog-name': 'iceberg',
  };
  const iceberg = {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'glue',
    ...catalogue,
    // A test cannot wait for a week, or a day.
    'iceberg.expire_snapshots.min-retention': '0s',
    'iceberg.remove_orphan_files.min-retention': '0s',
  };
  return [
    { name: 'awsdatacatalog', properties: hive },
    { name: 'iceberg', properties: iceberg },
  ];
}

/**
 * The sample month, delivered as Firehose does it to where the synthesised template says, under the catalogue that the template
 * makes: its tables, its partitions, its views in the form in which Athena stores them. DuckDB reads the same files.
 */
export async function openWorld(home: TrinoHome): Promise<World> {
  const bucket = mkdtempSync(join(tmpdir(), 'oneriver-bucket-'));
  const undo: (() => unknown)[] = [() => rmSync(bucket, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const month = await sampleMonth();
    undo.push(() => rmSync(month.dir, { recursive: true, force: true }));
    const tables = glueTables(synthesise().template('lake'), bucket);
    const glue = await startGlue(DATABASE, new Map(tables.map((table) => [table.Name, table])));
    undo.push(() => glue.stop());
    const files = deliver(month.dir, tables.filter(isTable), bucket);
    const trino = await startTrino(home, DATABASE, catalogsOver(glue));
    undo.push(() => trino.stop());
    const run = async (sql: string): Promise<void> => {
      for (const statement of inTrino(sql, `iceberg.${DATABASE}`)) await trino.run(statement);
    };
    await makeHistory(trino, run, bucket);
    return { trino, run, duckdb: await duckDbOver(bucket, files), glue, bucket, files, asked: month.asked, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The Iceberg tables, made as a deployment makes them. */
const makeHistory = (trino: Trino, run: World['run'], bucket: string): Promise<void> =>
  prepare(LAKE_TABLES, {
    run,
    columnsOf: async (relation) =>
      (await trino.run(`SHOW COLUMNS FROM ${relation}`)).rows.map(([name]) => String(name)),
    location: `file://${bucket}/${LAKE_PREFIXES.tables}`,
  });

const isTable = ({ TableType }: GlueTable): boolean => TableType === 'EXTERNAL_TABLE';
