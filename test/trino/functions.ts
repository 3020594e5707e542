/** Where an expression is evaluated: over rows with awkward values, or by itself. */
export type Source = 'single' | 'rows' | 'groups' | 'json' | 'times' | 'pairs' | 'statement';

export interface Expression {
  readonly source: Source;
  /** An expression over the columns of its source; of `statement`, a whole SELECT. */
  readonly sql: string;
}

const ROWS = `(VALUES (1, 'a', 10, 1.5E0, true), (2, 'a', 20, -2.25E0, false), (3, 'b', NULL, NULL, NULL), (4, 'b', 20, 0E0, true), (5, NULL, 5, 1E6, false)) AS t(n, g, i, d, b)`;
/** Documents as our own code writes them, and what is none. */
const JSON_TEXTS = `(VALUES
  (1, '${JSON.stringify({ a: 1, b: { c: 'x y' }, l: [1, 'two', null, { k: true }], t: true, z: null, s: '张三 "q"', f: 1.5, e: '', 'two words': 'w', big: 1e21, small: 1e-7, neg: -0.5 })}'),
  (2, '[]'), (3, '["p",{"q":"r"}]'), (4, '"text"'), (5, '12'), (6, 'null'), (7, '{broken'), (8, ''), (9, NULL)) AS t(n, j)`;
const TIMES_OF = (
  alias: string,
): string => `(VALUES (1, TIMESTAMP '2026-01-31 00:00:00.000'), (2, TIMESTAMP '2026-02-28 23:59:59.999'),
  (3, TIMESTAMP '2024-02-29 12:34:56.789'), (4, TIMESTAMP '2026-12-31 10:00:00.500'),
  (5, TIMESTAMP '1969-12-31 23:59:58.001'), (6, CAST(NULL AS timestamp))) AS ${alias}(n, t)`;
const TIMES = TIMES_OF('t');

/** What an expression stands in: the columns that tell its rows apart, and the rest of the statement. */
export const SOURCES: Readonly<Record<Exclude<Source, 'statement'>, { keys: readonly string[]; rest: string }>> = {
  single: { keys: [], rest: '' },
  rows: { keys: ['n'], rest: `FROM ${ROWS}` },
  groups: { keys: ['g'], rest: `FROM ${ROWS} GROUP BY g` },
  json: { keys: ['n'], rest: `FROM ${JSON_TEXTS}` },
  times: { keys: ['n'], rest: `FROM ${TIMES}` },
  pairs: { keys: ['a.n', 'b.n'], rest: `FROM ${TIMES_OF('a')} CROSS JOIN ${TIMES_OF('b')}` },
};

const of =
  (source: Source) =>
  (...expressions: string[]): Expression[] =>
    expressions.map((sql) => ({ source, sql }));
const single = of('single');
const overRows = of('rows');
const ofGroups = of('groups');
const overJson = of('json');
const overTimes = of('times');
const overPairs = of('pairs');
const statements = of('statement');

/**
 * The SQL functions and forms that views, named queries and the documents may use, each with statements over awkward values. The
 * slow suite runs them on a Trino and on DuckDB with its prelude, and wants the same answers.
 */
