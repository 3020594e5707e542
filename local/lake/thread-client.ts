import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LakeFile } from './manifest.ts';
import type { Round } from './round.ts';

/** What the thread is to know before its first request. */
export interface LakeThreadSettings {
  /** The lake folder. */
  readonly dir: string;
  /** The database file with the outbox. The thread only reads it. */
  readonly database: string;
}

export type LakeRequest =
  | { readonly kind: 'round'; readonly upTo: number }
  | { readonly kind: 'merge'; readonly files: readonly LakeFile[]; readonly name: string }
  | { readonly kind: 'close' };

export type LakeReply =
  | { readonly ok: true; readonly result: unknown }
  /** `message` names files and columns, never values. */
  | { readonly ok: false; readonly message: string };

const THREAD = new URL('./thread.ts', import.meta.url);

/**
 * The thread that turns rows of the outbox into Parquet, seen from the pipeline's thread. Making a file takes many short steps,
 * each of which would wait for a turn of the event loop; under load these turns are long, so the lake would never keep up.
 * One request at a time. A thread that dies is replaced by the next request: what it had made is in no manifest yet.
 */
export class LakeThread {
  readonly #settings: LakeThreadSettings;
  #worker: Worker | undefined;
  #settle: ((reply: LakeReply) => void) | undefined;

  constructor(settings: LakeThreadSettings) {
    this.#settings = settings;
    this.#worker = this.#start();
  }

  /** See `writeRound`; only what was committed is seen. @throws Error when the files could not be written. */
  async writeRound(upTo: number): Promise<Round | undefined> {
    return (await this.#ask({ kind: 'round', upTo })) as Round | undefined; // what the thread answers to this request
  }

  /** See `ParquetWriter.merge`. @throws Error when the file could not be written. */
  async merge(files: readonly LakeFile[], name: string): Promise<LakeFile> {
    return (await this.#ask({ kind: 'merge', files, name })) as LakeFile; // what the thread answers to this request
  }

  /** Lets the thread close its files and end. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = once(worker, 'exit');
    worker.ref();
    worker.postMessage({ kind: 'close' } satisfies LakeRequest);
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(THREAD, {
      workerData: this.#settings,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (reply: LakeReply) => this.#settle?.(reply));
    worker.on('error', (error) => this.#ended(worker, error instanceof Error ? error.message : 'unknown error'));
    worker.on('exit', (code) => this.#ended(worker, `exit code ${code}`));
    worker.unref();
    return worker;
  }

  async #ask(request: LakeRequest): Promise<unknown> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const { promise, resolve } = Promise.withResolvers<LakeReply>();
    this.#settle = resolve;
    worker.ref();
    try {
      worker.postMessage(request);
      const reply = await promise;
      if (!reply.ok) throw new Error(reply.message);
      return reply.result;
    } finally {
      worker.unref();
      this.#settle = undefined;
    }
  }

  #ended(worker: Worker, fault: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#settle?.({
      ok: false,
      message: `The thread that writes the lake ended (${fault}); the rows are still there.`,
    });
  }
}
