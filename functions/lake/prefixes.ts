import { PARTITION_COLUMN } from './column-types.ts';

/**
 * What lies where in the lake's bucket. Iceberg tables have a prefix of their own each, and no rule of S3 may expire anything
 * there: a file is needed for as long as the table's metadata names it.
 */
export const LAKE_PREFIXES = {
  /** Parquet files as Firehose wrote them, by table and day; for some days. */
  landing: 'landing/',
  /** Iceberg tables. */
  tables: 'tables/',
  /** What of a landed day is in its table already. */
  merged: 'merged/',
  /** Rows that Firehose could not write. */
  undelivered: 'undelivered/',
  /** Records of the streams, as they were. */
  raw: 'raw/',
  /** Results of queries, by workgroup. */
  results: 'query-results/',
} as const;

/** Where Firehose leaves a table's files; of one day, or of all. Ends in a slash. */
export const landedPrefix = (table: string, day?: string): string =>
  `${LAKE_PREFIXES.landing}${table}/${day === undefined ? '' : `${PARTITION_COLUMN.name}=${day}/`}`;

/** Where Firehose leaves what it could not deliver of a table; ends in a slash. */
export const undeliveredPrefix = (table: string): string => `${LAKE_PREFIXES.undelivered}${table}/`;

/** Where an Iceberg table lies; ends in a slash. */
export const tablePrefix = (table: string): string => `${LAKE_PREFIXES.tables}${table}/`;

export const mergedKey = (table: string, day: string): string => `${LAKE_PREFIXES.merged}${table}/${day}`;
