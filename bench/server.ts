import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EmbeddedServer } from '../local/server.ts';
import { type Cost, startMeasuring } from './measure.ts';

/** What the server process says of itself once it has stopped. */
export interface ServerFacts {
  /** Between `begin` and `end`. */
  readonly cost: Cost;
  /** Bytes in use on the disk after a clean stop. */
  readonly bytes: { readonly raw: number; readonly state: number; readonly vault: number; readonly parquet: number };
  /** Highest resident memory of the process. */
  readonly peakRssBytes: number;
}

export interface ServerAddress {
  readonly url: string;
  readonly key: string;
}

function sizeOf(path: string): number {
  const facts = statSync(path);
  if (!facts.isDirectory()) return facts.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Pages in use: rows on their way to the lake leave free pages behind, which the next ones take. */
function usedBytes(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
  const used = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  db.close();
  return used;
}

const heard = (wanted: string): Promise<void> =>
  new Promise((resolve) => {
    const listen = (message: unknown): void => {
      if (message !== wanted) return;
      process.off('message', listen);
      resolve();
    };
    process.on('message', listen);
  });

/**
 * The embedded server on an empty data folder in this process, for a client in another one. Says its address, then
 * follows `begin`, `end` (stop to measure) and ends by itself. Meant for `runServer`.
 */
export async function pipelineServer(): Promise<ServerFacts> {
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-bench-'));
  try {
    const server = await EmbeddedServer.start({ port: 0, dir, seed: false });
    await server.ready;
    const [begin, end] = [heard('begin'), heard('end')];
    process.send?.({ url: server.url, key: server.app.sources.keyOf('web') } satisfies ServerAddress);
    await begin;
    const stop = startMeasuring();
    await end;
    const cost = stop();
    await server.close();
    const bytes = {
      raw: sizeOf(join(dir, 'raw.db')),
      state: usedBytes(join(dir, 'state.db')),
      vault: sizeOf(join(dir, 'vault.db')),
      parquet: sizeOf(join(dir, 'lake')),
    };
    return { cost, bytes, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
