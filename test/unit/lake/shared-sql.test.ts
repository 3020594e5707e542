import { expect, it } from 'vitest';
import { mergeDay, rowsQuery } from '../../../functions/lake/history.ts';
import { namedQueries } from '../../../functions/lake/named-queries.ts';
import { lakeViews } from '../../../functions/lake/views.ts';
import { groupsSql } from '../../../functions/serve/quarantine-groups.ts';
import { fieldsSql, figuresSql, quarantineSql, volumesSql } from '../../../functions/shared/quality/sql.ts';
import { LAKE_TABLES } from '../../../schemas/lake.ts';
import { textOf } from '../../support/source-tree.ts';
import { DIFFERENT, PROVEN } from '../../trino/functions.ts';
import { analystQueries } from '../../trino/statements.ts';

/** Words that may stand before a bracket and are no function. */
const WORDS = new Set(
  'and as by distinct exists except filter from in insert intersect join not on or over then unnest using values when where with'.split(
    ' ',
  ),
);

/** The functions that a statement calls, in lower case. Names before a list of columns, as in `t(a, b)` after AS, are none. */
function functionsOf(sql: string): string[] {
  const bare = sql
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/--[^\n]*/g, '')
    .replace(/\bAS \w+\s*\(/gi, 'AS (')
    .replace(/\bINSERT INTO \w+\s*\(/gi, '(');
  const called = [...bare.matchAll(/\b([a-z_]\w*)\s*\(/gi)].map(([, name = '']) => name.toLowerCase());
  return [...new Set(called)].filter((name) => !WORDS.has(name));
}

const spans = [{ label: '2026-03-01', begin: 0, end: 1 }];
const statements: readonly (readonly [where: string, sql: string])[] = [
  ...lakeViews('at_least_once').map(({ name, sql }) => [`view ${name}`, sql] as const),
  ...lakeViews('exactly_once').map(({ name, sql }) => [`embedded view ${name}`, sql] as const),
  ...namedQueries(['tag']).map(({ name, sql }) => [`named query "${name}"`, sql] as const),
  ...LAKE_TABLES.flatMap((table) => [
    [`rows of ${table.name}`, rowsQuery(table)] as const,
    [`merge of ${table.name}`, mergeDay(table, '2026-03-01')] as const,
  ]),
  ...analystQueries().map(({ where, sql }) => [where, sql] as const),
  ...[figuresSql, volumesSql, quarantineSql, fieldsSql].map(
    (ask) => [ask.name, ask({ spans, by: 'event', source: 'web', events: ['a'] }).sql] as const,
  ),
  ['causes of the quarantine', groupsSql('', '', 10)] as const,
];

it.each(statements)('%s calls only functions that mean the same on Trino and on DuckDB', (_, sql) => {
  const unproven = functionsOf(sql).filter((name) => !(name in PROVEN));
  expect(unproven.map((name) => `add ${name} to test/trino/functions.ts and run npm run test:trino`)).toEqual([]);
});

it('finds calls, and nothing else', () => {
  const sql = `WITH t (a) AS (SELECT Max(a) FROM x WHERE a IN (1) AND f2 (b) = 'g(') INSERT INTO y (a) SELECT count(*) FROM (VALUES (1)) AS v(a)`;
  expect(functionsOf(sql.replace('t (a) AS', 't AS'))).toEqual(['max', 'f2', 'count']);
});

it('is told to analysts: every proven function, and every known difference', () => {
  const guide = textOf('docs/how-to/query-on-athena.md');
  const [, section = ''] = /\n## SQL that means the same on the laptop\n([\s\S]*?)(?=\n## |$)/.exec(guide) ?? [];
  const [, list = ''] = /\n\n(`abs`[^.]*)\.\n/.exec(section) ?? [];
  expect([...list.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(Object.keys(PROVEN));
  const lines = section.split('\n').filter((line) => line.startsWith('- '));
  expect(lines.map((line) => line.slice(2).replace(/`/g, ''))).toEqual(Object.keys(DIFFERENT));
});
