import type { Column, LakeTable } from '../../schemas/lake.ts';
import { glueType, PARTITION_COLUMN } from './column-types.ts';
import { rowsRelation } from './rows.ts';

/**
 * The lake on AWS keeps each table twice for a while: `<table>_landing`, the Parquet files that Firehose has just written, and
 * `<table>_history`, an Iceberg table, from which single rows can be deleted. `<table>_rows` is both, so that a query sees a
 * row as soon as it has landed; the views drop what they then see twice.
 */
export const landingRelation = (name: string): string => `${name}_landing`;
export const historyRelation = (name: string): string => `${name}_history`;

const DAY = PARTITION_COLUMN.name;

/** How old a snapshot is when VACUUM may take it and the files that only it needs. */
export const SNAPSHOT_AGE_SECONDS = 86_400;

/** A statement was asked for with something that is no day; days are `YYYY-MM-DD`. */
function assertDay(day: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(day)) return day;
  throw new RangeError(`"${day}" is no day; write it as YYYY-MM-DD.`);
}

/** Text as a SQL literal. */
export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const columnsOf = (table: LakeTable): readonly Column[] => [...table.columns, PARTITION_COLUMN];
const named = (table: LakeTable, prefix = ''): string =>
  columnsOf(table)
    .map(({ name }) => `${prefix}${name}`)
    .join(', ');
const defined = ({ name, type, comment }: Column): string => `${name} ${glueType(type)} COMMENT ${sqlText(comment)}`;

/**
 * Athena's statement that makes the Iceberg table where there is none. Partitioned by the day of arrival, so that one MERGE
 * touches one partition, and what is past its retention goes without a file being read. Athena has no sort order for
 * Iceberg; the files of a day hold that day's events, so their own statistics prune by event time.
 *
 * A single delete file is reason enough for OPTIMIZE to write a data file anew: with the default of two, a person's rows
 * would stay readable in the files until somebody else in the same file was erased.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
 */
export const createHistory = (table: LakeTable, location: string): string =>
  `CREATE TABLE IF NOT EXISTS ${historyRelation(table.name)} (
  ${columnsOf(table).map(defined).join(',\n  ')}
)
PARTITIONED BY (${DAY})
LOCATION ${sqlText(location)}
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'optimize_rewrite_delete_file_threshold' = '1',
  'vacuum_max_snapshot_age_seconds' = '${SNAPSHOT_AGE_SECONDS}',
  'vacuum_min_snapshots_to_keep' = '1'
)`;

/** The statement that adds the columns which a table made by an older version lacks; none when it has all. */
export function addColumns(table: LakeTable, present: readonly string[]): string | undefined {
  const missing = table.columns.filter(({ name }) => !present.includes(name));
  if (missing.length === 0) return undefined;
  return `ALTER TABLE ${historyRelation(table.name)} ADD COLUMNS (${missing.map(defined).join(', ')})`;
}

/**
 * Takes one day's landed rows into the Iceberg table. Whatever is there already stays as it is, so running it again, also
 * after a part of it was done twice, adds nothing; and of a row that Firehose delivered twice, one is taken.
 */
export function mergeDay(table: LakeTable, day: string): string {
  // The first key is never empty, and enough to find a row by; of the others one may be.
  const [first, ...more] = table.row_key;
  const on = [`h.${first} = l.${first}`, ...more.map((key) => `h.${key} IS NOT DISTINCT FROM l.${key}`)].join(' AND ');
  const at = `${DAY} = ${sqlText(assertDay(day))}`;
  return `MERGE INTO ${historyRelation(table.name)} h
USING (
  SELECT ${named(table)} FROM (
    SELECT ${named(table)},
      row_number() OVER (PARTITION BY ${table.row_key.join(', ')} ORDER BY ${table.ingest_column}) AS row_rank
    FROM ${landingRelation(table.name)} WHERE ${at}
  ) WHERE row_rank = 1
) l
ON h.${at} AND ${on}
WHEN NOT MATCHED THEN INSERT (${named(table)}) VALUES (${named(table, 'l.')})`;
}

/** Forgets whole days: those before `day`. Iceberg drops their partitions without reading them. */
export const forgetBefore = (table: LakeTable, day: string): string =>
  `DELETE FROM ${historyRelation(table.name)} WHERE ${DAY} < ${sqlText(assertDay(day))}`;

/** Athena's statement that writes small files together, and data files anew that have deleted rows. From `day` on, or all. */
export const compact = (table: LakeTable, day?: string): string =>
  `OPTIMIZE ${historyRelation(table.name)} REWRITE DATA USING BIN_PACK${
    day === undefined ? '' : ` WHERE ${DAY} >= ${sqlText(assertDay(day))}`
  }`;

/** Athena's statement that expires snapshots past their age and deletes the files that nothing refers to any more. */
export const vacuum = (table: LakeTable): string => `VACUUM ${historyRelation(table.name)}`;

/**
 * What the views read: history and landing. Iceberg keeps microseconds and files of Firehose milliseconds; a stored view
 * names one type for both, so history's are cut to what all of our times have.
 */
export const rowsQuery = (table: LakeTable): string => {
  const fromHistory = columnsOf(table).map(({ name, type }) =>
    type === 'timestamp' ? `CAST(${name} AS timestamp(3)) AS ${name}` : name,
  );
  return `SELECT ${fromHistory.join(', ')} FROM ${historyRelation(table.name)}
UNION ALL
SELECT ${named(table)} FROM ${landingRelation(table.name)}`;
};

/** The `<table>_rows` views of the lake on AWS, in the form of the other views. */
export const rowsView = (table: LakeTable) => ({
  name: rowsRelation(table.name),
  comment: `${table.comment}; rows as they were delivered, some twice`,
  sql: rowsQuery(table),
});
