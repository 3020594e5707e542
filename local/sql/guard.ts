import { SqlError } from '../../functions/shared/seams.ts';

/** Table functions that only compute; every other one reads files, settings or the engine's inside. */
const TABLE_FUNCTIONS = new Set([
  'unnest',
  'range',
  'generate_series',
  'json_each',
  'json_tree',
  'repeat',
  'repeat_row',
]);

/** Scalar functions that show the host or run SQL given as text. */
const HIDDEN_FUNCTIONS = new Set([
  'current_setting',
  'getenv',
  'getvariable',
  'json_execute_serialized_sql',
  'json_serialize_plan',
  'query',
  'query_table',
  'write_log',
]);

const HIDDEN_RELATIONS = /^(?:duckdb_|pragma_|pg_|sqlite_)/i;
const HIDDEN_SCHEMAS = new Set(['pg_catalog']);

/** Nesting of the parsed query; deeper ones are refused before the engine recurses into them. */
const MAX_DEPTH = 1_000;

interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Refuses what is not exactly one query over the lake's relations. It looks at the parse tree, not at the text, and comes on top
 * of the engine's own confinement, so that no file, not even one of the lake, can be named.
 * @param serialized what DuckDB's `json_serialize_sql` answered for the query.
 * @throws SqlError that says what is refused and what to use instead.
 */
export function assertReadsTheLakeOnly(serialized: string): void {
  const parsed = JSON.parse(serialized) as Parsed; // DuckDB's own format
  if (parsed.error) {
    if (parsed.error_type === 'not implemented')
      throw new SqlError('Only one SELECT (or WITH … SELECT) statement is allowed here.');
    throw new SqlError(parsed.error_message ?? 'The query could not be parsed.');
  }
  const count = parsed.statements?.length ?? 0;
  if (count !== 1) throw new SqlError(`Send exactly one SELECT statement; this text has ${count}.`);
  walk(parsed.statements, 0);
}

function walk(node: unknown, depth: number): void {
  if (typeof node !== 'object' || node === null) return;
  if (depth > MAX_DEPTH) throw new SqlError('The query is nested too deeply; flatten it.');
  if (Array.isArray(node)) {
    for (const item of node) walk(item, depth + 1);
    return;
  }
  check(node as Record<string, unknown>);
  for (const value of Object.values(node)) walk(value, depth + 1);
}

function check(node: Record<string, unknown>): void {
  if (node.type === 'TABLE_FUNCTION') checkTableFunction(node.function);
  if (node.type === 'BASE_TABLE') checkRelation(node);
  if (node.type === 'SHOW_REF' && node.query === undefined && node.table_name !== '"tables"') {
    throw new SqlError('Of the SHOW statements only SHOW TABLES is allowed here; use DESCRIBE <table> for columns.');
  }
  if (typeof node.function_name === 'string' && HIDDEN_FUNCTIONS.has(node.function_name.toLowerCase())) {
    throw new SqlError(`The function ${node.function_name} is not available here.`);
  }
}

function checkTableFunction(call: unknown): void {
  const name = typeof call === 'object' && call !== null && 'function_name' in call ? String(call.function_name) : '?';
  if (TABLE_FUNCTIONS.has(name.toLowerCase())) return;
  throw new SqlError(
    `The table function ${name} is not available here; query the lake's tables (SHOW TABLES lists them).`,
  );
}

function checkRelation(node: Record<string, unknown>): void {
  const name = String(node.table_name ?? '');
  const schema = String(node.schema_name ?? '').toLowerCase();
  const catalog = String(node.catalog_name ?? '').toLowerCase();
  const hidden =
    HIDDEN_RELATIONS.test(name) ||
    HIDDEN_SCHEMAS.has(schema) ||
    catalog === 'system' ||
    (schema === 'information_schema' && name.toLowerCase() === 'views') ||
    !/^[\p{L}\p{N}_ ]*$/u.test(name);
  if (hidden) throw new SqlError(`The table ${name} is not available here; SHOW TABLES lists those that are.`);
}