export const PROVEN: Readonly<Record<string, readonly Expression[]>> = {
  abs: overRows('abs(i)', 'abs(d)'),
  approx_distinct: ofGroups('approx_distinct(i)'),
  arbitrary: ofGroups('arbitrary(g)'),
  array_agg: statements(`SELECT array_join(array_agg(g ORDER BY n DESC), '-') AS v FROM ${ROWS} WHERE g IS NOT NULL`),
  array_join: single("array_join(ARRAY['a', 'b'], ', ')", "array_join(ARRAY['a', NULL, 'c'], ',')"),
  avg: ofGroups('avg(i)', 'avg(d)'),
  bool_and: ofGroups('bool_and(b)'),
  bool_or: ofGroups('bool_or(b)'),
  cast: [
    ...overRows('CAST(i AS double)', 'CAST(n AS varchar)', 'CAST(b AS varchar)', "CAST('12' AS bigint)"),
    ...overTimes('CAST(t AS date)', 'CAST(CAST(t AS date) AS timestamp)'),
    ...single("CAST('2026-03-01 10:20:30.456' AS timestamp)", "CAST('2026-03-01' AS date)", "CAST('true' AS boolean)"),
    ...single("CAST('1.5' AS double)", "CAST('1.25' AS decimal(10, 2))", 'CAST(2.5 AS bigint)'),
  ],
  ceil: overRows('ceil(d)'),
  coalesce: overRows('coalesce(i, 0)', "coalesce(g, 'none')", 'coalesce(b, false)'),
  concat: [...overRows("concat(g, '-', g)"), ...single("concat('a', 'b')", "concat('a', CAST(NULL AS varchar))")],
  count: [
    ...ofGroups('count(*)', 'count(i)', 'count(DISTINCT i)'),
    ...statements(`SELECT count(*) AS v FROM ${ROWS} WHERE false`),
  ],
  count_if: ofGroups('count_if(b)'),
  date_add: overTimes(
    ...['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].flatMap((unit) => [
      `date_add('${unit}', 3, t)`,
      `date_add('${unit}', -1, t)`,
    ]),
  ),
  date_diff: [
    ...['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].flatMap((unit) =>
      overPairs(`date_diff('${unit}', a.t, b.t)`),
    ),
    ...single("date_diff('day', DATE '2026-02-27', DATE '2026-03-01')"),
  ],
  date_format: overTimes(
    ...['%Y-%m-%d %H:%i:%s', '%y %b %M %a %W', '%e %c %k %l %h %I %p', '%T', '%r', '%j', '%d/%m', '100%%'].map(
      (format) => `date_format(t, '${format}')`,
    ),
  ),
  date_trunc: overTimes(
    ...['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map(
      (unit) => `date_trunc('${unit}', t)`,
    ),
  ),
  day: overTimes('day(t)'),
  day_of_month: overTimes('day_of_month(t)'),
  day_of_week: overTimes('day_of_week(t)'),
  day_of_year: overTimes('day_of_year(t)'),
  dense_rank: overRows('dense_rank() OVER (ORDER BY i)'),
  exp: overRows('exp(d / 1E6)'),
  extract: overTimes('extract(YEAR FROM t)', 'extract(HOUR FROM t)'),
  first_value: overRows('first_value(i) OVER (PARTITION BY g ORDER BY n)'),
  floor: overRows('floor(d)'),
  from_iso8601_date: single("from_iso8601_date('2026-03-01')"),
  from_iso8601_timestamp: single(
    "from_iso8601_timestamp('2026-03-01T10:20:30.456Z')",
    "from_iso8601_timestamp('2026-03-01T10:20:30+08:00')",
  ),
  from_unixtime: single('from_unixtime(0)', 'from_unixtime(1767225600.5)', 'from_unixtime(-1)'),
  greatest: overRows('greatest(i, 12)', 'greatest(n, i, 3)'),
  hour: overTimes('hour(t)'),
  json_array_length: overJson('json_array_length(j)'),
  json_extract_scalar: [
    ...[
      '$.a',
      '$.b',
      '$.b.c',
      '$.l',
      '$.l[1]',
      '$.l[2]',
      '$.l[3].k',
      '$.l[9]',
      '$.t',
      '$.z',
      '$.s',
      '$.f',
      '$.e',
      '$[0]',
      '$[1].q',
      '$.missing.deep',
      '$',
      '$["two words"]',
      '$["b"]["c"]',
      '$["b"].c',
      '$.small',
      '$.neg',
    ].flatMap((path) => overJson(`json_extract_scalar(j, '${path}')`)),
    ...overJson("json_extract_scalar(j, '$.' || 'b' || '.c')"),
  ],
  json_format: single(`json_format(json_parse('{"a": [1, 2.5, "x"], "b": null}'))`),
  json_parse: single(`json_format(json_parse('[ 1, "张", true ]'))`),
  lag: overRows(
    'lag(i) OVER (ORDER BY n)',
    'lag(g, 2) OVER (ORDER BY n)',
    'lag(i) OVER (PARTITION BY g ORDER BY i DESC, n)',
  ),
  last_value: overRows(
    'last_value(i) OVER (PARTITION BY g ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
  ),
  lead: overRows('lead(i) OVER (ORDER BY n)'),
  least: overRows('least(i, 12)', 'least(d, 0E0)'),
  length: single("length('张三😀a')", "length('')"),
  like: overRows("g LIKE 'a%'", "'50%' LIKE '50#%' ESCAPE '#'", "'aXb' LIKE 'a_b'"),
  ln: overRows('ln(n)'),
  lower: single("lower('ÄBC İ')"),
  lpad: single("lpad('7', 3, '0')", "lpad('1234', 3, '0')"),
  ltrim: single("ltrim('  a ')"),
  map_keys: statements(
    `SELECT n, k, coalesce(json_format(m[k]), 'null') AS v FROM (
      SELECT n, CAST(json_parse(j) AS map(varchar, json)) AS m FROM ${JSON_TEXTS} WHERE n = 1
    ) CROSS JOIN UNNEST(map_keys(m)) AS u(k) WHERE k NOT IN ('big', 'small')`,
  ),
  max: [
    ...ofGroups('max(i)', 'max(d)', 'max(n)'),
    ...statements(`SELECT max(g) AS v, max(b) AS w FROM ${ROWS}`, `SELECT max(t) AS v FROM ${TIMES}`),
  ],
  max_by: ofGroups('max_by(n, i)', 'max_by(i, n)'),
  min: [
    ...ofGroups('min(i)', 'min(d)'),
    ...statements(`SELECT min(g) AS v FROM ${ROWS}`, `SELECT min(t) AS v FROM ${TIMES}`),
  ],
  min_by: ofGroups('min_by(n, i)', 'min_by(i, n)'),
  minute: overTimes('minute(t)'),
  mod: overRows('mod(i, 3)', '-7 % 3'),
  month: overTimes('month(t)'),
  ntile: overRows('ntile(2) OVER (ORDER BY n)'),
  nullif: overRows('nullif(i, 20)'),
  power: overRows('power(n, 2)'),
  quarter: overTimes('quarter(t)'),
  rank: overRows('rank() OVER (ORDER BY i)'),
  regexp_extract: single(
    "regexp_extract('abc-12', '[0-9]+')",
    "regexp_extract('abc', '[0-9]+')",
    "regexp_extract('k=v', '(\\w)=(\\w)', 2)",
  ),
  regexp_like: single("regexp_like('abc-12', '\\d+$')", "regexp_like('abc', '^b')", "regexp_like('张三', '三')"),
  regexp_replace: single(
    "regexp_replace('a-b-c', '-', '+')",
    "regexp_replace('k=v; a=b', '(\\w)=(\\w)', '$2:$1')",
    "regexp_replace('a1b22', '[0-9]')",
  ),
  replace: single("replace('aXbX', 'X', '张')"),
  reverse: single("reverse('abc')"),
  round: [
    ...overRows('round(d)', 'round(d, 1)', 'round(i)'),
    ...single('round(2.5E0)', 'round(-2.5E0)', 'round(2.345, 2)'),
  ],
  row_number: overRows(
    'row_number() OVER (PARTITION BY g ORDER BY i DESC, n)',
    'row_number() OVER (ORDER BY g DESC, n)',
  ),
  rpad: single("rpad('7', 3, '0')"),
  rtrim: single("rtrim(' a  ')"),
  second: overTimes('second(t)'),
  sequence: statements('SELECT x AS v FROM UNNEST(sequence(1, 4)) AS s(x)'),
  split: single("array_join(split('a,b,,c', ','), '|')", "split('a,b', ',')[2]"),
  split_part: single(
    "split_part('user_id:a:b', ':', 1)",
    "split_part('user_id:a:b', ':', 3)",
    "split_part('ab', ':', 1)",
    "split_part('ab', ':', 2)",
    "split_part('a::', ':', 3)",
  ),
  sqrt: overRows('sqrt(n)'),
  stddev: ofGroups('stddev(n)'),
  strpos: single("strpos('review_1', 'review_')", "strpos('abc', 'z')", "strpos('张三四', '四')"),
  substr: single("substr('张三四五', 2, 2)", "substr('abc', 2)", "substr('abc', -2)", "substr('abc', 9)"),
  sum: [
    ...ofGroups('sum(i)', 'sum(d)'),
    ...statements(`SELECT sum(i) AS v FROM ${ROWS} WHERE false`),
    ...overRows('sum(i) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING)', 'sum(i) OVER (PARTITION BY g)'),
  ],
  to_unixtime: overTimes('to_unixtime(t)'),
  trim: single("trim('  张 ')"),
  try: single("TRY(CAST('x' AS bigint))"),
  try_cast: single("TRY_CAST('x' AS bigint)", "TRY_CAST('12' AS bigint)", "TRY_CAST('2026-02-30' AS date)"),
  upper: single("upper('straße é张')"),
  week: overTimes('week(t)'),
  week_of_year: overTimes('week_of_year(t)'),
  year: overTimes('year(t)'),
};

