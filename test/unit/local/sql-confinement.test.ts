import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lakeViews } from '../../../functions/lake/views.ts';
import { SqlError, type SqlResult } from '../../../functions/shared/seams.ts';
import { LAKE_TABLES } from '../../../schemas/lake.ts';
import { eventRow, type Fixture, openFixture, putCommitted } from './lake-fixture.ts';

const SECRET = 'only-in-the-state-database';
let f: Fixture;

beforeAll(async () => {
  f = await openFixture({ sql: { seconds: 3, memoryMiB: 384 } });
  await putCommitted(
    f,
    'events',
    ['a', 'b', 'c'].map((id) => eventRow(id)),
  );
  await f.lake.flush();
  writeFileSync(join(f.dir, 'secret.csv'), `x\n${SECRET}\n`);
  writeFileSync(join(f.dir, 'lake', 'inside.csv'), `x\n${SECRET}\n`);
});
afterAll(() => f.dispose());

const run = (sql: string, parameters?: (string | number | boolean)[]): Promise<SqlResult> =>
  f.lake.engine.query(sql, parameters);
const rows = async (
  sql: string,
  parameters?: (string | number | boolean)[],
): Promise<readonly (readonly unknown[])[]> => (await run(sql, parameters)).rows;
const refusal = async (sql: string): Promise<string> => {
  const outcome = await run(sql).catch((error: unknown) => error);
  if (!(outcome instanceof SqlError))
    throw new Error(`Not refused: ${sql.slice(0, 100)} → ${JSON.stringify(outcome).slice(0, 200)}`);
  return outcome.message;
};

