import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync, type OutputFile } from 'esbuild';

export interface Bundle {
  readonly directory: string;
  /** Of what a cold start reads: the handler, and what it imports at once. */
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
 * and cold starts read one file of about 1 MiB. What is imported only when it is needed is a file of its own beside it.
 * @throws when an import cannot be resolved.
 */
export function bundle(stage: string): Bundle {
  const known = built.get(stage);
  if (known) return known;
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [{ in: join(root, 'functions', stage, 'handler.ts'), out: 'index' }],
    outdir: join(root, 'out'),
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
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
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const made = { directory: keep(outputFiles), bytes: bytesAtOnce('index.mjs', outputs) };
  built.set(stage, made);
  return made;
}

interface Output {
  readonly bytes: number;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

/** Bytes of a file and of all that it imports at once. */
function bytesAtOnce(entry: string, outputs: ReadonlyMap<string, Output>): number {
  const names = new Set([entry]);
  let bytes = 0;
  for (const name of names) {
    const output = outputs.get(name);
    bytes += output?.bytes ?? 0;
    for (const { path, kind } of output?.imports ?? []) if (kind === 'import-statement') names.add(basename(path));
  }
  return bytes;
}

/** Writes a bundle into the folder named after its content; the rename makes it appear whole. */
function keep(files: readonly OutputFile[]): string {
  const content = files.map(({ path, hash: own }) => `${basename(path)} ${own}`).sort();
  const directory = join(cache, hash('sha256', content.join('\n')).slice(0, 32));
  if (existsSync(directory)) return directory;
  const draft = join(cache, `${process.pid}-${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  for (const { path, contents } of files) writeFileSync(join(draft, basename(path)), contents);
  try {
    renameSync(draft, directory);
  } catch (error) {
    // Another process was first with the same content.
    if (!existsSync(directory)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return directory;
}