/** What SQL does besides functions, where engines are known to differ. */
export const FORMS: Readonly<Record<string, string>> = {
  'division of integers': `SELECT n, 7 / n AS a, -7 / n AS b FROM ${ROWS}`,
  'division of doubles': `SELECT n, 7 / 2E0 AS a, d / n AS b FROM ${ROWS}`,
  'a decimal literal': 'SELECT 1.5 AS a, 0.1 + 0.2 AS b, 12345678901234567890.5 AS c',
  'a large whole number': 'SELECT 9007199254740993 AS a, 9007199254740991 AS b, -9007199254740993 AS c',
  'empty values of ORDER BY come last': `SELECT n, i FROM ${ROWS} ORDER BY i, n`,
  'empty values of ORDER BY DESC come last': `SELECT n, i FROM ${ROWS} ORDER BY i DESC, n`,
  'text is ordered by its bytes': `SELECT x FROM (VALUES ('b'), ('B'), ('a'), ('é'), ('张'), ('😀'), ('\uffee'), (''), ('1')) AS t(x) ORDER BY x`,
  'a time plus an interval': `SELECT n, t + interval '3' day AS a, t - interval '1' month AS b, t + interval '90' minute AS c FROM ${TIMES}`,
  'times as literals': `SELECT TIMESTAMP '2026-03-01 10:00:00' AS a, TIMESTAMP '2026-03-01 10:00:00.123456' AS b, DATE '2026-03-01' AS c`,
  'a comparison of times and dates': `SELECT n, t >= DATE '2026-01-31' AS a, t < TIMESTAMP '2026-02-01 00:00:00' AS b FROM ${TIMES}`,
  'IN and NULL': `SELECT n, i IN (20, NULL) AS a, i NOT IN (20, 5) AS b FROM ${ROWS}`,
  'IS DISTINCT FROM': `SELECT n, i IS DISTINCT FROM 20 AS a, g IS NOT DISTINCT FROM NULL AS b FROM ${ROWS}`,
  'CASE without ELSE': `SELECT n, CASE g WHEN 'a' THEN 1 END AS a, CASE WHEN b THEN 'y' ELSE 'n' END AS b FROM ${ROWS}`,
  'concatenation with NULL': `SELECT n, g || '-' || g AS a FROM ${ROWS}`,
  'UNNEST WITH ORDINALITY': `SELECT x, o FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS s(x, o)`,
  'a lateral list of values': `SELECT t.n, p.k FROM ${ROWS} CROSS JOIN (VALUES (1), (2)) AS p(k) WHERE p.k < t.n`,
  'GROUPING SETS': `SELECT g, b, count(*) AS c FROM ${ROWS} GROUP BY GROUPING SETS ((g), (b), ())`,
  'FILTER of an aggregate': `SELECT g, count(*) FILTER (WHERE b) AS c FROM ${ROWS} GROUP BY g`,
  'EXCEPT and INTERSECT': `SELECT i FROM ${ROWS} EXCEPT SELECT n FROM ${ROWS}`,
  'WITH RECURSIVE': 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT n FROM t',
  'a window RANGE': `SELECT n, count(*) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS c FROM ${ROWS}`,
  'an interval RANGE': `SELECT n, count(*) OVER (ORDER BY t RANGE BETWEEN interval '30' day PRECEDING AND CURRENT ROW) AS c FROM ${TIMES} WHERE t IS NOT NULL`,
};