describe('confinement', () => {
  const file = (path: string): string => path.replaceAll('$DIR', f.dir);

  it.each([
    "COPY events TO '$DIR/lake/out.csv'",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "COPY events FROM '$DIR/secret.csv'",
    "ATTACH '$DIR/state.db' AS s (TYPE sqlite)",
    "ATTACH ':memory:' AS m",
    'DETACH memory',
    'USE memory',
    'INSTALL httpfs',
    'LOAD httpfs',
    "LOAD '/tmp/evil.duckdb_extension'",
    'SET enable_external_access = true',
    "SET memory_limit = '100GB'",
    'SET VARIABLE a = 1',
    'RESET lock_configuration',
    'PRAGMA database_list',
    'PRAGMA show_tables',
    "PRAGMA import_database('/tmp')",
    'CREATE TABLE t (a INTEGER)',
    'CREATE TABLE t AS SELECT 1',
    'CREATE VIEW events AS SELECT 1',
    'CREATE OR REPLACE MACRO date_diff(a, b, c) AS 1',
    "CREATE SECRET (TYPE s3, KEY_ID 'x')",
    "INSERT INTO events VALUES ('x')",
    "UPDATE events SET name = 'x'",
    'DELETE FROM events',
    'TRUNCATE events',
    'DROP VIEW events',
    'ALTER VIEW events RENAME TO e',
    "COMMENT ON VIEW events IS 'x'",
    'MERGE INTO events USING events b ON true WHEN MATCHED THEN DELETE',
    'BEGIN',
    'COMMIT',
    'CHECKPOINT',
    'VACUUM',
    'ANALYZE',
    'CALL pragma_version()',
    'CALL enable_logging()',
    'EXPLAIN SELECT 1',
    "EXPLAIN ANALYZE COPY events TO '$DIR/lake/out.csv'",
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    "EXPORT DATABASE '$DIR/lake/out'",
    "IMPORT DATABASE '$DIR/lake'",
    'SELECT 1; SELECT 2',
    "SELECT 1; COPY events TO '$DIR/lake/out.csv'",
    'SELECT 1 /* ; */; DROP VIEW events; --',
    'WITH x AS (INSERT INTO events VALUES (1) RETURNING *) SELECT * FROM x',
    '',
    ';',
    '-- nothing',
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('$DIR/secret.csv')",
    "SELECT * FROM read_csv('$DIR/lake/../secret.csv')",
    "SELECT * FROM read_csv('$DIR/lake/inside.csv')",
    "SELECT * FROM read_csv_auto('$DIR/lake/inside.csv')",
    "SELECT * FROM '$DIR/secret.csv'",
    "SELECT * FROM '$DIR/lake/inside.csv'",
    'SELECT * FROM "$DIR/lake/../secret.csv"',
    "SELECT * FROM '../secret.csv'",
    "SELECT * FROM 'https://example.com/x.csv'",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM parquet_scan('$DIR/lake/*/*/*.parquet')",
    "SELECT * FROM READ_TEXT('$DIR/state.db')",
    "SELECT * FROM read_json('$DIR/secret.csv')",
    "SELECT * FROM sniff_csv('$DIR/secret.csv')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM glob('$DIR/lake/../*')",
    "SELECT * FROM sqlite_scan('$DIR/state.db', 'lake_outbox')",
    "SELECT * FROM parquet_metadata('$DIR/lake/x.parquet')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_views()',
    'SELECT * FROM duckdb_views',
    'SELECT * FROM main."duckdb_views"',
    'SELECT * FROM pg_catalog.pg_views',
    'SELECT * FROM pg_views',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM information_schema.views',
    'SELECT * FROM system.information_schema.views',
    'SELECT * FROM duckdb_databases()',
    'SELECT * FROM duckdb_secrets()',
    'SHOW DATABASES',
    'SHOW ALL TABLES',
    "SELECT current_setting('allowed_directories')",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT write_log('x')",
    "SELECT * FROM enable_logging(storage := 'file', storage_path := '$DIR/lake/log')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query('DROP VIEW events')",
    "SELECT * FROM query_table('events')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM events WHERE name IN (SELECT content FROM read_text('/etc/passwd'))",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
    "SELECT list_transform([1], x -> (SELECT max(size) FROM read_blob('/etc/passwd')))",
    "SELECT 1 UNION ALL SELECT size FROM read_text('/etc/passwd')",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE '$DIR/lake/inside.csv'",
    "DESCRIBE '/etc/passwd.csv'",
    "PIVOT (SELECT * FROM read_text('/etc/passwd')) ON size IN (1) USING count(*)",
    "FROM read_text('/etc/passwd')",
    "SELECT * FROM events ORDER BY (SELECT content FROM read_text('/etc/passwd')) LIMIT (SELECT 1)",
    "SELECT * FROM events LIMIT (SELECT size FROM read_text('/etc/passwd'))",
  ])('refuses %s', async (attack) => {
    const message = await refusal(file(attack));
    expect(message).not.toContain(SECRET);
    expect(message).not.toContain('root:');
    expect(message.replaceAll(file(attack), '')).not.toContain(join(dirname(f.dir), 'lake'));
  });

  it('left everything as it was', async () => {
    expect(await rows('SELECT count(*) FROM events')).toEqual([[3]]);
    expect(await rows('SELECT count(*) FROM information_schema.tables')).toEqual([
      [LAKE_TABLES.length + lakeViews('exactly_once').length],
    ]);
  });

  it('gives the process no environment and no way to write, even past the guard', async () => {
    const { openConfined } = await import('../../../local/sql/confined.ts');
    mkdirSync(join(f.dir, 'lake', 'x'), { recursive: true });
    const engine = await openConfined({ dir: join(f.dir, 'lake'), memoryMiB: 64, processMemoryMiB: 256, threads: 1 });
    const limits = { seconds: 5, rows: 10, answerChars: 1_000 };
    const outside = `CREATE OR REPLACE VIEW v AS SELECT * FROM read_csv('${f.dir}/secret.csv')`;
    await expect(engine.query({ sql: 'SELECT 1', parameters: [], limits, statements: [outside] })).rejects.toThrow(
      /disabled by configuration/,
    );
    await expect(
      engine.query({ sql: 'SELECT 1', parameters: [], limits, statements: ["SET memory_limit = '9GB'"] }),
    ).rejects.toThrow(/locked/);
  });
});
