import { asClientSees, type TrinoResult } from './client.ts';

/** Digits of a double that both engines have, whatever the order in which they added. */
const DIGITS = 12;

const comparable = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;

export interface Answer {
  readonly columns: readonly string[];
  /** One JSON text for each row: as they came where the query ends in an order, else sorted. */
  readonly rows: readonly string[];
}

type Result = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };

/** What a query gives no name, each engine names in its own way. */
const named = (column: string): string => (/^_col\d+$|\(/.test(column) ? '?' : column);

const answerOf = ({ columns, rows }: Result): Answer => ({
  columns: columns.map(named),
  rows: rows.map((row) => JSON.stringify(row.map(comparable))),
});

const sorted = ({ columns, rows }: Answer): Answer => ({ columns, rows: rows.toSorted() });

/** What a client of the SQL API on AWS gets from Trino, and one of the embedded binding from DuckDB. */
export function answers(trino: TrinoResult, duckdb: Result, ordered = false): { trino: Answer; duckdb: Answer } {
  const both = {
    trino: answerOf({ columns: trino.columns.map(({ name }) => name), rows: asClientSees(trino) }),
    duckdb: answerOf(duckdb),
  };
  return ordered ? both : { trino: sorted(both.trino), duckdb: sorted(both.duckdb) };
}
