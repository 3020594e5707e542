import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '../..');

const NOT_OURS = new Set(['node_modules', 'cdk.out', 'data', 'coverage', '.git', '.cache', 'recordings']);

/** Every file that people write here, as paths from the root with `/`; what is installed or generated is left out. */
export function projectFiles(): string[] {
  const walk = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(path);
      return entry.isFile() ? [relative(ROOT, path)] : [];
    });
  return walk(ROOT).sort();
}

/** The text of a project file. */
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The TypeScript files in the given folders. */
export const typeScriptIn = (...folders: string[]): string[] =>
  projectFiles().filter((path) => path.endsWith('.ts') && folders.some((folder) => path.startsWith(`${folder}/`)));

const FROM = /^(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Module names that a TypeScript text imports, type imports and re-exports included. */
export const importsOf = (text: string): string[] =>
  [FROM, BARE, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));

/** Who imports whom: relative imports as paths from the root, packages by name. */
export function importGraph(files: readonly string[]): Map<string, string[]> {
  const target = (file: string, name: string): string =>
    name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)) : name;
  return new Map(files.map((file) => [file, importsOf(textOf(file)).map((name) => target(file, name))]));
}
