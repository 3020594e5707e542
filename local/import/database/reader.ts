import type { JsonObject } from '../../../functions/shared/json.ts';
import type { DatabasePull } from '../../../schemas/import.ts';

/** A row, and what stands for its place: the cursor and the keys, as text that the database takes back. */
export interface PulledRow {
  readonly row: JsonObject;
  readonly place: readonly string[];
}

/** A database from which rows are read in the order of cursor and keys. */
export interface DatabaseReader {
  /** The rows behind a place, in order; fewer than `limit` when there are no more. @throws DatabaseError */
  page(after: readonly string[] | undefined, limit: number): Promise<readonly PulledRow[]>;
  close(): Promise<void>;
}

/** The database cannot be read. The message never holds the address, a password or a value. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/** What the rows are selected from. */
export const fromOf = ({ table, query }: DatabasePull, quote: (name: string) => string): string =>
  query === undefined ? (table ?? '').split('.').map(quote).join('.') : `(${query})`;

/** The places that the cursor and the keys have in an order, each once. */
export const orderOf = ({ cursor, key }: DatabasePull): string[] => [...new Set([cursor, ...key])];

/** Text that stands for a value of a cursor or a key. @throws DatabaseError where it is null or has no text */
export function placeText(value: unknown, column: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new DatabaseError(
    `The column ${column} is null or no text, number or time in a row; a cursor and a key must be.`,
  );
}

/** A database's own complaint without what it may quote: its code, and the part that names no values. */
export function complaint(error: unknown): DatabaseError {
  const code =
    error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown';
  return new DatabaseError(
    `The database refused with ${code.slice(0, 60)}; look the code up, and check address, rights and names of columns.`,
  );
}
