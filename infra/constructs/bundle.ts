import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export interface Bundle {
  readonly directory: string;
  readonly bytes: number;
}

const root = join(import.meta.dirname, '..', '..');
const built = new Map<string, Bundle>();

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const banner =
  "import{createRequire as oneriverRequire}from'node:module';const require=oneriverRequire(import.meta.url);";

/** Beside the installed packages, where caches are; a folder per content, so that processes never write over each other. */
const cache = join(root, 'node_modules', '.cache', 'oneriver-bundles');

/**
 * A stage's handler with everything it imports, the AWS SDK included, as one ES module: what was tested is what runs,
 * and cold starts read one file of about 1 MiB.
 * @throws when an import cannot be resolved.
 */
export function bundle(stage: string): Bundle {
  const known = built.get(stage);
  if (known) return known;
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [join(root, 'functions', stage, 'handler.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    // A crash prints the line it came from: not half a megabyte of it.
    lineLimit: 400,
    legalComments: 'none',
    banner: { js: banner },
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`Bundling functions/${stage}/handler.ts gave no file.`);
  const made = { directory: keep(output.contents), bytes: output.contents.byteLength };
  built.set(stage, made);
  return made;
}

/** Writes a bundle into the folder named after its content; the rename makes it appear whole. */
function keep(contents: Uint8Array): string {
  const directory = join(cache, hash('sha256', contents).slice(0, 32));
  const file = join(directory, 'index.mjs');
  if (existsSync(file)) return directory;
  mkdirSync(directory, { recursive: true });
  const draft = join(cache, `${process.pid}-${randomUUID()}.mjs`);
  writeFileSync(draft, contents);
  renameSync(draft, file);
  return directory;
}
