import { join } from 'node:path';
import type { MappingDeps } from '../../functions/clean/mapped.ts';
import { importFile } from '../../functions/import/import-file.ts';
import { ImportLedger } from '../../functions/import/ledger.ts';
import type { ImportDeps, ImportOutcome } from '../../functions/import/run.ts';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import type { Clock, RawStream } from '../../functions/shared/seams.ts';
import type { Source } from '../../schemas/event.ts';
import type { DatabasePull, ImportEntry } from '../../schemas/import.ts';
import { openDatabaseOf } from './database/open.ts';
import { pullDatabase } from './database/pull.ts';
import { DatabaseError } from './database/reader.ts';
import { diskFile } from './disk-file.ts';
import { judgeCleaning } from './judge.ts';
import { Landing } from './landing.ts';
import { Pulls } from './pulls.ts';
import type { ImportRequest } from './request.ts';

/** Raw records of an import that may wait for the pipeline: what comes in live waits behind no more than these. */
const MAX_WAITING = 8;
/** There is one process, so nobody else works; a lease of a process that was killed is taken over. */
const WORKER = 'embedded';
const LEASE_SECONDS = 60;

export interface ImportsParts {
  readonly dir: string;
  readonly clock: Clock;
  readonly store: DocStore;
  readonly raw: RawStream;
  readonly pipeline: {
    transaction<T>(work: () => Promise<T>): Promise<T>;
    settled(): Promise<void>;
    backlog(): number;
  };
  readonly clean: MappingDeps;
  readonly sources: { byId(id: string): Source | undefined; keys(): Readonly<Record<string, string>> };
  realNow(): number;
}

/** Imports of the embedded deployment: files that land in its folder, and files that are named to it. */
export class Imports {
  readonly ledger: ImportLedger;
  readonly landing: Landing;
  readonly pulls: Pulls;
  readonly #parts: ImportsParts;
  readonly #store: DocStore;
  readonly #stopped = new AbortController();

  constructor(parts: ImportsParts) {
    this.#parts = parts;
    const { store, pipeline } = parts;
    // State is written in one line of transactions; the ledger's keys are its own.
    this.#store = {
      get: (keys) => store.get(keys),
      scan: (prefix, options) => store.scan(prefix, options),
      commit: (writes) => pipeline.transaction(() => store.commit(writes)),
    };
    this.ledger = new ImportLedger(this.#store);
    this.landing = new Landing({
      dir: join(parts.dir, 'landing'),
      now: parts.realNow,
      source: (id) => parts.sources.byId(id),
      run: (path, order) => this.run(path, order),
    });
    this.pulls = new Pulls({
      dir: join(parts.dir, 'pulls'),
      now: parts.realNow,
      run: (path, pull) => this.pull(path, pull),
    });
    for (const id of Object.keys(parts.sources.keys())) {
      if (parts.sources.byId(id)?.class === 'secret') this.landing.folderOf(id);
    }
  }

  /** Imports a file of this machine. @throws what stops the pipeline, or `ImportStopped` when the server stops meanwhile */
  async run(path: string, order: ImportRequest): Promise<ImportOutcome> {
    const { settings, dryRun, onProgress, mapping } = order;
    const source = mapping ? { ...order.source, mapping: 'tried' } : order.source;
    const { clean } = this.#parts;
    const deps: ImportDeps = {
      clock: this.#parts.clock,
      ledger: this.ledger,
      raw: this.#parts.raw,
      judge: judgeCleaning(mapping ? { ...clean, mappingOf: async () => mapping } : clean),
      room: () => this.#room(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      worker: WORKER,
      lease_seconds: LEASE_SECONDS,
      ...(dryRun && { dryRun }),
      ...(onProgress && { onProgress }),
    };
    return importFile({ file: await diskFile(path), source, settings }, deps);
  }

  /** Pulls what is new in a database, by the description at `path`. @throws DatabaseError, or as `run` */
  async pull(
    path: string,
    pull: DatabasePull,
    { dryRun, onProgress }: Pick<ImportRequest, 'dryRun' | 'onProgress'> = {},
  ): Promise<ImportEntry> {
    const source = this.#parts.sources.byId(pull.source);
    if (!source) throw new DatabaseError(`There is no source "${pull.source}" for the pull ${pull.name}.`);
    if (source.disabled)
      throw new DatabaseError(`The source ${source.source_id} is switched off; the pull ${pull.name} waits.`);
    const reader = await openDatabaseOf(pull, path);
    try {
      return await pullDatabase({ pull, source }, reader, {
        clock: this.#parts.clock,
        store: this.#store,
        raw: this.#parts.raw,
        judge: judgeCleaning(this.#parts.clean),
        room: () => this.#room(),
        ...(dryRun && { dryRun }),
        ...(onProgress && { onProgress }),
      });
    } finally {
      await reader.close();
    }
  }

  /** Looks for work: called now and then. */
  poke(): void {
    this.landing.poke();
    this.pulls.poke();
  }

  /** Ends an import under way; the next start goes on with it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.landing.stop(), this.pulls.stop()]);
  }

  async #room(): Promise<void> {
    if (this.#parts.pipeline.backlog() > MAX_WAITING) await this.#parts.pipeline.settled();
    if (this.#stopped.signal.aborted)
      throw new ImportStopped('The server stops; the next start goes on with the import.');
  }
}

/** The server stops while a file is read. */
export class ImportStopped extends Error {
  override name = 'ImportStopped';
}
