import type { Column, ColumnType } from '../../schemas/lake.ts';

const GLUE: Record<ColumnType, string> = {
  varchar: 'string',
  timestamp: 'timestamp',
  date: 'date',
  bigint: 'bigint',
  boolean: 'boolean',
  double: 'double',
};

const DUCKDB: Record<ColumnType, string> = {
  varchar: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  double: 'DOUBLE',
};

/**
 * The partition key of every table: the UTC date of the table's `ingest_column`, as `YYYY-MM-DD` text. Text, because
 * Athena's partition projection and DuckDB's hive partitions agree on it and it compares like a date.
 */
export const PARTITION_COLUMN: Column = {
  name: 'ingest_day',
  type: 'varchar',
  comment: 'YYYY-MM-DD, UTC; the partition',
};

/** The Glue (Athena, Hive) type of a column, for the table's storage descriptor. */
export const glueType = (type: ColumnType): string => GLUE[type];

/** The DuckDB type of a column, for reading and writing the embedded lake. */
export const duckdbType = (type: ColumnType): string => DUCKDB[type];
