import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { LakeFile } from './manifest.ts';

const NEWLINE = Buffer.from('\n');

/** Scratch folder inside the lake folder: NDJSON on its way to Parquet, and what DuckDB spills. */
export const scratchDir = (dir: string): string => join(dir, '.scratch');

/**
 * Makes the folder hold exactly the files of the manifest: what a crash left behind goes.
 * @throws Error when a file of the manifest is missing or has another size, because answers would then be silently wrong.
 */
export async function reconcileFiles(dir: string, files: readonly LakeFile[]): Promise<void> {
  await rm(scratchDir(dir), { recursive: true, force: true });
  await mkdir(scratchDir(dir), { recursive: true });
  for (const file of files) await assertPresent(dir, file);
  const known = new Set(files.map((file) => file.path));
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    if (!known.has(relative(dir, path).split(sep).join('/'))) await rm(path, { force: true });
  }
}

async function assertPresent(dir: string, file: LakeFile): Promise<void> {
  const found = await stat(join(dir, file.path)).catch(() => undefined);
  if (found?.size === file.bytes) return;
  const state = found ? `has ${found.size} bytes instead of ${file.bytes}` : 'is missing';
  throw new Error(
    `Lake file ${file.path} in ${dir} ${state}. Restore the folder from a backup, or start with a new one.`,
  );
}

/** Appends texts in UTF-8 to a scratch file, with a line break after each. */
export async function appendLines(file: string, texts: readonly Uint8Array[]): Promise<void> {
  await appendFile(file, Buffer.concat(texts.flatMap((text) => [text, NEWLINE])));
}
