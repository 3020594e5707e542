import pg from 'pg';
import type { JsonObject } from '../../../functions/shared/json.ts';
import type { DatabasePull } from '../../../schemas/import.ts';
import { complaint, type DatabaseReader, fromOf, orderOf, placeText } from './reader.ts';

const CONNECT_MS = 10_000;
const STATEMENT_MS = 10 * 60_000;
const { builtins } = pg.types;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Text stays text but for what JSON has too. A time keeps all its digits: a cursor that lost some would read rows twice, or miss them. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.BOOL]: (text) => text === 't',
  [builtins.INT2]: Number,
  [builtins.INT4]: Number,
  [builtins.FLOAT4]: Number,
  [builtins.FLOAT8]: Number,
  [builtins.INT8]: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text),
  [builtins.NUMERIC]: (text) => (text.length <= 15 ? Number(text) : text),
  [builtins.JSON]: (text) => JSON.parse(text) as unknown,
  [builtins.JSONB]: (text) => JSON.parse(text) as unknown,
};
const types = { getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text) };

/** Opens a PostgreSQL database for a pull. @throws DatabaseError */
export async function openPostgres(url: string, pull: DatabasePull): Promise<DatabaseReader> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: 'oneriver-import',
    types,
  });
  // A connection that breaks between two pages is told by the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SET default_transaction_read_only = on');
  } catch (error) {
    await client.end().catch(() => undefined);
    throw complaint(error);
  }
  const columns = orderOf(pull);
  const order = columns.map(quote).join(', ');
  const select = `SELECT * FROM ${fromOf(pull, quote)} AS pulled`;
  return {
    async page(after, limit) {
      const marks = columns.map((_, i) => `$${i + 1}`).join(', ');
      const behind = after ? ` WHERE (${order}) > (${marks})` : '';
      try {
        const { rows } = await client.query<JsonObject>(
          `${select}${behind} ORDER BY ${order} LIMIT ${limit}`,
          after ? [...after] : [],
        );
        return rows.map((row) => ({ row, place: columns.map((column) => placeText(row[column], column)) }));
      } catch (error) {
        throw error instanceof Error && error.name === 'DatabaseError' ? error : complaint(error);
      }
    },
    close: () => client.end(),
  };
}
