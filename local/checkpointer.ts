import { once } from 'node:events';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { CHECKPOINT_PAGES } from './sqlite.ts';

const THREAD = new URL('./checkpointer-thread.ts', import.meta.url);
/** Looking at the size of the log costs microseconds, but not each commit needs to pay them. */
const COMMITS_PER_LOOK = 8;
/** Log at which a commit moves it after all, as a multiple of what the thread is asked at: for when the thread fails. */
const OWN_CHECKPOINT_FACTOR = 4;

/** What the thread is to know. */
export interface CheckpointerSettings {
  readonly database: string;
}

/** Pages moved since the log began, or why it could not be done. */
export type CheckpointReply = { readonly moved: number } | { readonly fault: string };

/**
 * Moves the write-ahead log of a database into its file on a thread of its own. In a large database that means writing pages all
 * over the file and waiting for the disk; done inside a commit it would hold up every event of the pipeline meanwhile. Only
 * the last few pages, written while the thread was at work, are moved after a commit, for a log starts anew when all of it is
 * moved. The thread starts when it is first needed. Where it fails, commits move the log themselves, later.
 */
export class Checkpointer {
  readonly #database: string;
  readonly #pages: number;
  readonly #look: StatementSync;
  readonly #rest: StatementSync;
  #worker: Worker | undefined;
  #commits = 0;
  #restLeft = false;
  #underWay: Promise<CheckpointReply> | undefined;
  #settle: ((reply: CheckpointReply) => void) | undefined;

  /** @param pages log size, in pages of 4 KiB, from which it is moved */
  constructor(db: DatabaseSync, pages: number = CHECKPOINT_PAGES) {
    this.#database = db.location() ?? ':memory:';
    this.#pages = pages;
    db.exec(`PRAGMA wal_autocheckpoint = ${this.#pages * OWN_CHECKPOINT_FACTOR}`);
    this.#look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#rest = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** To be called after each commit. @returns what is being moved now, for those who want to wait for it */
  committed(): Promise<CheckpointReply> | undefined {
    if (this.#restLeft) this.#rest.get();
    this.#restLeft = false;
    this.#commits += 1;
    if (this.#underWay !== undefined || this.#commits % COMMITS_PER_LOOK !== 0) return this.#underWay;
    const { log, checkpointed } = this.#look.get() ?? {};
    if (Number(log) - Number(checkpointed) >= this.#pages) this.#underWay = this.#ask();
    return this.#underWay;
  }

  /** Resolves when nothing is being moved. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  /** Lets the thread finish what it moves, and end. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = once(worker, 'exit');
    worker.ref();
    worker.postMessage('close');
    await ended;
  }

  #ask(): Promise<CheckpointReply> {
    this.#worker ??= this.#start();
    const { promise, resolve } = Promise.withResolvers<CheckpointReply>();
    this.#settle = resolve;
    this.#worker.postMessage('move');
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(THREAD, {
      workerData: { database: this.#database } satisfies CheckpointerSettings,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (reply: CheckpointReply) => this.#answered(reply));
    worker.on('error', (error) => this.#ended(error instanceof Error ? error.message : 'unknown error'));
    worker.on('exit', (code) => this.#ended(`exit code ${code}`));
    worker.unref();
    return worker;
  }

  #answered(reply: CheckpointReply): void {
    this.#underWay = undefined;
    this.#restLeft = 'moved' in reply;
    this.#settle?.(reply);
  }

  #ended(fault: string): void {
    this.#worker = undefined;
    this.#answered({ fault });
  }
}
