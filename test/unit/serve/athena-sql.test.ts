import { AthenaClient, InvalidRequestException } from '@aws-sdk/client-athena';
import { describe, expect, it } from 'vitest';
import { AthenaSql, cell, literal } from '../../../functions/serve/athena-sql.ts';
import { SqlError } from '../../../functions/shared/seams.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const state = (State: string, StateChangeReason?: string) => ({
  QueryExecution: { Status: { State, StateChangeReason } },
});
const row = (...values: (string | undefined)[]) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });
const page = (rows: unknown[], NextToken?: string) => ({
  NextToken,
  ResultSet: {
    ResultSetMetadata: {
      ColumnInfo: [
        { Name: 'owner', Type: 'varchar' },
        { Name: 'n', Type: 'bigint' },
      ],
    },
    Rows: rows,
  },
});

function engine(answers: Answer[], rows = 100) {
  const client = new AthenaClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const clock = { ms: 0, now: () => clock.ms };
  const sleep = async (ms: number) => {
    clock.ms += ms;
  };
  const limits = { rows, deadline: 2_000 };
  const sql = new AthenaSql(client, { workgroup: 'w', database: 'd', limits, clock, sleep });
  return { calls, clock, sql };
}

describe('AthenaSql', () => {
  it('starts, waits with growing pauses, and reads', async () => {
    const answers = [
      { QueryExecutionId: 'q' },
      state('QUEUED'),
      state('RUNNING'),
      state('SUCCEEDED'),
      page([row('owner', 'n'), row('user_id:1', '3'), row(undefined, '4')]),
    ];
    const { calls, clock, sql } = engine(answers);
    expect(await sql.query('SELECT owner, n FROM t WHERE owner = ? AND n > ?', ["o'neill", 2])).toEqual({
      columns: ['owner', 'n'],
      rows: [
        ['user_id:1', 3],
        [null, 4],
      ],
      truncated: false,
    });
    expect(clock.ms).toBe(300);
    expect(calls.map(({ command }) => command)).toEqual([
      'StartQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryExecution',
      'GetQueryResults',
    ]);
    expect(calls[0]?.input).toEqual({
      QueryString: 'SELECT owner, n FROM t WHERE owner = ? AND n > ?',
      WorkGroup: 'w',
      QueryExecutionContext: { Database: 'd' },
      ExecutionParameters: ["'o''neill'", '2'],
    });
  });

  it('reads pages up to the limit and says that there was more', async () => {
    const pages = [page([row('owner', 'n'), row('a', '1')], 'more'), page([row('b', '2'), row('c', '3')], 'even more')];
    const { calls, sql } = engine([{ QueryExecutionId: 'q' }, state('SUCCEEDED'), ...pages], 2);
    expect(await sql.query('SELECT 1')).toEqual({
      columns: ['owner', 'n'],
      rows: [
        ['a', 1],
        ['b', 2],
      ],
      truncated: true,
    });
    expect(calls.slice(2).map(({ input }) => input.NextToken)).toEqual([undefined, 'more']);
  });

  it('stops a query whose time is over', async () => {
    const { calls, sql } = engine([{ QueryExecutionId: 'q' }, ...Array(5).fill(state('RUNNING')), {}]);
    await expect(sql.query('SELECT 1')).rejects.toThrow(SqlError);
    expect(calls.at(-1)).toEqual({ command: 'StopQueryExecution', input: { QueryExecutionId: 'q' } });
  });

  it.each([
    [[{ QueryExecutionId: 'q' }, state('FAILED', 'COLUMN_NOT_FOUND: line 1:8')], 'COLUMN_NOT_FOUND: line 1:8'],
    [[{ QueryExecutionId: 'q' }, state('CANCELLED')], 'The query was cancelled.'],
    [[new InvalidRequestException({ message: 'line 1:1: mismatched input', $metadata: {} })], 'mismatched input'],
  ] as [Answer[], string][])('tells the author what was wrong', async (answers, message) => {
    const { sql } = engine(answers);
    await expect(sql.query('SELECT nothing')).rejects.toThrow(SqlError);
    await expect(engine(answers).sql.query('SELECT nothing')).rejects.toThrow(message);
  });

  it.each([
    'DROP TABLE events',
    'INSERT INTO t SELECT 1',
    '/* SELECT */ DELETE FROM t',
    '-- SELECT\nUNLOAD (SELECT 1) TO x',
    '',
  ])('refuses %j before anybody is asked', async (sql) => {
    const done = engine([]);
    await expect(done.sql.query(sql)).rejects.toThrow(SqlError);
    expect(done.calls).toEqual([]);
  });
});

describe('values', () => {
  it.each([
    ['9007199254740993', 'bigint', '9007199254740993'],
    ['1.5', 'double', 1.5],
    ['true', 'boolean', true],
    ['2026-01-31 08:00:00.000', 'timestamp', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00:00.250000', 'timestamp', '2026-01-31T08:00:00.250Z'],
    ['2026-01-31 08:00:00', 'timestamp(6)', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00:00.000 Asia/Shanghai', 'timestamp with time zone', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31 08:00:00.000 UTC', 'timestamp with time zone', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00:00.000 -05:30', 'timestamp with time zone', '2026-01-31T13:30:00.000Z'],
    ['2026-01-31 08:00:00.000 Not/AZone', 'timestamp with time zone', '2026-01-31 08:00:00.000 Not/AZone'],
    ['NaN', 'double', 'NaN'],
    ['-Infinity', 'double', '-Infinity'],
    ['2.350', 'decimal', 2.35],
    ['-0.10', 'decimal(3,2)', -0.1],
    ['12345678901234567890.5', 'decimal', '12345678901234567890.5'],
    ['2026-01-31', 'date', '2026-01-31'],
    [undefined, 'bigint', null],
  ])('reads %j as %s', (text, type, value) => {
    expect(cell(text, type)).toBe(value);
  });

  it('writes parameters as literals that cannot break out', () => {
    expect(["'; DROP TABLE t; --", 7, true].map(literal)).toEqual(["'''; DROP TABLE t; --'", '7', 'true']);
  });
});
