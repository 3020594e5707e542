import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { TObject } from 'typebox';
import { bundle } from '../infra/constructs/bundle.ts';
import { describeMachine } from './machine.ts';
import { median, percentile } from './measure.ts';
import { row, table, two, whole } from './table.ts';

const FUNCTIONS = join(import.meta.dirname, '..', 'functions');
/** Loads the bundle and says how long that took and what memory the process has then. */
const SCRIPT = `const started = performance.now();
const { handler } = await import(process.argv[1]);
if (typeof handler !== 'function') throw new Error('The bundle exports no handler.');
process.stdout.write(JSON.stringify({ ms: performance.now() - started, rss: process.memoryUsage.rss() }));`;
/** Variables that must look like something; all others are names of resources. */
const VALUES: Readonly<Record<string, string>> = {
  COLLECT_URL: 'https://collect.example.com',
  PROTOCOLS: 'segment',
  ANNOUNCE_NEW_PERSONS: 'false',
  DEFAULT_REGION: 'CN',
  OWNER_BUCKETS: '4',
  RECORD_BYTES: '200000',
};

interface ColdStart {
  readonly stage: string;
  readonly bundle_kib: number;
  readonly init_ms: number;
  readonly init_ms_p90: number;
  readonly rss_mib: number;
}

/** An environment that the function accepts; nothing is called while it loads. */
async function environmentOf(stage: string): Promise<Record<string, string>> {
  const path = join(FUNCTIONS, stage, 'env.ts');
  if (!existsSync(path)) return {};
  const exported: Record<string, TObject> = await import(path);
  const required = Object.values(exported).flatMap((schema) => schema.required ?? []);
  return Object.fromEntries(required.map((name) => [name, VALUES[name] ?? 'oneriver']));
}

async function coldStart(stage: string, runs: number): Promise<ColdStart> {
  const made = bundle(stage);
  const env = { AWS_REGION: 'eu-central-1', ...(await environmentOf(stage)) };
  const index = pathToFileURL(join(made.directory, 'index.mjs')).href;
  const starts: { ms: number; rss: number }[] = [];
  for (let n = 0; n < runs; n += 1) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, index], {
      env,
    });
    if (status !== 0) throw new Error(`The bundle of ${stage} does not load: ${stderr.toString().slice(0, 2_000)}`);
    starts.push(JSON.parse(stdout.toString()));
  }
  const ms = starts.map((start) => start.ms);
  return {
    stage,
    bundle_kib: made.bytes / 1_024,
    init_ms: median(ms),
    init_ms_p90: percentile(ms, 0.9),
    rss_mib: median(starts.map(({ rss }) => rss)) / 1_024 / 1_024,
  };
}

/** `npm run bench:cold-start`: what each function loads and how long that takes in a new process. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '15' } } });
  const stages = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'handler.ts')));
  const machine = describeMachine(new Date());
  const starts: ColdStart[] = [];
  for (const stage of stages) starts.push(await coldStart(stage, Number(values.runs)));
  const lines = starts.map(({ stage, bundle_kib, init_ms, init_ms_p90, rss_mib }) =>
    row(stage, whole(bundle_kib), two(init_ms), two(init_ms_p90), whole(rss_mib)),
  );
  const report = `# Cold starts, ${machine.date.slice(0, 10)}

${machine.cpu}, ${machine.cores} cores; node ${machine.versions.node}; load average ${two(machine.load_average)}. A new process for each of ${values.runs} runs: from the import of the bundle until its handler
is there, without the start of Node itself. Lambda adds that, the download, and the first connections.

${table(['function', 'bundle KiB', 'init ms (median)', 'init ms (p90)', 'memory MiB'], lines)}
`;
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${machine.date.slice(0, 10)}-cold-start`;
  writeFileSync(join(folder, `${name}.md`), report);
  process.stdout.write(`${report}\nWritten to bench/results/${name}.md.\n`);
}

await main();
