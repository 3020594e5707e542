import type { Parameter } from './client.ts';
import { answers } from './compare.ts';
import { type Expression, SOURCES } from './functions.ts';
import type { DuckDb } from './lake.ts';
import type { Trino } from './server.ts';

/** Expressions in one statement: a statement costs a Trino more than an expression. */
const BATCH = 30;

export interface Engines {
  readonly trino: Trino;
  readonly duckdb: DuckDb;
}

/** Runs a statement on both; `ordered` where the order of the rows counts. @throws whatever one of them says against it */
export async function onBoth(
  engines: Engines,
  sql: string,
  { parameters = [], ordered = false }: { parameters?: readonly Parameter[]; ordered?: boolean } = {},
) {
  return answers(await engines.trino.run(sql, parameters), await engines.duckdb(sql, parameters), ordered);
}

const statementOf = (
  source: Exclude<Expression['source'], 'statement'>,
  expressions: readonly Expression[],
): string => {
  const { keys, rest } = SOURCES[source];
  const values = expressions.map(({ sql }, i) => `${sql} AS v${i}`);
  return `SELECT ${[...keys.map((key, i) => `${key} AS k${i}`), ...values].join(', ')} ${rest}`;
};

/** In which expressions the engines differ, with what they answer; none, it is hoped. */
export async function differences(engines: Engines, expressions: readonly Expression[]): Promise<string[]> {
  const found: string[] = [];
  for (const [source, all] of Map.groupBy(expressions, (expression) => expression.source)) {
    const size = source === 'statement' ? 1 : BATCH;
    for (let from = 0; from < all.length; from += size) {
      found.push(...(await differencesOf(engines, source, all.slice(from, from + size))));
    }
  }
  return found;
}

async function differencesOf(
  engines: Engines,
  source: Expression['source'],
  batch: readonly Expression[],
): Promise<string[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const statement = source === 'statement' ? first.sql : statementOf(source, batch);
  try {
    const { trino, duckdb } = await onBoth(engines, statement);
    if (JSON.stringify(trino) === JSON.stringify(duckdb)) return [];
    if (batch.length === 1) return [`${first.sql}: Trino ${trino.rows.join(' ')}, DuckDB ${duckdb.rows.join(' ')}`];
  } catch (error) {
    if (batch.length === 1) return [`${first.sql}: ${error instanceof Error ? error.message : String(error)}`];
  }
  // One of them is to be named.
  const single: string[] = [];
  for (const expression of batch) single.push(...(await differencesOf(engines, source, [expression])));
  return single;
}
