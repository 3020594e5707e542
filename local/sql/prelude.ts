/**
 * Macros that give DuckDB the Trino (Athena) functions it lacks or means otherwise, so that a query proven here also runs in the
 * cloud. Only where the answer is the same; `npm run test:trino` asks both engines:
 *
 * - `date_diff(unit, a, b)` counts complete units as Trino does (DuckDB's counts boundaries; that one stays as `datediff`).
 * - `date_add(unit, n, t)` of a timestamp; of a DATE it is a TIMESTAMP, where Trino's stays a DATE. So is `date_trunc`.
 * - `json_extract_scalar` is NULL for objects, arrays and broken JSON; paths like `$.a.b`, `$.a[0]` and `$["a b"]`.
 * - `json_array_length` is NULL for what is no array; DuckDB's fails for what is no JSON.
 * - `json_parse` leaves no blanks; but Trino also sorts the keys of objects, which nothing here does.
 * - `date_format` translates the MySQL patterns; `%D %U %u %V %v %X %x` are not supported, as in Trino.
 * - `min_by`, `max_by` answer NULL where the value in the row found is; DuckDB's pass over such rows.
 * - `concat`, `greatest`, `least` are NULL where one argument is; DuckDB's pass over it. Two to six arguments.
 * - `regexp_extract` is NULL where nothing matches; DuckDB's is an empty text.
 * - `regexp_replace` replaces every match, and takes `$1` for a group; DuckDB's replaces the first, and takes `\1`.
 * - `split_part` is NULL past the last part; DuckDB's is an empty text.
 * - `approx_distinct`, `approx_percentile` are approximations in both engines, and differ within their error.
 *
 * Not here, because a macro could not be honest: `element_at` and `cardinality` on arrays (use `a[i]`, `array_length`),
 * `date_parse` (DuckDB wants the pattern as a constant; use `CAST(x AS timestamp)`).
 * Besides, `/` between integers divides as in Trino (setting `integer_division`).
 */
const PATTERN = [
  ['%M', '%B'],
  ['%i', '%M'],
  ['%s', '%S'],
  ['%W', '%A'],
  ['%h', '%I'],
  ['%k', '%-H'],
  ['%l', '%-I'],
  ['%e', '%-d'],
  ['%c', '%-m'],
  ['%T', '%H:%M:%S'],
  ['%r', '%I:%M:%S %p'],
].reduce((pattern, [from, to]) => `replace(${pattern}, '${from}', '${to}')`, 'f');

/** Trino's way to quote a key in a path, as DuckDB's. */
const PATH = `CASE WHEN contains(p, '["') THEN system.main.regexp_replace(p, '\\["([^"]*)"\\]', '."\\1"', 'g') ELSE p END`;

const MOST_ARGUMENTS = 6;

/** A macro for each number of arguments from two on; `body` gets their names. */
const overloaded = (name: string, body: (names: readonly string[]) => string): string => {
  const forms = Array.from({ length: MOST_ARGUMENTS - 1 }, (_, i) => {
    const names = Array.from({ length: i + 2 }, (__, place) => `x${place}`);
    return `(${names.join(', ')}) AS ${body(names)}`;
  });
  return `${name} ${forms.join(', ')}`;
};

const nullWhereOneIs = (name: string): string =>
  overloaded(name, (names) => {
    const none = names.map((x) => `${x} IS NULL`).join(' OR ');
    return `CASE WHEN ${none} THEN NULL ELSE system.main.${name}(${names.join(', ')}) END`;
  });

const UNITS = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

export const TRINO_PRELUDE: readonly string[] = [
  `json_extract_scalar(j, p) AS CASE WHEN TRY(json_type(j, ${PATH})) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
    ELSE TRY(json_extract_string(j, ${PATH})) END`,
  `json_array_length(j) AS CASE WHEN TRY(json_type(j)) = 'ARRAY' THEN CAST(system.main.json_array_length(j) AS BIGINT) END`,
  'json_parse(s) AS json(s)',
  'json_format(j) AS CAST(j AS VARCHAR)',
  'from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ)',
  'from_iso8601_date(s) AS CAST(s AS DATE)',
  'from_unixtime(n) AS to_timestamp(n)',
  'to_unixtime(t) AS epoch(t)',
  'date_diff(u, a, b) AS date_sub(u, a, b)',
  `date_add(u, n, t) AS t + CASE lower(u) ${UNITS.map((unit) => `WHEN '${unit}' THEN to_${unit}s(n)`).join(' ')} END`,
  `date_format(t, f) AS strftime(t, ${PATTERN})`,
  'day_of_week(t) AS isodow(t)',
  'day_of_month(t) AS dayofmonth(t)',
  'day_of_year(t) AS dayofyear(t)',
  'week_of_year(t) AS weekofyear(t)',
  'regexp_like(s, p) AS regexp_matches(s, p)',
  "upper(s) AS replace(system.main.upper(s), 'ẞ', 'ß')",
  'min_by(x, y) AS arg_min_null(x, y)',
  'max_by(x, y) AS arg_max_null(x, y)',
  overloaded('concat', (names) => names.join(' || ')),
  nullWhereOneIs('greatest'),
  nullWhereOneIs('least'),
  `regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN system.main.regexp_extract(s, p) END,
    (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN system.main.regexp_extract(s, p, g) END`,
  `regexp_replace(s, p) AS system.main.regexp_replace(s, p, '', 'g'),
    (s, p, r) AS system.main.regexp_replace(s, p, system.main.regexp_replace(r, '\\$(\\d)', '\\\\\\1', 'g'), 'g')`,
  'split_part(s, d, i) AS CASE WHEN i <= len(string_split(s, d)) THEN system.main.split_part(s, d, i) END',
  'approx_distinct(x) AS approx_count_distinct(x)',
  'approx_percentile(x, p) AS approx_quantile(x, p)',
  'array_join(a, d) AS array_to_string(a, d)',
  'sequence(a, b) AS generate_series(a, b)',
].map((macro) => `CREATE MACRO ${macro}`);
