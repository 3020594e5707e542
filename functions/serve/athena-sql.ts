import { type AthenaClient, GetQueryResultsCommand } from '@aws-sdk/client-athena';
import { AthenaQueries } from '../shared/athena-queries.ts';
import { type Clock, type SqlEngine, SqlError, type SqlResult } from '../shared/seams.ts';
import { instantOf } from '../shared/zoned.ts';

const LONGEST_POLL_MS = 1_000;
const PAGE_ROWS = 1_000;

export interface AthenaLimits {
  readonly rows: number;
  /** Epoch milliseconds by which every query of this engine has to be done: one request may ask several. */
  readonly deadline: number;
}

/** What the engine needs besides its client; the waiting and the clock are arguments. */
export interface AthenaOptions {
  readonly workgroup: string;
  readonly database: string;
  readonly limits: AthenaLimits;
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
}

type Column = { readonly name: string; readonly type: string };

/** Refuses anything but one query early; that the role can only read is what makes it safe. */
export function assertQuery(sql: string): void {
  const bare = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim();
  if (!/^(select|with)\b/i.test(bare)) throw new SqlError('Only one SELECT statement is allowed.');
}

/** A value as Athena wants an execution parameter: a SQL literal. */
export const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

/** Decimal digits that a double always keeps. */
const DOUBLE_DIGITS = 15;

/**
 * A cell by its column's type, as the embedded binding answers it too: numbers while they are exact, else as text; booleans as
 * such; times as ISO 8601 in UTC with milliseconds; all else as text.
 */
export function cell(text: string | undefined, type: string): unknown {
  if (text === undefined) return null;
  if (type === 'boolean') return text === 'true';
  if (/^(tinyint|smallint|integer|bigint|float|double|real)$/.test(type)) {
    const number = Number(text);
    const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
    return exact ? number : text;
  }
  if (type.startsWith('decimal')) {
    return text.replace(/^-?0*|\./g, '').length <= DOUBLE_DIGITS ? Number(text) : text;
  }
  return type.startsWith('timestamp') ? instant(text) : text;
}

/**
 * Athena writes as many digits of a second as the table has, six from Iceberg, and a zone where the type has one: `UTC`, an offset
 * or a region.
 */
function instant(text: string): string {
  const [date = '', time = '', zone = 'UTC'] = text.split(' ');
  const fixed = /^(?:UTC|[+-]\d\d:\d\d)$/.test(zone);
  const ms = fixed ? Date.parse(`${date}T${time}${zone.replace('UTC', 'Z')}`) : instantInRegion(date, time, zone);
  return Number.isNaN(ms) ? text : new Date(ms).toISOString();
}

/** NaN for a region that is not known here. */
function instantInRegion(date: string, time: string, zone: string): number {
  try {
    return instantOf(date, time, zone);
  } catch {
    return Number.NaN;
  }
}

/** The lake's SQL on Athena: start, poll, read, all bounded. The workgroup bounds what a query may scan. */
export class AthenaSql implements SqlEngine {
  readonly #client: AthenaClient;
  readonly #options: AthenaOptions;

  constructor(client: AthenaClient, options: AthenaOptions) {
    this.#client = client;
    this.#options = options;
  }

  async query(sql: string, parameters: readonly (string | number | boolean)[] = []): Promise<SqlResult> {
    assertQuery(sql);
    const { limits, ...options } = this.#options;
    const queries = new AthenaQueries(this.#client, {
      ...options,
      deadline: limits.deadline,
      longest_poll_ms: LONGEST_POLL_MS,
      when_stopped: 'Read fewer days or columns.',
    });
    const { id } = await queries.run(sql, parameters.map(literal));
    return await this.#read(id);
  }

  async #read(QueryExecutionId: string): Promise<SqlResult> {
    const { rows: most } = this.#options.limits;
    const rows: unknown[][] = [];
    let columns: Column[] | undefined;
    let NextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new GetQueryResultsCommand({ QueryExecutionId, NextToken, MaxResults: PAGE_ROWS }),
      );
      const info = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
      const found = page.ResultSet?.Rows ?? [];
      // The first row of the first page repeats the column names.
      const fresh = columns === undefined ? found.slice(1) : found;
      const types = columns ?? info.map(({ Name = '', Type = 'varchar' }) => ({ name: Name, type: Type }));
      columns = types;
      rows.push(...fresh.map(({ Data = [] }) => types.map(({ type }, i) => cell(Data[i]?.VarCharValue, type))));
      NextToken = page.NextToken;
    } while (NextToken && rows.length <= most);
    return {
      columns: (columns ?? []).map(({ name }) => name),
      rows: rows.slice(0, most),
      truncated: rows.length > most || NextToken !== undefined,
    };
  }
}
