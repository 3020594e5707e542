import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabasePull, ImportEntry } from '../../schemas/import.ts';
import { readPull } from './database/open.ts';

const DEFAULT_MINUTES = 60;
const MINUTE_MS = 60_000;

export interface PullsParts {
  /** With a description of each pull, as JSON. */
  readonly dir: string;
  /** Real time, epoch ms. */
  now(): number;
  run(path: string, pull: DatabasePull): Promise<ImportEntry>;
}

/** The pulls of a running server: each file in its folder is run every so many minutes, one after the other. */
export class Pulls {
  readonly #parts: PullsParts;
  readonly #ranAt = new Map<string, number>();
  readonly #said = new Map<string, string>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: PullsParts) {
    this.#parts = parts;
  }

  /** Runs what is due unless a run is under way, and does not wait for it. */
  poke(): void {
    if (this.#running || this.#stopped || !existsSync(this.#parts.dir)) return;
    this.#running = this.runDue().finally(() => {
      this.#running = undefined;
    });
  }

  /** Runs what is due. A pull that fails is tried again when it is due again. */
  async runDue(): Promise<void> {
    const { dir, now, run } = this.#parts;
    for (const name of readdirSync(dir).filter((one) => one.endsWith('.json'))) {
      if (this.#stopped) return;
      try {
        const path = join(dir, name);
        const pull = readPull(path);
        const every = (pull.every_minutes ?? DEFAULT_MINUTES) * MINUTE_MS;
        if (now() - (this.#ranAt.get(name) ?? Number.NEGATIVE_INFINITY) < every) continue;
        this.#ranAt.set(name, now());
        await run(path, pull);
        this.#said.delete(name);
      } catch (error) {
        this.#complain(name, error instanceof Error ? error.message : 'unknown error');
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Says once what is wrong, until it is something else. */
  #complain(name: string, message: string): void {
    if (this.#said.get(name) === message) return;
    this.#said.set(name, message);
    process.stderr.write(`Pull ${name}: ${message}\n`);
  }
}
