import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api';
import { SqlError, type SqlResult } from '../../functions/shared/seams.ts';
import { assertReadsTheLakeOnly } from './guard.ts';
import type { QueryLimits, QueryRequest, WorkerSettings } from './messages.ts';
import { TRINO_PRELUDE } from './prelude.ts';
import { toJsonValue } from './values.ts';

/** A DuckDB that can read the lake folder and do nothing else; after this its settings are locked. */
export async function openConfined(settings: WorkerSettings): Promise<ConfinedDuckDB> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${settings.memoryMiB}MiB`,
    threads: String(settings.threads),
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_persistent_secrets: 'false',
    allow_community_extensions: 'false',
    integer_division: 'true',
  });
  const admin = await instance.connect();
  for (const macro of TRINO_PRELUDE) await admin.run(macro);
  await admin.run("SET GLOBAL TimeZone = 'UTC'");
  await admin.run(`SET GLOBAL allowed_directories = ['${settings.dir.replaceAll("'", "''")}']`);
  await admin.run('SET GLOBAL enable_external_access = false');
  await admin.run('SET GLOBAL lock_configuration = true');
  return new ConfinedDuckDB(settings, instance, admin);
}

/** Runs queries one at a time, each on a connection of its own. */
export class ConfinedDuckDB {
  readonly #settings: WorkerSettings;
  readonly #instance: DuckDBInstance;
  readonly #admin: DuckDBConnection;

  constructor(settings: WorkerSettings, instance: DuckDBInstance, admin: DuckDBConnection) {
    this.#settings = settings;
    this.#instance = instance;
    this.#admin = admin;
  }

  /** @throws SqlError for everything that is the query's fault, without paths of the host. */
  async query(request: QueryRequest): Promise<SqlResult> {
    try {
      for (const statement of request.statements ?? []) await this.#admin.run(statement);
      const parsed = await this.#admin.runAndReadAll(
        'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)',
        [request.sql],
      );
      assertReadsTheLakeOnly(String(parsed.getRowsJson()[0]?.[0]));
      return await this.#runAlone(request);
    } catch (error) {
      if (error instanceof SqlError) throw error;
      throw new SqlError(this.#forItsAuthor(error instanceof Error ? error.message : String(error)));
    }
  }

  async #runAlone(request: QueryRequest): Promise<SqlResult> {
    const connection = await this.#instance.connect();
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      connection.interrupt();
    }, request.limits.seconds * 1_000);
    try {
      const statement = await prepareSelect(connection, request.sql);
      bindAll(statement, request.parameters);
      return await collect(statement, request.limits);
    } catch (error) {
      if (expired) {
        throw new SqlError(
          `The query was stopped after ${request.limits.seconds} s; filter on ingest_day or time, or aggregate less.`,
        );
      }
      throw error;
    } finally {
      clearTimeout(timer);
      connection.closeSync();
    }
  }

  /** Without paths of the host, and without advice that nobody can follow here. */
  #forItsAuthor(message: string): string {
    const { dir, memoryMiB } = this.#settings;
    if (message.startsWith('Out of Memory Error')) {
      return `The query needs more than ${memoryMiB} MiB of memory; filter on ingest_day or time, or aggregate less.`;
    }
    return message.replaceAll(dir, '<lake>');
  }
}

async function prepareSelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const extracted = await connection.extractStatements(sql);
  if (extracted.count !== 1) throw new SqlError(`Send exactly one SELECT statement; this text has ${extracted.count}.`);
  const statement = await extracted.prepare(0);
  if (statement.statementType !== StatementType.SELECT) {
    throw new SqlError('Only one SELECT (or WITH … SELECT) statement is allowed here.');
  }
  return statement;
}

function bindAll(statement: DuckDBPreparedStatement, parameters: readonly (string | number | boolean)[]): void {
  if (statement.parameterCount !== parameters.length) {
    throw new SqlError(
      `The query has ${statement.parameterCount} parameters (?), but ${parameters.length} values were given.`,
    );
  }
  parameters.forEach((value, index) => {
    if (typeof value === 'string') statement.bindVarchar(index + 1, value);
    else if (typeof value === 'boolean') statement.bindBoolean(index + 1, value);
    else if (Number.isSafeInteger(value)) statement.bindBigInt(index + 1, BigInt(value));
    else statement.bindDouble(index + 1, value);
  });
}

/** Reads rows until a limit; the rest of the answer is never computed. */
async function collect(statement: DuckDBPreparedStatement, limits: QueryLimits): Promise<SqlResult> {
  const result = await statement.stream();
  const columns = result.columnNames();
  const rows: unknown[][] = [];
  let chars = 0;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const vectors = columns.map((_, index) => chunk.getColumnVector(index));
    for (let index = 0; index < chunk.rowCount; index += 1) {
      if (rows.length >= limits.rows) return { columns, rows, truncated: true };
      const row = vectors.map((vector) => toJsonValue(vector.getItem(index)));
      chars += JSON.stringify(row).length;
      if (chars > limits.answerChars) {
        if (rows.length > 0) return { columns, rows, truncated: true };
        throw new SqlError(
          `One row of the answer is larger than ${limits.answerChars} characters; select fewer columns.`,
        );
      }
      rows.push(row);
    }
  }
  return { columns, rows, truncated: false };
}
