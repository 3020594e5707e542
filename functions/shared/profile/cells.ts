/** A last-write-wins cell: the greatest (at, event id, value, source) holds, so order and repetition do not matter. */
export interface Cell<T> {
  readonly v: T;
  readonly at: string;
  readonly id: string;
  readonly source: string;
  /** Anybody could have said it: it came with a public key, and no identity token vouched for the owner. */
  readonly unverified?: true;
  /** It was to be set only once: of several such the earliest holds, and whatever was simply set goes before them. Never stored. */
  readonly first?: true;
}

/**
 * What each source said last of one trait, verified and not. One, the common case, is its cell alone; several are a list by source.
 * Which of them holds is decided when the profile is read, so that a changed rule of survivorship repairs the past.
 */
export type SourceCells<T> = Cell<T> | readonly Cell<T>[];

/** A total order: time, then event id, then value, then source, then what is verified. Two sources may use one event id. */
export function compareCells<T>(a: Cell<T>, b: Cell<T>): number {
  if (a.at !== b.at) return a.at > b.at ? 1 : -1;
  if (a.id !== b.id) return a.id > b.id ? 1 : -1;
  const [x, y] = [JSON.stringify(a.v), JSON.stringify(b.v)];
  if (x !== y) return x > y ? 1 : -1;
  if (a.source !== b.source) return a.source > b.source ? 1 : -1;
  return compareTrust(a, b);
}

/** What is verified is greater than what is not. */
export const compareTrust = (a: Cell<unknown>, b: Cell<unknown>): number =>
  Number(b.unverified ?? false) - Number(a.unverified ?? false);

/** The later of a known cell, if any, and another. */
export const newer = <T>(a: Cell<T> | null | undefined, b: Cell<T>): Cell<T> => (a && compareCells(a, b) >= 0 ? a : b);

const isList = <T>(cells: SourceCells<T>): cells is readonly Cell<T>[] => Array.isArray(cells);

/** The cells as a list, by source. */
export const listOf = <T>(cells: SourceCells<T>): readonly Cell<T>[] => (isList(cells) ? cells : [cells]);

const isSameVoice = (a: Cell<unknown>, b: Cell<unknown>): boolean =>
  a.source === b.source && a.unverified === b.unverified;

/**
 * Adds a cell to what is known of a trait: the latest of each source, verified and not, of each sort the `max` that spoke last. Neither
 * sort takes room from the other. Inputs are not changed; commutative, associative and idempotent in the sense of sets of cells.
 */
export function addCell<T>(known: SourceCells<T> | undefined, cell: Cell<T>, max: number): SourceCells<T> {
  if (known === undefined) return cell;
  if (!isList(known) && isSameVoice(known, cell)) return newer(known, cell);
  const cells = listOf(known).filter((other) => !isSameVoice(other, cell));
  const same = listOf(known).find((other) => isSameVoice(other, cell));
  cells.push(newer(same, cell));
  const kept = [false, true].flatMap((unverified) =>
    cells
      .filter((other) => (other.unverified ?? false) === unverified)
      .sort(compareCells)
      .slice(-max),
  );
  const [only] = kept;
  if (kept.length === 1 && only) return only;
  return kept.sort((x, y) => (x.source === y.source ? compareTrust(y, x) : x.source < y.source ? -1 : 1));
}

/** Adds all cells of another list. */
export function mergeCells<T>(known: SourceCells<T> | undefined, more: SourceCells<T>, max: number): SourceCells<T> {
  let cells = known;
  for (const cell of listOf(more)) cells = addCell(cells, cell, max);
  return cells ?? more;
}

/** Keeps what is verified of the `max` traits with the smallest names of which something is, and likewise what is not. In place. */
export function keepVoices(traits: Record<string, SourceCells<unknown>>, max: number): void {
  if (Object.keys(traits).length <= max) return;
  for (const unverified of [false, true]) {
    const isOf = (cell: Cell<unknown>): boolean => (cell.unverified ?? false) === unverified;
    const names = Object.keys(traits).filter((name) => listOf(traits[name] ?? []).some(isOf));
    for (const name of names.sort().slice(max)) {
      const rest = listOf(traits[name] ?? []).filter((cell) => !isOf(cell));
      const [only] = rest;
      if (only === undefined) delete traits[name];
      else traits[name] = rest.length === 1 ? only : rest;
    }
  }
}
