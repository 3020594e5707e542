import { projectFiles, textOf } from '../support/source-tree.ts';

export interface AnalystQuery {
  /** The file, with the number of the query in it. */
  readonly where: string;
  readonly sql: string;
}

/** Where documents have SQL: fenced blocks, spans of code, and requests to the SQL API. */
const IN_DOCUMENTS = [/^```sql\n([\s\S]*?)^```$/gm, /`((?:SELECT|WITH) [^`]+)`/g, /"sql": ?"((?:[^"\\]|\\.)+)"/g];
/** Where the page has SQL: literals. */
const ON_THE_PAGE = [/'((?:SELECT|WITH) [^'\n]+)'/g, /`((?:SELECT|WITH) [^`$]+)`/g];

const found = (path: string, patterns: readonly RegExp[]): AnalystQuery[] => {
  const text = textOf(path);
  const queries = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, sql = '']) => sql));
  return queries
    .map((sql) => sql.replaceAll('\\n', '\n').replaceAll('\\"', '"').trim())
    .filter((sql) => /^(?:SELECT|WITH)\b[\s\S]*\bFROM\b/.test(sql))
    .map((sql, i) => ({ where: `${path} ${i + 1}`, sql }));
};

/** Every query that we show to analysts: in the documents, and as examples on the page. */
export const analystQueries = (): AnalystQuery[] =>
  projectFiles().flatMap((path) => {
    if (/^(?:docs\/.*|README[^/]*)\.md$/.test(path)) return found(path, IN_DOCUMENTS);
    return /^local\/page\/.*\.js$/.test(path) ? found(path, ON_THE_PAGE) : [];
  });
