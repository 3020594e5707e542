import mysql, { type FieldPacket, type RowDataPacket } from 'mysql2/promise';
import type { DatabasePull } from '../../../schemas/import.ts';
import { complaint, type DatabaseReader, fromOf, orderOf, placeText } from './reader.ts';

const CONNECT_MS = 10_000;
const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** What JSON has for a value. A TIMESTAMP is an instant, told in UTC; a DATETIME is what a clock of the shop showed. */
function plain(value: unknown, { columnType }: FieldPacket): unknown {
  if (columnType === mysql.Types.TIMESTAMP && typeof value === 'string') return `${value.replace(' ', 'T')}Z`;
  if (columnType === mysql.Types.NEWDECIMAL && typeof value === 'string' && value.length <= 15) return Number(value);
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

/** `(a, b) > (?, ?)` as MySQL uses an index for it. */
function behind(columns: readonly string[], after: readonly string[]): { where: string; values: string[] } {
  const parts = columns.map((column, i) => {
    const equal = columns.slice(0, i).map((one) => `${quote(one)} = ?`);
    return { sql: [...equal, `${quote(column)} > ?`].join(' AND '), values: after.slice(0, i + 1) };
  });
  return { where: parts.map(({ sql }) => `(${sql})`).join(' OR '), values: parts.flatMap(({ values }) => [...values]) };
}

/** Opens a MySQL or MariaDB database for a pull. @throws DatabaseError */
export async function openMysql(url: string, pull: DatabasePull): Promise<DatabaseReader> {
  const client = await mysql
    .createConnection({
      uri: url,
      connectTimeout: CONNECT_MS,
      dateStrings: true,
      supportBigNumbers: true,
      multipleStatements: false,
      charset: 'utf8mb4',
    })
    .catch((error: unknown) => {
      throw complaint(error);
    });
  try {
    await client.query("SET time_zone = '+00:00'");
    await client.query('SET SESSION TRANSACTION READ ONLY');
  } catch (error) {
    await client.end().catch(() => undefined);
    throw complaint(error);
  }
  const columns = orderOf(pull);
  const order = columns.map(quote).join(', ');
  return {
    async page(after, limit) {
      const { where, values } = after ? behind(columns, after) : { where: '', values: [] };
      const sql = `SELECT * FROM ${fromOf(pull, quote)} AS pulled${where && ` WHERE ${where}`} ORDER BY ${order} LIMIT ${limit}`;
      try {
        const [rows, fields] = await client.query<RowDataPacket[]>(sql, values);
        return rows.map((row) => ({
          row: Object.fromEntries(fields.map((field) => [field.name, plain(row[field.name], field)])),
          place: columns.map((column) => placeText(row[column], column)),
        }));
      } catch (error) {
        throw error instanceof Error && error.name === 'DatabaseError' ? error : complaint(error);
      }
    },
    close: () => client.end(),
  };
}
