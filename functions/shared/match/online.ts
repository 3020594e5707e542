import { makeComparisons } from './comparisons.ts';
import type { MatchModel } from './model.ts';
import { type Waterfall, waterfall } from './score.ts';
import { buildTable } from './table.ts';

/** A record by column name; columns that are missing say nothing. */
export type MatchRecord = Readonly<Record<string, string | undefined>>;

/**
 * Scores two records by a trained model, one pair at a time as they come in. The same as in a file, but for dates with the
 * year last, whose order of day and month two records do not show: give those as `yyyy-mm-dd`.
 */
export function scoreTwo(model: MatchModel, a: MatchRecord, b: MatchRecord): Waterfall {
  const columns = model.columns.map(({ name }) => name);
  const roles = model.columns.map(({ role }) => role);
  const rows = [a, b].map((record) => columns.map((name) => record[name] ?? ''));
  return waterfall(model, makeComparisons(buildTable({ columns, rows }, roles)), [0, 1]);
}
