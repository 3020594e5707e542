import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlError, type SqlResult } from '../../../functions/shared/seams.ts';
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

describe('answers', () => {
  it('reads the views', async () => {
    expect(
      await run('SELECT event_id AS id, count(*) AS n FROM events WHERE owner = ? GROUP BY 1 ORDER BY 1', [
        'user_id:m1',
      ]),
    ).toEqual({
      columns: ['id', 'n'],
      rows: [
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ],
      truncated: false,
    });
  });

  it('reads tables that have no file yet', async () => {
    expect(await rows('SELECT count(*) FROM profiles JOIN decisions USING (one_id)')).toEqual([[0]]);
  });

  it('gives the partition, and prunes by it', async () => {
    expect(await rows("SELECT DISTINCT ingest_day FROM events_rows WHERE ingest_day >= '2026-03-01'")).toEqual([
      ['2026-03-01'],
    ]);
  });

  it.each<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992::BIGINT', '9007199254740992'],
    ['170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
    ["TIMESTAMP '2026-03-01 10:00:00.123456'", '2026-03-01T10:00:00.123Z'],
    ["TIMESTAMP '1969-12-31 23:59:59.9996'", '1969-12-31T23:59:59.999Z'],
    ["TIMESTAMPTZ '2026-03-01 10:00:00+08'", '2026-03-01T02:00:00.000Z'],
    ["TIMESTAMP_S '2026-03-01 10:00:00'", '2026-03-01T10:00:00.000Z'],
    ["TIMESTAMP 'infinity'", 'infinity'],
    ["DATE '2026-03-01'", '2026-03-01'],
    ['12.50::DECIMAL(9,2)', 12.5],
    ['12345678901234567890.12::DECIMAL(30,2)', '12345678901234567890.12'],
    ["'nan'::DOUBLE", 'NaN'],
    ['[1, 2, NULL]', [1, 2, null]],
    ["{'a': {'b': DATE '2026-03-01'}}", { a: { b: '2026-03-01' } }],
    ["MAP {'k': 1}", { k: 1 }],
    ["'\\x00\\xFF'::BLOB", 'AP8='],
    ['\'{"a":1}\'::JSON', '{"a":1}'],
    ["uuid '00000000-0000-0000-0000-000000000001'", '00000000-0000-0000-0000-000000000001'],
    ['true', true],
    ['NULL', null],
  ])('gives %s as JSON', async (expression, expected) => {
    expect(await rows(`SELECT ${expression}`)).toEqual([[expected]]);
  });

  it('binds parameters by position and type', async () => {
    expect(await rows('SELECT ?, ? + 1, ?, ?', ['x', 2, true, 1.5])).toEqual([['x', 3, true, 1.5]]);
    expect(await refusal('SELECT ?')).toMatch(/1 parameters \(\?\), but 0 values/);
  });

  it.each([
    'SHOW TABLES',
    'DESCRIBE events',
    'DESCRIBE SELECT 1',
    'SUMMARIZE events',
    'TABLE events',
    'FROM events',
    'VALUES (1)',
    'SELECT 1;',
  ])('allows %s', async (sql) => {
    expect((await run(sql)).rows.length).toBeGreaterThan(0);
  });

  it('explains a mistake in the words of the engine', async () => {
    expect(await refusal('SELECT evnt_id FROM events')).toMatch(/evnt_id.*not found/s);
    expect(await refusal('SELEC 1')).toMatch(/syntax error/);
    expect(await refusal('SELECT * FROM event')).toMatch(/event does not exist/);
  });
});

