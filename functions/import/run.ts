import type { Source } from '../../schemas/event.ts';
import type { ImportEntry, ImportSettings } from '../../schemas/import.ts';
import { type Clock, type RawStream, StreamOverloaded, StreamUnavailable } from '../shared/seams.ts';
import { Batcher } from './batch.ts';
import { ImportError } from './error.ts';
import type { FileBytes } from './file-bytes.ts';
import type { Part } from './inspect.ts';
import type { Judge } from './judge.ts';
import type { ImportLedger } from './ledger.ts';
import { MAX_BATCH_BYTES, MIN_DAMAGED_ROWS } from './limits.ts';
import { counted, type Found } from './report.ts';
import type { ReadRow } from './rows.ts';

export interface ImportDeps {
  readonly clock: Clock;
  readonly ledger: ImportLedger;
  readonly raw: RawStream;
  readonly judge: Judge;
  /** Resolves when the stream may take more: an import must not keep live events waiting. */
  room(): Promise<void>;
  sleep(ms: number): Promise<unknown>;
  /** Who works: two of the same name are never at work at once. */
  readonly worker: string;
  readonly lease_seconds: number;
  /** Epoch ms at which the work is left to the next slice. */
  readonly deadline?: number;
  /** Reads and judges, and stores nothing. */
  readonly dryRun?: boolean;
  onProgress?(entry: ImportEntry): void;
}

export interface ImportOrder {
  readonly file: FileBytes;
  readonly source: Source;
  readonly settings: ImportSettings;
}

/**
 * `done`: now; `again`: this content was imported before; `failed`: see the entry's error; `paused`: the deadline came; `busy`: somebody
 * else is at it.
 */
export interface ImportOutcome {
  readonly kind: 'done' | 'again' | 'failed' | 'paused' | 'busy';
  readonly entry: ImportEntry;
}

/** When the ledger is told anew; what was put since is put again after a crash, and is the same events. Rows: how much that is. */
const LEDGER_EVERY_MS = 2_000;
const LEDGER_EVERY_ROWS = 5_000;

/** One run over a file: as far as it comes. */
export class Run {
  readonly #order: ImportOrder;
  readonly #deps: ImportDeps;
  #entry: ImportEntry;
  #version: number;
  #told: { readonly at: number; readonly rows: number };

  constructor(order: ImportOrder, deps: ImportDeps, { entry, version }: { entry: ImportEntry; version: number }) {
    this.#order = order;
    this.#deps = deps;
    this.#entry = entry;
    this.#version = version;
    this.#told = { at: deps.clock.now(), rows: entry.rows };
  }

