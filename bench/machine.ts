import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './measure.ts';

/** Where and when figures were taken; without it they mean nothing. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  /** Median time of a 4 KiB write and fsync in the folder that the benchmarks use. */
  readonly disk_sync_ms: number;
  /** Over one minute; on a quiet machine near 0 before the start. */
  readonly load_average: number;
  readonly versions: Readonly<Record<string, string>>;
}

const SYNCS = 50;
const LIBRARIES = [
  '@duckdb/node-api',
  '@segment/analytics-node',
  'typebox',
  'libphonenumber-js',
  '@aws-sdk/client-dynamodb',
];

function diskSyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'oneriver-bench-'));
  const file = openSync(join(folder, 'sync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let i = 0; i < SYNCS; i += 1) {
    const started = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    times.push(performance.now() - started);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return median(times);
}

function versionOf(library: string): string {
  const path = join(import.meta.dirname, '..', 'node_modules', library, 'package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

/** Describes this machine at this moment. */
export function describeMachine(now: Date): Machine {
  const processors = cpus();
  return {
    date: now.toISOString(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    disk_sync_ms: diskSyncMs(),
    load_average: loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      v8: process.versions.v8,
      sqlite: process.versions.sqlite ?? 'unknown',
      ...Object.fromEntries(LIBRARIES.map((library) => [library, versionOf(library)])),
    },
  };
}
