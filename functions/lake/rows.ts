import {
  type Column,
  type ColumnType,
  LAKE_TABLES,
  type LakeRow,
  type LakeTable,
  type LakeTableName,
} from '../../schemas/lake.ts';

/** A row that does not fit its table: a fault of the code that made it, found before it can stop the lake. */
export class LakeRowError extends Error {
  override name = 'LakeRowError';
}

const TABLES: ReadonlyMap<string, LakeTable> = new Map(LAKE_TABLES.map((table) => [table.name, table]));
const COLUMN_NAMES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  LAKE_TABLES.map((table) => [table.name, new Set(table.columns.map((column) => column.name))]),
);

/** The description of a table. @throws LakeRowError for a name that no table has. */
export const lakeTable = (name: LakeTableName): LakeTable => {
  const table = TABLES.get(name);
  if (!table) throw new LakeRowError(`The lake has no table ${name}; it has ${[...TABLES.keys()].join(', ')}.`);
  return table;
};

/** Name of the relation with the raw rows as they were written; views read these. */
export const rowsRelation = (name: string): string => `${name}_rows`;

const TIME_OF_DAY = /^T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_CHARS = 10;

/** Dates found good before: rows come in bursts of the same few days, and asking the calendar costs more than all other checks. */
const goodDates = new Set<string>();
const MAX_GOOD_DATES = 1_000;

const FITS: Record<ColumnType, (value: unknown) => boolean> = {
  varchar: (value) => typeof value === 'string',
  timestamp: (value) =>
    typeof value === 'string' && TIME_OF_DAY.test(value.slice(DATE_CHARS)) && isDate(value.slice(0, DATE_CHARS)),
  date: (value) => typeof value === 'string' && isDate(value),
  bigint: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  double: (value) => Number.isFinite(value),
};

function isDate(text: string): boolean {
  if (goodDates.has(text)) return true;
  const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text)) return false;
  if (goodDates.size >= MAX_GOOD_DATES) goodDates.clear();
  goodDates.add(text);
  return true;
}

/**
 * Refuses a row that the lake could not store as it is: an unknown column, a value of another type, a missing ingest time.
 * Why here: one such row in a file of thousands would fail the whole file later, and for ever.
 * @throws LakeRowError naming the table and the column; never the value, which may be personal.
 */
export function assertLakeRow(table: LakeTable, row: LakeRow): void {
  for (const column of table.columns) assertValue(table, column, row[column.name]);
  const known = COLUMN_NAMES.get(table.name);
  for (const name in row) {
    if (!known?.has(name))
      throw new LakeRowError(`Table ${table.name} has no column ${name}; add it to schemas/lake.ts.`);
  }
}

function assertValue(table: LakeTable, column: Column, value: unknown): void {
  if (value === null || value === undefined) {
    if (column.name !== table.ingest_column) return;
    throw new LakeRowError(`Column ${table.name}.${column.name} is empty; every row needs its ingest time.`);
  }
  if (FITS[column.type](value)) return;
  throw new LakeRowError(
    `Column ${table.name}.${column.name} expects ${column.type}, got a ${typeof value} that is none.`,
  );
}

const isJsonColumn = (column: Column): boolean => column.comment.startsWith('JSON');

/**
 * One row as a line of NDJSON. Lone surrogates (half an emoji, cut by some client) become U+FFFD, also inside JSON columns:
 * no engine can read them, and one would make every query over its column fail.
 */
export function toNdjsonLine(table: LakeTable, row: LakeRow): string {
  const line = JSON.stringify(row);
  if (!line.includes('\\ud') && !line.includes('\\uD')) return line;
  const repaired: Record<string, unknown> = { ...row };
  for (const column of table.columns) {
    const value = row[column.name];
    if (typeof value === 'string')
      repaired[column.name] = isJsonColumn(column) ? repairJson(value) : value.toWellFormed();
  }
  return JSON.stringify(repaired);
}

function repairJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_key, value: unknown) => wellFormed(value));
  } catch {
    return text.toWellFormed();
  }
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), inner]));
}
