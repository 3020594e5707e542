import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from './app.ts';

const USAGE = 'npm run replay -- [--data DIR] [--reason REASON] [--dry-run]';

interface Options {
  readonly dir: string;
  readonly reason: string | undefined;
  readonly dryRun: boolean;
}

/** Asks the server that has the data folder open, if one does. */
async function replayThroughServer({ dir, reason, dryRun }: Options): Promise<object | undefined> {
  const path = join(dir, 'dev.json');
  if (!existsSync(path)) return undefined;
  const { url } = JSON.parse(readFileSync(path, 'utf8')) as { url: string };
  try {
    const response = await fetch(`${url}/api/replay`, {
      method: 'POST',
      body: JSON.stringify({ reason, dry_run: dryRun }),
    });
    return (await response.json()) as object;
  } catch {
    return undefined;
  }
}

async function replayOffline({ dir, reason, dryRun }: Options): Promise<object> {
  if (!existsSync(join(dir, 'state.db'))) throw new Error(`There is no data folder at ${dir}; name it with --data.`);
  const app = await App.open({ dir, realNow: Date.now });
  try {
    const context = { sql: app.sql, raw: app.raw, source: (id: string) => app.sources.byId(id) };
    const report = await app.replays.feed(context, { reason, dryRun });
    await app.pipeline.materialise();
    const { rows } = await app.sql.query(`SELECT count(*) FROM quarantine WHERE status = 'open'`);
    return { ...report, dry_run: dryRun, open_now: rows[0]?.[0] ?? 0 };
  } finally {
    await app.close();
  }
}

/** `npm run replay`: feeds quarantined events in again, after a fix; prints what became of them as JSON. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: 'data' },
      reason: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const options = { dir: resolve(values.data), reason: values.reason, dryRun: values['dry-run'] };
  const report = (await replayThroughServer(options)) ?? (await replayOffline(options));
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 1;
});
