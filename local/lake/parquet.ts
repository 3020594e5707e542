import { mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { duckdbType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { lakeTable } from '../../functions/lake/rows.ts';
import type { LakeTable, LakeTableName } from '../../schemas/lake.ts';
import type { LakeFile } from './manifest.ts';

/** Room for one JSON line, bytes; a longer line gets more. DuckDB's default. */
const MIN_JSON_LINE_BYTES = 16 * 1024 * 1024;

/** A text as a SQL literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Events are read by event time, everything else by the time it became known. */
const sortColumn = (table: LakeTable): string => (table.name === 'events' ? 'occurred_at' : table.ingest_column);

export interface Batch {
  readonly table: LakeTableName;
  /** NDJSON file with the rows. */
  readonly source: string;
  /** At least as long as the longest line. */
  readonly longestLineBytes: number;
  /** File name without extension, unique in the table. */
  readonly name: string;
}

/** Writes Parquet with DuckDB. One operation at a time: it has one connection. */
export class ParquetWriter {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #dir: string;

  private constructor(dir: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#dir = dir;
    this.#instance = instance;
    this.#connection = connection;
  }

  /** @param options `dir` is the lake folder, `spillDir` where large sorts may overflow to. */
  static async open(options: { dir: string; spillDir: string }): Promise<ParquetWriter> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '512MB',
      threads: '2',
      temp_directory: options.spillDir,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new ParquetWriter(options.dir, instance, connection);
  }

  /** One file per ingest day of the batch; each is on the disk when this resolves, and in no manifest yet. */
  async write(batch: Batch): Promise<LakeFile[]> {
    const table = lakeTable(batch.table);
    const columns = table.columns.map((column) => `${sqlText(column.name)}: ${sqlText(duckdbType(column.type))}`);
    const lineBytes = Math.max(MIN_JSON_LINE_BYTES, batch.longestLineBytes);
    await this.#connection.run(
      `CREATE OR REPLACE TEMP TABLE batch AS
       SELECT *, strftime(${table.ingest_column}, '%Y-%m-%d') AS ${PARTITION_COLUMN.name}
       FROM read_json(${sqlText(batch.source)}, format = 'newline_delimited', auto_detect = false,
         maximum_object_size = ${lineBytes}, columns = {${columns.join(', ')}})`,
    );
    const files: LakeFile[] = [];
    for (const ingestDay of await this.#ingestDays()) {
      const rows = `SELECT * EXCLUDE (${PARTITION_COLUMN.name}) FROM batch WHERE ${PARTITION_COLUMN.name} = ${sqlText(ingestDay)}`;
      files.push(await this.#copy(rows, { table, ingestDay, name: batch.name }));
    }
    await this.#connection.run('DROP TABLE batch');
    return files;
  }

  /** The same rows in one file; the given files stay. They must be of one table and day, and at least one. */
  async merge(files: readonly LakeFile[], name: string): Promise<LakeFile> {
    const [first] = files;
    if (!first) throw new Error('There are no files to merge.');
    const paths = files.map((file) => sqlText(join(this.#dir, file.path)));
    const rows = `SELECT * FROM read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = false)`;
    return this.#copy(rows, { table: lakeTable(first.table), ingestDay: first.ingestDay, name });
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #ingestDays(): Promise<string[]> {
    const reader = await this.#connection.runAndReadAll(
      `SELECT DISTINCT ${PARTITION_COLUMN.name} FROM batch ORDER BY 1`,
    );
    return reader.getRowsJson().map((row) => String(row[0]));
  }

  async #copy(rows: string, target: { table: LakeTable; ingestDay: string; name: string }): Promise<LakeFile> {
    const table = target.table.name as LakeTableName; // a name of LAKE_TABLES
    const path = `${table}/${PARTITION_COLUMN.name}=${target.ingestDay}/${target.name}.parquet`;
    const file = join(this.#dir, path);
    await mkdir(dirname(file), { recursive: true });
    const reader = await this.#connection.runAndReadAll(
      `COPY (${rows} ORDER BY ${sortColumn(target.table)}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await syncToDisk(file);
    const count = Number(reader.getRowsJson()[0]?.[0] ?? 0);
    return { path, table, ingestDay: target.ingestDay, rows: count, bytes: (await stat(file)).size };
  }
}

/** The manifest is durable when it commits, so the file it names has to be durable before. */
async function syncToDisk(file: string): Promise<void> {
  for (const path of [file, dirname(file)]) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