  async through(parts: readonly Part[]): Promise<ImportOutcome> {
    await this.#tell('running');
    try {
      for (const [index, part] of parts.entries()) {
        if (index < this.#entry.position.part) continue;
        if ((await this.#part(part)) === 'paused') return { kind: 'paused', entry: this.#entry };
        this.#entry = { ...this.#entry, position: { part: index + 1, row: 0 } };
      }
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      this.#entry = { ...this.#entry, error: error.message.slice(0, 1000) };
      await this.#tell('failed');
      return { kind: 'failed', entry: this.#entry };
    }
    await this.#tell('done');
    return { kind: 'done', entry: this.#entry };
  }

  async #part(part: Part): Promise<'read' | 'paused'> {
    const { file, source, settings } = this.#order;
    const { import_id, position } = this.#entry;
    const batcher = new Batcher({
      import_id,
      source,
      file: file.name,
      part: part.name,
      content: part.content,
      format: part.format,
      settings,
    });
    let waiting: ReadRow[] = [];
    let bytes = 0;
    for await (const lot of part.rows(position)) {
      waiting.push(...lot.rows);
      bytes += sizeOf(lot.rows);
      if (bytes < MAX_BATCH_BYTES && waiting.length < 2000) continue;
      await this.#store(waiting, batcher);
      this.#moveTo(waiting, lot.offset);
      [waiting, bytes] = [[], 0];
      if (this.#deps.clock.now() >= (this.#deps.deadline ?? Number.POSITIVE_INFINITY)) {
        await this.#tell('paused');
        return 'paused';
      }
      if (this.#isToBeTold()) await this.#tell('running');
    }
    await this.#store(waiting, batcher);
    return 'read';
  }

  #isToBeTold(): boolean {
    const { at, rows } = this.#told;
    return this.#entry.rows - rows >= LEDGER_EVERY_ROWS || this.#deps.clock.now() - at >= LEDGER_EVERY_MS;
  }

  #moveTo(rows: readonly ReadRow[], offset: number | undefined): void {
    const { part, row } = this.#entry.position;
    this.#entry = {
      ...this.#entry,
      position: { part, row: rows.at(-1)?.n ?? row, ...(offset !== undefined && { offset }) },
    };
  }

  async #store(rows: readonly ReadRow[], batcher: Batcher): Promise<void> {
    const found: Found = { rows: rows.length, skipped: 0, dropped: 0, refused: [] };
    const skipped = batcher.skipped;
    for (const { record, numbers } of batcher.batches(rows, new Date(this.#deps.clock.now()).toISOString())) {
      const { refused, dropped } = await this.#deps.judge(record);
      for (const { index, finding } of refused) found.refused.push({ row: numbers[index] ?? 0, finding });
      found.dropped += dropped;
      if (!this.#deps.dryRun) await this.#put(record);
    }
    found.skipped = batcher.skipped - skipped;
    this.#entry = counted(this.#entry, found);
    const refused = Object.values(this.#entry.refused).reduce((sum, n) => sum + n, 0);
    if (refused >= MIN_DAMAGED_ROWS && refused * 2 > this.#entry.rows)
      throw new ImportError(
        `Of the first ${this.#entry.rows} rows ${refused} became no events; the rest was left alone. See the examples; is it the right source, encoding and delimiter?`,
      );
  }

  /** Waits for as long as the stream is full: a file has no sender that could come back. */
  async #put(record: Buffer): Promise<void> {
    for (;;) {
      await this.#deps.room();
      try {
        await this.#deps.raw.put(record);
        return;
      } catch (error) {
        if (!(error instanceof StreamOverloaded || error instanceof StreamUnavailable)) throw error;
        if (
          this.#deps.clock.now() + error.retryAfterSeconds * 1000 >=
          (this.#deps.deadline ?? Number.POSITIVE_INFINITY)
        )
          throw error;
        await this.#deps.sleep(error.retryAfterSeconds * 1000);
      }
    }
  }

  async #tell(what: 'running' | 'paused' | 'done' | 'failed'): Promise<void> {
    const { clock, dryRun, ledger, worker, lease_seconds, onProgress } = this.#deps;
    const now = clock.now();
    const { lease: _, ...rest } = this.#entry;
    const at = new Date(now).toISOString();
    this.#entry = {
      ...rest,
      state: what === 'paused' ? 'running' : what,
      updated_at: at,
      ...(what === 'running' && { lease: { by: worker, until: now + lease_seconds * 1000 } }),
      ...((what === 'done' || what === 'failed') && { finished_at: at }),
    };
    if (!dryRun) this.#version = await ledger.write(this.#entry, this.#version);
    this.#told = { at: now, rows: this.#entry.rows };
    onProgress?.(this.#entry);
  }
}

/** About what rows come to as JSON, without writing them out: for the size of a batch. */
function sizeOf(rows: readonly ReadRow[]): number {
  let units = 0;
  for (const read of rows) {
    units += 20;
    if (read.problem) continue;
    for (const name in read.row) {
      const value = read.row[name];
      units += name.length + 6 + (typeof value === 'string' ? value.length : 8);
    }
  }
  return units;
}
