import type { SqlResult } from '../shared/seams.ts';

/** Rows as objects by column name; the columns in `json` hold JSON and are parsed. */
export const asObjects = ({ columns, rows }: SqlResult, json: readonly string[] = []): Record<string, unknown>[] =>
  rows.map((values) =>
    Object.fromEntries(
      columns.map((name, index) => [name, json.includes(name) ? JSON.parse(String(values[index])) : values[index]]),
    ),
  );
