/** A last-write-wins cell: the greatest (at, event id, value, source) holds, so order and repetition do not matter. */
export interface Cell<T> {
  readonly v: T;
  readonly at: string;
  readonly id: string;
  readonly source: string;
}

/**
 * What each source said last of one trait. One source, the common case, is its cell alone; several are a list by source.
 * Which of them holds is decided when the profile is read, so that a changed rule of survivorship repairs the past.
 */
export type SourceCells<T> = Cell<T> | readonly Cell<T>[];

/** A total order: time, then event id, then value, then source. Two sources may use one event id. */
export function compareCells<T>(a: Cell<T>, b: Cell<T>): number {
  if (a.at !== b.at) return a.at > b.at ? 1 : -1;
  if (a.id !== b.id) return a.id > b.id ? 1 : -1;
  const [x, y] = [JSON.stringify(a.v), JSON.stringify(b.v)];
  if (x !== y) return x > y ? 1 : -1;
  return a.source === b.source ? 0 : a.source > b.source ? 1 : -1;
}

/** The later of a known cell, if any, and another. */
export const newer = <T>(a: Cell<T> | null | undefined, b: Cell<T>): Cell<T> => (a && compareCells(a, b) >= 0 ? a : b);

const isList = <T>(cells: SourceCells<T>): cells is readonly Cell<T>[] => Array.isArray(cells);

/** The cells as a list, by source. */
export const listOf = <T>(cells: SourceCells<T>): readonly Cell<T>[] => (isList(cells) ? cells : [cells]);

/**
 * Adds a cell to what is known of a trait: the latest of each source, of at most `max` sources those that spoke last. Inputs are not
 * changed; commutative, associative and idempotent in the sense of sets of cells.
 */
export function addCell<T>(known: SourceCells<T> | undefined, cell: Cell<T>, max: number): SourceCells<T> {
  if (known === undefined) return cell;
  if (!isList(known) && known.source === cell.source) return newer(known, cell);
  const cells = listOf(known).filter(({ source }) => source !== cell.source);
  const same = listOf(known).find(({ source }) => source === cell.source);
  cells.push(newer(same, cell));
  cells.sort(compareCells);
  const kept = cells.slice(-max);
  const [only] = kept;
  if (kept.length === 1 && only) return only;
  return kept.sort((a, b) => (a.source < b.source ? -1 : 1));
}

/** Adds all cells of another list. */
export function mergeCells<T>(known: SourceCells<T> | undefined, more: SourceCells<T>, max: number): SourceCells<T> {
  let cells = known;
  for (const cell of listOf(more)) cells = addCell(cells, cell, max);
  return cells ?? more;
}
