import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** One folder for this process, gone when it ends: the CDK copies what is in it. */
function makeScratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'oneriver-bundles-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}
let scratch: string | undefined;

/**
 * A stage's handler with everything it imports, the AWS SDK included, as one ES module: what was tested is what runs,
 * and cold starts read one file, under 1 MiB.
 * @throws when an import cannot be resolved.
 */
export function bundle(stage: string): Bundle {
  const known = built.get(stage);
  if (known) return known;
  scratch ??= makeScratch();
  const directory = join(scratch, stage);
  mkdirSync(directory);
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [join(root, 'functions', stage, 'handler.ts')],
    outfile: join(directory, 'index.mjs'),
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
    metafile: true,
    logLevel: 'silent',
  });
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  const made = { directory, bytes };
  built.set(stage, made);
  return made;
}
