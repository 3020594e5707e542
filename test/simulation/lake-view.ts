import type { LakeRow, LakeTableName } from '../../schemas/lake.ts';

/** The lake's views for rows that come at least once, as `functions/lake/views.ts` says them in SQL. */

interface Rows {
  rows(table: LakeTableName): readonly LakeRow[];
}

/** Per key the row that comes first in the given order. */
function firstPer(
  rows: readonly LakeRow[],
  keyOf: (row: LakeRow) => string,
  isBefore: (a: LakeRow, b: LakeRow) => boolean,
) {
  const first = new Map<string, LakeRow>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = first.get(key);
    if (!known || isBefore(row, known)) first.set(key, row);
  }
  return first;
}

export const eventKey = (row: { owner?: unknown; source_id?: unknown; event_id?: unknown }): string =>
  `${row.owner} ${row.source_id} ${row.event_id}`;

const text = (row: LakeRow, column: string): string => String(row[column]);

/** One row per event. */
export const eventsOf = (lake: Rows) =>
  firstPer(lake.rows('events'), eventKey, (a, b) => text(a, 'received_at') < text(b, 'received_at'));

export const quarantineOf = (lake: Rows) =>
  firstPer(
    lake.rows('quarantine'),
    (row) => text(row, 'quarantine_id'),
    (a, b) => Number(a.seq) > Number(b.seq),
  );

export const decisionsOf = (lake: Rows) =>
  firstPer(
    lake.rows('decisions'),
    (row) => text(row, 'decision_id'),
    (a, b) => text(a, 'decided_at') < text(b, 'decided_at'),
  );

/** Rows with the greatest `seq` first, whatever the clocks said. */
const later =
  (clock: string) =>
  (a: LakeRow, b: LakeRow): boolean =>
    a.seq === b.seq ? text(a, clock) > text(b, clock) : Number(a.seq) > Number(b.seq);

/** The current profile of each person; those merged into another are left out. */
export function profilesOf(lake: Rows): Map<string, LakeRow> {
  const latest = firstPer(lake.rows('profiles'), (row) => text(row, 'one_id'), later('updated_at'));
  return new Map([...latest].filter(([, row]) => row.active === true));
}

/** Identifier → whose it is now. */
export const currentOwners = (lake: Rows) =>
  firstPer(lake.rows('identity_map'), (row) => text(row, 'owner'), later('valid_from'));
