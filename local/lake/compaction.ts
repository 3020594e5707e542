import type { LakeFile } from './manifest.ts';

/** A file of this size is left alone, so that a growing day is not rewritten again and again. */
export const FULL_FILE_BYTES = 64 * 1024 * 1024;
/** So is one of as many rows: what is small on the disk may be large while it is sorted. */
export const FULL_FILE_ROWS = 100_000;

export interface MergeGroup {
  readonly files: readonly LakeFile[];
  /** Name of the merged file, without extension. */
  readonly name: string;
}

/**
 * Which files to merge into one: the small ones of each table and day that has more than `maxFiles` of them, in their order, as
 * many at a time as come to a full file and no more: one group then takes the memory of a few.
 * The name spans the sequence numbers of its parts and counts its rows, so it never equals the name of a part.
 */
export function filesToMerge(files: readonly LakeFile[], maxFiles: number): readonly MergeGroup[] {
  const small = files.filter((file) => file.bytes < FULL_FILE_BYTES && file.rows < FULL_FILE_ROWS);
  return [...Map.groupBy(small, (file) => `${file.table}/${file.ingestDay}`).values()]
    .filter((group) => group.length > Math.max(1, maxFiles))
    .flatMap(lotsOf)
    .map((group) => ({ files: group, name: mergedName(group) }));
}

/** Files one after the other until they come to a full one; a lot of a single file is nothing to merge. */
function lotsOf(files: readonly LakeFile[]): LakeFile[][] {
  const lots: LakeFile[][] = [];
  let room = { bytes: 0, rows: 0 };
  for (const file of files) {
    const open = lots.at(-1);
    if (open && file.bytes <= room.bytes && file.rows <= room.rows) open.push(file);
    else {
      lots.push([file]);
      room = { bytes: FULL_FILE_BYTES, rows: FULL_FILE_ROWS };
    }
    room = { bytes: room.bytes - file.bytes, rows: room.rows - file.rows };
  }
  return lots.filter((lot) => lot.length > 1);
}

function mergedName(files: readonly LakeFile[]): string {
  const numbers = files.flatMap((file) =>
    [...(file.path.split('/').at(-1) ?? '').matchAll(/\d+/g)].map(Number).slice(0, 2),
  );
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return `merged-${Math.min(...numbers)}-${Math.max(...numbers)}-rows-${rows}`;
}
