import { cell, literal } from '../../functions/serve/athena-sql.ts';

export interface TrinoColumn {
  readonly name: string;
  readonly type: string;
}

export interface TrinoResult {
  readonly columns: readonly TrinoColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

/** One page of an answer of Trino's client protocol. */
interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly message: string; readonly errorName: string };
}

/** Trino refused or failed a statement. */
export class TrinoError extends Error {
  override name = 'TrinoError';
}

export type Parameter = string | number | boolean;

/**
 * Runs one statement over Trino's HTTP protocol and reads all of its rows. Parameters go as Athena sends them: the statement is
 * prepared and executed with literals.
 * @throws TrinoError with Trino's own words
 */
export async function runStatement(
  server: { url: string; catalog: string; schema: string },
  sql: string,
  parameters: readonly Parameter[] = [],
): Promise<TrinoResult> {
  const headers = {
    'X-Trino-User': 'test',
    'X-Trino-Time-Zone': 'UTC',
    // Without it, a Trino hides the precision of times and cuts them to milliseconds.
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
    'X-Trino-Catalog': server.catalog,
    'X-Trino-Schema': server.schema,
    ...(parameters.length === 0 ? {} : { 'X-Trino-Prepared-Statement': `asked=${encodeURIComponent(sql)}` }),
  };
  const body = parameters.length === 0 ? sql : `EXECUTE asked USING ${parameters.map(literal).join(', ')}`;
  let page = await ask(`${server.url}/v1/statement`, { method: 'POST', headers, body });
  let columns: readonly TrinoColumn[] = [];
  const rows: (readonly unknown[])[] = [];
  for (;;) {
    if (page.error) throw new TrinoError(`${page.error.errorName}: ${page.error.message}\n${sql}`);
    columns = page.columns ?? columns;
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return { columns, rows };
    page = await ask(page.nextUri, { headers });
  }
}

/** Trino answers 503 where it wants to be asked again; each answer waits by itself until there is something to say. */
async function ask(url: string, init: RequestInit): Promise<Page> {
  for (;;) {
    const response = await fetch(url, init);
    if (response.ok) return JSON.parse(await response.text(), exactly) as Page; // Trino's own protocol
    if (response.status !== 503) throw new TrinoError(`Trino answered ${response.status}: ${await response.text()}`);
  }
}

/** Keeps the digits of whole numbers that a JavaScript number has no room for. */
const exactly = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value;

/**
 * What the SQL API answers on AWS for a value that this Trino gave: Athena hands over text, and the API reads it by the type
 * that Athena names.
 */
export const asClientSees = ({ columns, rows }: TrinoResult): unknown[][] =>
  rows.map((row) => row.map((value, i) => clientValue(value, columns[i]?.type ?? '')));

const clientValue = (value: unknown, type: string): unknown =>
  cell(value === null || value === undefined ? undefined : String(value), athenaType(type));

/** The name that Athena's results have for a type: without precision, as in `timestamp` for `timestamp(3)`. */
const athenaType = (type: string): string => type.replace(/\([\d, ]*\)/g, '');
