import { erasureColumns, LAKE_TABLES, type LakeTable } from '../../schemas/lake.ts';
import { compact, historyRelation, sqlText } from './history.ts';

/** Whom an erasure is about: the keys of the identifiers, and every One ID that they ever had. */
export interface Erased {
  readonly owners: readonly string[];
  readonly one_ids: readonly string[];
}

/** What an erasure runs on one table, and the questions whose answers prove that it is through. */
export interface ErasureOfTable {
  readonly table: string;
  /** To be run each day until nothing that landed before the request is left in landing; then OPTIMIZE has to come once more. */
  readonly statements: readonly string[];
  /** Each answers with one number, which has to be 0. */
  readonly proof: readonly string[];
}

/** Athena takes 256 KiB of text; so many ids of the longest kind fit with room to spare. */
const MOST_IDS = 500;

const chunks = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, i) => ids.slice(i * MOST_IDS, (i + 1) * MOST_IDS));

const among = (column: string, ids: readonly string[]): string => `${column} IN (${ids.map(sqlText).join(', ')})`;

function conditions(table: LakeTable, { owners, one_ids }: Erased): string[] {
  const { owners: byOwner, persons } = erasureColumns(table);
  return [
    ...byOwner.flatMap((column) => chunks(owners).map((ids) => among(column, ids))),
    ...persons.flatMap((column) => chunks(one_ids).map((ids) => among(column, ids))),
  ];
}

/**
 * How the lake forgets somebody. DELETE hides the rows, OPTIMIZE writes the files anew that held them, and the daily upkeep's
 * VACUUM takes the old files once their snapshots have expired: see DELETION_STEPS_DAYS. Rows of the last days are also in
 * landing, from where a merge would bring them back: so it is repeated until those days are gone. Running it again does no harm.
 *
 * @param since when the last DELETE ran, `YYYY-MM-DD HH:MM:SS` in UTC: no snapshot but the latest may be older than that.
 */
export const erasurePlan = (person: Erased, since: string): readonly ErasureOfTable[] =>
  LAKE_TABLES.flatMap((table) => {
    const where = conditions(table, person);
    if (where.length === 0) return [];
    const history = historyRelation(table.name);
    return {
      table: table.name,
      statements: [...where.map((condition) => `DELETE FROM ${history} WHERE ${condition}`), compact(table)],
      proof: [
        ...where.map((condition) => `SELECT count(*) FROM ${table.name}_rows WHERE ${condition}`),
        // Delete files that no data file was written anew for: the rows are still in the files beside them.
        `SELECT count(*) FROM "${history}$files" WHERE content <> 0`,
        // The latest may be older, where there was nothing to delete.
        `SELECT count(*) FROM "${history}$snapshots" WHERE committed_at < TIMESTAMP ${sqlText(`${since} UTC`)}
  AND committed_at < (SELECT max(committed_at) FROM "${history}$snapshots")`,
      ],
    };
  });