describe('limits', () => {
  it('cuts rows and says so', async () => {
    const small = await openFixture({ sql: { rows: 5, answerChars: 200 } });
    try {
      const cut = await small.lake.engine.query('SELECT range FROM range(100000000000)');
      expect(cut).toMatchObject({ truncated: true, rows: [[0], [1], [2], [3], [4]] });
      expect((await small.lake.engine.query('SELECT range FROM range(5)')).truncated).toBe(false);
      expect(await small.lake.engine.query("SELECT repeat('x', 90) FROM range(5)")).toMatchObject({
        truncated: true,
        rows: { length: 2 },
      });
      await expect(small.lake.engine.query("SELECT repeat('x', 300)")).rejects.toThrow(
        /One row of the answer is larger than 200/,
      );
    } finally {
      await small.dispose();
    }
  });

  it.each([
    [
      'a recursion without end',
      'WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t',
    ],
    ['a recursion that keeps all', 'WITH RECURSIVE t(a) AS (SELECT 1 UNION SELECT a + 1 FROM t) SELECT * FROM t'],
    ['a cross join', 'SELECT count(*) FROM range(10000000000000) a, range(10000000000000) b'],
    ['a sort of everything', 'SELECT * FROM range(10000000000000) ORDER BY random()'],
    ['one huge text', "SELECT repeat('x', 1000000000)"],
    ['a huge text folded while planning', "SELECT length(repeat('x', 4000000000))"],
    ['many large texts', "SELECT repeat('x', 1000000) FROM range(100000)"],
    ['a huge list', 'SELECT len(range(1000000000))'],
    ['a huge aggregate', "SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)"],
    ['a slow function', "SELECT levenshtein(repeat('a', 100000), repeat('b', 100000))"],
    ['deep brackets', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['a long sum', `SELECT ${'1+'.repeat(100_000)}1`],
    ['deep subqueries', `SELECT * FROM ${'(SELECT * FROM '.repeat(2_000)}range(1)${')'.repeat(2_000)}`],
    ['a text that is too long', `SELECT '${'x'.repeat(300_000)}'`],
  ])('survives %s', async (_what, sql) => {
    const before = process.memoryUsage.rss();
    const started = performance.now();
    const outcome = await run(sql).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(SqlError);
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
    expect(await rows('SELECT count(*) FROM events')).toEqual([[3]]);
  });

  it.each([
    ["SELECT length(repeat('x', 4000000000))", 'text'],
    ['SELECT len(range(2000000000))', 'list'],
  ])('ends the process of %s before it takes the machine, long before the time limit', async (sql) => {
    const patient = await openFixture({ sql: { seconds: 60, memoryMiB: 256 } });
    try {
      await expect(patient.lake.engine.query(sql)).rejects.toThrow(/needed too much memory/);
    } finally {
      await patient.dispose();
    }
  });

  it('stops only the query that took too long', async () => {
    const slow = run('SELECT count(*) FROM range(10000000000000)').catch((error: unknown) => error);
    expect(await rows('SELECT count(*) FROM events')).toEqual([[3]]);
    expect(String(await slow)).toMatch(/stopped after 3 s/);
  });

  it('queues a bounded number of queries', async () => {
    const small = await openFixture({ sql: { workers: 1, queue: 2 } });
    try {
      const all = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => small.lake.engine.query(`SELECT ${i}`)));
      expect(all.map((one) => (one.status === 'fulfilled' ? one.value.rows[0]?.[0] : String(one.reason)))).toEqual([
        0,
        1,
        2,
        expect.stringMatching(/2 queries are waiting already/),
        expect.stringMatching(/2 queries are waiting already/),
      ]);
    } finally {
      await small.dispose();
    }
  });

  it('refuses queries after it was closed', async () => {
    const closed = await openFixture();
    await closed.dispose();
    await expect(closed.lake.engine.query('SELECT 1')).rejects.toThrow();
  });
});

describe('Trino functions', () => {
  it.each<[string, unknown]>([
    [`json_extract_scalar('{"a":{"b":[1,"x"]},"t":true,"n":null}', '$.a.b[1]')`, 'x'],
    [`json_extract_scalar('{"a":{"b":1}}', '$.a')`, null],
    [`json_extract_scalar('{"t":true}', '$.t')`, 'true'],
    [`json_extract_scalar('{"n":null}', '$.n')`, null],
    [`json_extract_scalar('not json', '$.n')`, null],
    [`json_format(json_parse('{ "a": [1, 2] }'))`, '{"a":[1,2]}'],
    [`json_extract_scalar('{"two words":{"c":1}}', '$["two words"]["c"]')`, '1'],
    ["json_array_length('{broken')", null],
    ["concat('a', '-', NULL)", null],
    ['greatest(1, NULL, 3)', null],
    ['least(2, 1, 3)', 1],
    ["regexp_extract('abc', '[0-9]+')", null],
    ["regexp_extract('k=v', '(\\w)=(\\w)', 2)", 'v'],
    ["regexp_replace('k=v; a=b', '(\\w)=(\\w)', '$2:$1')", 'v:k; b:a'],
    ["split_part('a:', ':', 3)", null],
    ["upper('straße')", 'STRAßE'],
    ["date_add('month', -1, TIMESTAMP '2026-03-31 10:00:00')", '2026-02-28T10:00:00.000Z'],
    ['(SELECT min_by(a, b) FROM (VALUES (NULL, 1), (2, 3)) AS t(a, b))', null],
    [`date_diff('day', TIMESTAMP '2026-01-01 23:00:00', TIMESTAMP '2026-01-02 01:00:00')`, 0],
    [`date_diff('month', DATE '2026-01-31', DATE '2026-03-01')`, 1],
    [
      `date_format(TIMESTAMP '2026-03-01 09:05:07', '%Y-%m-%d %H:%i:%s %M %W %k')`,
      '2026-03-01 09:05:07 March Sunday 9',
    ],
    [`from_iso8601_timestamp('2026-03-01T10:00:00+08:00')`, '2026-03-01T02:00:00.000Z'],
    [`from_iso8601_date('2026-03-01')`, '2026-03-01'],
    [`from_unixtime(0)`, '1970-01-01T00:00:00.000Z'],
    [`to_unixtime(TIMESTAMP '1970-01-01 00:00:01')`, 1],
    [`day_of_week(DATE '2026-03-01')`, 7],
    [`regexp_like('abc', 'b')`, true],
    [`array_join(sequence(1, 3), '-')`, '1-2-3'],
    [`7 / 2`, 3],
    [`TIMESTAMP '2026-03-01 00:00:00' + interval '3' day`, '2026-03-04T00:00:00.000Z'],
    [`(SELECT approx_distinct(event_id) FROM events)`, 3],
    [`(SELECT approx_percentile(x, 0.5) FROM (VALUES (1), (2), (3)) t(x))`, 2],
  ])('%s', async (expression, expected) => {
    expect(await rows(`SELECT ${expression}`)).toEqual([[expected]]);
  });
});