/**
 * What both engines take and answer differently, and no macro can mend: not for queries that shall mean the same in both. Each is
 * run, so that this list stays true.
 */
export const DIFFERENT: Readonly<Record<string, string>> = {
  'a DATE plus an interval is a timestamp in DuckDB: write CAST(… AS date)':
    "SELECT DATE '2026-01-31' + interval '1' day AS a",
  'date_trunc of a DATE is a timestamp in DuckDB: write CAST(… AS date)':
    "SELECT date_trunc('month', DATE '2026-01-31') AS a",
  'a time as text has three digits of a second in Trino: write date_format':
    "SELECT CAST(TIMESTAMP '2026-01-31 10:00:00.000' AS varchar) AS a",
  'a double as text has an exponent in Trino: leave it a number': 'SELECT CAST(1.5E0 AS varchar) AS a',
  'half a double as a whole number is rounded up in Trino, to even in DuckDB: write round':
    'SELECT CAST(2.5E0 AS bigint) AS a',
  'the mean of decimals is a decimal in Trino: cast to double':
    'SELECT avg(x) AS a FROM (VALUES (1.0), (2.0), (2.0)) AS t(x)',
  'a number of 1e21 or more in JSON is spelled otherwise': `SELECT json_extract_scalar('{"a":1e+21}', '$.a') AS a`,
  'json_parse sorts the keys of objects in Trino: compare single fields': `SELECT json_format(json_parse('{"b":1,"a":2}')) AS a`,
  'an array is text in answers of Athena: write array_join or UNNEST': 'SELECT ARRAY[1, 2] AS a',
};
