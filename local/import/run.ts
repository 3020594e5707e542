import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CompiledMapping, compileMapping } from '../../functions/shared/mapping/mapping.ts';
import type { ImportEntry } from '../../schemas/import.ts';
import { App } from '../app.ts';
import { ArgsError } from '../args.ts';
import type { ImportArgs } from './args.ts';
import { readPull } from './database/open.ts';
import { FILE_SETTINGS, REPORT } from './landing.ts';
import { type ImportReport, reportOf } from './report.ts';

type OnProgress = (report: Pick<ImportReport, 'rows_read'>) => void;

const LOOK_EVERY_MS = 300;

/**
 * Hands the file to the server that has the data folder open, by way of its landing folder, and waits for the report. Undefined where no
 * server runs.
 */
export async function importThroughServer(args: ImportArgs, onProgress: OnProgress): Promise<ImportReport | undefined> {
  const url = await runningServer(args.dir);
  if (url === undefined) return undefined;
  if (args.mapping !== undefined)
    throw new ArgsError(
      'A server has the data folder open; stop it to try a mapping on a file, or let it preview the mapping.',
    );
  if (args.isPull)
    throw new ArgsError(
      `A server has the data folder open: it runs what is described in ${join(args.dir, 'pulls')} every so often. Stop it to pull from here.`,
    );
  const folder = join(args.dir, 'landing', args.source);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = `${process.pid}-${Date.now()}-${basename(args.file)}`;
  const order = { ...args.settings, ...(args.dryRun && { dry_run: true }) };
  writeFileSync(join(folder, `${name}${FILE_SETTINGS}`), JSON.stringify(order), { mode: 0o600 });
  linkOrCopy(args.file, join(folder, `${name}.part`));
  // It is complete, however young: what was renamed is not waited for.
  renameSync(join(folder, `${name}.part`), join(folder, name));
  for (;;) {
    for (const to of ['done', 'failed']) {
      const report = join(folder, to, `${name}${REPORT}`);
      if (existsSync(report) && !existsSync(join(folder, name)))
        return JSON.parse(readFileSync(report, 'utf8')) as ImportReport;
    }
    await tellProgress(url, name, onProgress);
    await sleep(LOOK_EVERY_MS);
  }
}

async function runningServer(dir: string): Promise<string | undefined> {
  const path = join(dir, 'dev.json');
  if (!existsSync(path)) return undefined;
  const { url } = JSON.parse(readFileSync(path, 'utf8')) as { url: string };
  try {
    await fetch(`${url}/api/health`);
    return url;
  } catch {
    return undefined;
  }
}

async function tellProgress(url: string, name: string, onProgress: OnProgress): Promise<void> {
  const response = await fetch(`${url}/api/imports?limit=20`).catch(() => undefined);
  if (!response) throw new Error('The server has stopped; start it again and it goes on with the import by itself.');
  const { imports } = (await response.json()) as { imports?: ImportReport[] };
  const own = imports?.find(({ file }) => file === name);
  if (own) onProgress(own);
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Opens the data folder and imports the file into it. @throws FolderInUse, ArgsError for an unknown source */
export async function importHere(args: ImportArgs, onProgress: OnProgress): Promise<ImportReport> {
  const app = await App.open({ dir: args.dir, realNow: Date.now });
  try {
    const tell = { dryRun: args.dryRun, onProgress: (entry: ImportEntry) => onProgress({ rows_read: entry.rows }) };
    if (args.isPull) return await pullHere(app, args, tell);
    const source = app.sources.byId(args.source);
    if (!source) throw new ArgsError(`There is no source "${args.source}".`);
    const outcome = await app.imports.run(args.file, {
      source,
      settings: args.settings,
      ...tell,
      ...(args.mapping !== undefined && { mapping: await mappingIn(args.mapping) }),
    });
    if (!args.dryRun) await app.pipeline.materialise();
    return reportOf(outcome, args.dryRun);
  } finally {
    await app.close();
  }
}

async function pullHere(
  app: App,
  { file, dryRun }: ImportArgs,
  tell: Parameters<App['imports']['pull']>[2],
): Promise<ImportReport> {
  const entry = await app.imports.pull(file, readPull(file), tell);
  if (!dryRun) await app.pipeline.materialise();
  return reportOf({ kind: 'done', entry }, dryRun);
}

async function mappingIn(path: string): Promise<CompiledMapping> {
  try {
    return await compileMapping(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new ArgsError(
      `The mapping ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
