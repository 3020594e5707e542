import { setTimeout as delay } from 'node:timers/promises';
import { type PollDeps, pollSource } from '../../functions/connect/poll-source.ts';
import type { SecretsByName } from '../../functions/connect/settings.ts';
import type { Source } from '../../schemas/event.ts';
import type { Connector } from './connector.ts';
import { Journal } from './journal.ts';

const EVERY_MS = 60_000;
/** A run ends before the next one is due. */
const RUN_MS = 45_000;

/** Asks a platform for what waits for one source, each minute. */
export class Poller implements Connector {
  readonly journal: Journal;
  readonly #source: Source;
  readonly #secrets: () => Promise<SecretsByName>;
  readonly #deps: PollDeps;
  #running: Promise<void> | undefined;
  #dueAt = 0;
  readonly #stopped = new AbortController();

  constructor(source: Source, secrets: () => Promise<SecretsByName>, deps: PollDeps) {
    this.journal = new Journal(
      { source_id: source.source_id, protocol: source.protocol ?? '', via: 'polling' },
      deps.now,
    );
    this.#source = source;
    this.#secrets = secrets;
    const { signal } = this.#stopped;
    const sleep = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);
    // A run that is told to stop begins nothing new.
    const now = (): number => (signal.aborted ? Number.POSITIVE_INFINITY : deps.now());
    this.#deps = { ...deps, now, sleep, signal };
  }

  poke(): void {
    const now = this.#deps.now();
    if (this.#running || this.#stopped.signal.aborted || now < this.#dueAt) return;
    this.#dueAt = now + EVERY_MS;
    this.#running = this.#run(now + RUN_MS).finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(deadline: number): Promise<void> {
    try {
      this.journal.kept(await pollSource(this.#source, await this.#secrets(), { ...this.#deps, deadline }));
      this.journal.connected();
    } catch (error) {
      this.journal.failed(error);
    }
  }
}
