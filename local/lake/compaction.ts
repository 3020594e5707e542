import type { LakeFile } from './manifest.ts';

/** A file of this size is left alone, so that a growing day is not rewritten again and again. */
export const FULL_FILE_BYTES = 64 * 1024 * 1024;

export interface MergeGroup {
  readonly files: readonly LakeFile[];
  /** Name of the merged file, without extension. */
  readonly name: string;
}

/**
 * Which files to merge into one: the small ones of each table and day that has more than `maxFiles` of them.
 * The name spans the sequence numbers of its parts and counts its rows, so it never equals the name of a part.
 */
export function filesToMerge(files: readonly LakeFile[], maxFiles: number): readonly MergeGroup[] {
  const small = files.filter((file) => file.bytes < FULL_FILE_BYTES);
  return [...Map.groupBy(small, (file) => `${file.table}/${file.ingestDay}`).values()]
    .filter((group) => group.length > Math.max(1, maxFiles))
    .map((group) => ({ files: group, name: mergedName(group) }));
}

function mergedName(files: readonly LakeFile[]): string {
  const numbers = files.flatMap((file) =>
    [...(file.path.split('/').at(-1) ?? '').matchAll(/\d+/g)].map(Number).slice(0, 2),
  );
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return `merged-${Math.min(...numbers)}-${Math.max(...numbers)}-rows-${rows}`;
}
