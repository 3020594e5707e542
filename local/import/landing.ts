import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ImportOutcome } from '../../functions/import/run.ts';
import type { Source } from '../../schemas/event.ts';
import { ImportSettings } from '../../schemas/import.ts';
import { reportOf } from './report.ts';
import type { ImportRequest } from './request.ts';

/** A file whose size and time have not changed for so long is complete. */
const REST_MS = 2_000;
/** Of one folder in one look. */
const MAX_FILES = 1_000;

/** Settings of all files of a folder, and of one file, beside it. */
export const FOLDER_SETTINGS = 'import.json';
export const FILE_SETTINGS = '.import.json';
export const REPORT = '.report.json';

const LandingOrder = Type.Object(
  { ...ImportSettings.properties, dry_run: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
type LandingOrder = Static<typeof LandingOrder>;
const order = Compile(LandingOrder);

export interface LandingParts {
  /** With a folder for each source. */
  readonly dir: string;
  /** Real time, epoch ms. */
  now(): number;
  source(id: string): Source | undefined;
  run(path: string, request: ImportRequest): Promise<ImportOutcome>;
}

interface Seen {
  readonly size: number;
  readonly changed: number;
  readonly since: number;
}

/**
 * The landing folder: files dropped into `<source id>/` are imported one after the other, then moved into `done/` or `failed/` with a
 * report beside them. A file is taken when its size rests, or at once when it was renamed from `.part`.
 */
export class Landing {
  readonly #parts: LandingParts;
  #seen = new Map<string, Seen>();
  #partial = new Set<string>();
  #running: Promise<void> | undefined;
  #stopped = false;
  readonly #complained = new Set<string>();

  constructor(parts: LandingParts) {
    this.#parts = parts;
  }

  /** Makes the folder of a source. */
  folderOf(sourceId: string): string {
    const folder = join(this.#parts.dir, sourceId);
    for (const name of ['done', 'failed']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Looks for files unless it is at work already, and does not wait for their import. */
  poke(): void {
    if (this.#running || this.#stopped) return;
    this.#running = this.look()
      .catch((error: unknown) => this.#complain('landing', error instanceof Error ? error.message : 'unknown error'))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Imports what is complete now. */
  async look(): Promise<void> {
    if (!existsSync(this.#parts.dir)) return;
    const folders = await readdir(this.#parts.dir, { withFileTypes: true });
    for (const folder of folders.filter((one) => one.isDirectory())) {
      await this.#folder(folder.name);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #folder(sourceId: string): Promise<void> {
    const dir = this.folderOf(sourceId);
    const names = (await readdir(dir)).slice(0, MAX_FILES);
    const partial = names.filter((name) => name.endsWith('.part')).map((name) => join(dir, name));
    for (const name of names.filter(isData).sort()) {
      if (this.#stopped) return;
      const path = join(dir, name);
      if (await this.#isComplete(path)) await this.#import(path, { dir, name, sourceId });
    }
    for (const path of partial) this.#partial.add(path);
  }

  async #isComplete(path: string): Promise<boolean> {
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isFile()) return false;
    if (this.#partial.delete(`${path}.part`)) return true;
    const now = this.#parts.now();
    const before = this.#seen.get(path);
    const rests = before?.size === stats.size && before.changed === stats.mtimeMs;
    if (!rests) this.#seen.set(path, { size: stats.size, changed: stats.mtimeMs, since: now });
    return rests && now - before.since >= REST_MS;
  }

  async #import(path: string, { dir, name, sourceId }: { dir: string; name: string; sourceId: string }): Promise<void> {
    this.#seen.delete(path);
    const refuse = (error: string): void =>
      this.#finish(path, { dir, name, to: 'failed', report: { outcome: 'failed', file: name, error } });
    const source = this.#parts.source(sourceId);
    if (!source) return refuse(`There is no source "${sourceId.slice(0, 60)}"; make it, or use the folder of another.`);
    const request = readOrder([join(dir, FOLDER_SETTINGS), `${path}${FILE_SETTINGS}`]);
    if (typeof request === 'string') return refuse(request);
    const { dry_run, ...settings } = request;
    const outcome = await this.#parts.run(path, { source, settings, ...(dry_run && { dryRun: true }) });
    if (outcome.kind === 'busy' || outcome.kind === 'paused') return;
    const to = outcome.kind === 'failed' ? 'failed' : 'done';
    this.#finish(path, { dir, name, to, report: reportOf(outcome, dry_run ?? false) });
  }

  /** The report is written before the file is moved: after a crash between the two, the content is known and only moved. */
  #finish(
    path: string,
    { dir, name, to, report }: { dir: string; name: string; to: 'done' | 'failed'; report: object },
  ): void {
    const free = freeName(join(dir, to), name);
    writeFileSync(join(dir, to, `${free}${REPORT}`), `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    renameSync(path, join(dir, to, free));
    rmSync(`${path}${FILE_SETTINGS}`, { force: true });
  }

  #complain(about: string, message: string): void {
    if (this.#complained.has(about)) return;
    this.#complained.add(about);
    process.stderr.write(`Import: ${message}\n`);
  }
}

const isData = (name: string): boolean =>
  !name.startsWith('.') &&
  name !== FOLDER_SETTINGS &&
  !name.endsWith(FILE_SETTINGS) &&
  !/\.(?:part|tmp|filepart|crdownload)$/.test(name);

/** The settings of some files, the later ones first where they differ; or what is wrong with them. */
function readOrder(paths: readonly string[]): LandingOrder | string {
  let merged: LandingOrder = {};
  for (const path of paths.filter((one) => existsSync(one))) {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(path, 'utf8'));
    } catch {
      return `The settings beside the file are not valid JSON.`;
    }
    if (!order.Check(value)) {
      const wrong = order.Errors(value)[0];
      return `The settings beside the file are not valid: ${wrong?.instancePath || '/'} ${wrong?.message ?? ''}.`;
    }
    merged = { ...merged, ...value };
  }
  return merged;
}

/** A name that no file of the folder has. */
function freeName(dir: string, name: string): string {
  for (let copy = 1; ; copy++) {
    const candidate = copy === 1 ? name : `${copy}-${name}`;
    if (!existsSync(join(dir, candidate)) && !existsSync(join(dir, `${candidate}${REPORT}`))) return candidate;
  }
}
