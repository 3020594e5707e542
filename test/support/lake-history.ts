import { DuckDBInstance } from '@duckdb/node-api';
import { duckdbType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { historyRelation, landingRelation, rowsQuery } from '../../functions/lake/history.ts';
import { rowsRelation } from '../../functions/lake/rows.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { TRINO_PRELUDE } from '../../local/sql/prelude.ts';
import { LAKE_TABLES, type LakeRow, type LakeTableName } from '../../schemas/lake.ts';

/** The lake as it is on AWS, in DuckDB: landing and history are tables here, and everything above them is the same SQL. */
export class TwoTierLake {
  readonly #instance: DuckDBInstance;
  readonly #connection: Awaited<ReturnType<DuckDBInstance['connect']>>;

  private constructor(instance: DuckDBInstance, connection: Awaited<ReturnType<DuckDBInstance['connect']>>) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<TwoTierLake> {
    const instance = await DuckDBInstance.create(':memory:');
    const lake = new TwoTierLake(instance, await instance.connect());
    for (const macro of TRINO_PRELUDE) await lake.run(macro);
    for (const table of LAKE_TABLES) {
      const columns = [...table.columns, PARTITION_COLUMN].map(({ name, type }) => `${name} ${duckdbType(type)}`);
      for (const relation of [historyRelation(table.name), landingRelation(table.name)]) {
        await lake.run(`CREATE TABLE ${relation} (${columns.join(', ')})`);
      }
      await lake.run(`CREATE VIEW ${rowsRelation(table.name)} AS ${rowsQuery(table)}`);
    }
    for (const { name, sql } of lakeViews('at_least_once')) await lake.run(`CREATE VIEW ${name} AS ${sql}`);
    return lake;
  }

  /** Rows as Firehose leaves them, in the partition of the day that it took them. */
  async land(table: LakeTableName, day: string, rows: readonly LakeRow[]): Promise<void> {
    for (const row of rows) {
      const names = [...Object.keys(row), PARTITION_COLUMN.name];
      await this.#connection.run(
        `INSERT INTO ${landingRelation(table)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        [...Object.values(row), day],
      );
    }
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  async query(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJson();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
