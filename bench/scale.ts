import { type ChildProcess, fork } from 'node:child_process';
import type { ScaleCosts, ScaleOptions, ScaleStoreFacts } from './scale-task.ts';

/** One store and what events cost in it. */
export interface ScaleLine extends ScaleStoreFacts {
  readonly identifiers: number;
  readonly costs: ScaleCosts;
}

/** A store in a process of its own. */
class StoreProcess {
  readonly identifiers: number;
  readonly #child: ChildProcess;
  /** Rejects only. */
  readonly #ended: Promise<never>;

  constructor(options: ScaleOptions) {
    this.identifiers = options.identifiers;
    this.#child = fork(new URL('tasks.ts', import.meta.url), ['scale', JSON.stringify(options)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#ended = new Promise((_, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`A store of the scale benchmark ended with code ${code}.`)));
    });
    this.#ended.catch(() => undefined);
  }

  /** The next message of the process. @throws Error with its own message, or when it ends without one */
  answer<T>(): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      this.#child.once('message', (message: { error?: string }) => {
        if (message.error === undefined) resolve(message as T);
        else reject(new Error(message.error));
      });
    });
    return Promise.race([answer, this.#ended]);
  }

  /** Lets it begin. @throws as `answer` */
  async measure(): Promise<ScaleCosts> {
    const answer = this.answer<{ result: ScaleCosts }>();
    this.#child.send('measure');
    return (await answer).result;
  }

  kill(): void {
    this.#child.kill();
  }
}

/**
 * Fills a store of each size, each in a process of its own, then measures them in turn, each without a pause: the thread that
 * moves its log must keep up with its events.
 */
export async function runScale(
  sizes: readonly number[],
  rounds: number,
  say: (text: string) => void,
): Promise<ScaleLine[]> {
  const processes: StoreProcess[] = [];
  const stores: { process: StoreProcess; facts: ScaleStoreFacts }[] = [];
  try {
    for (const identifiers of sizes) {
      const process = new StoreProcess({ identifiers, rounds });
      processes.push(process);
      const facts = await process.answer<ScaleStoreFacts>();
      stores.push({ process, facts });
      say(`${identifiers} identifiers of ${facts.persons} people in ${facts.fill_seconds.toFixed(0)} s`);
    }
    const lines: ScaleLine[] = [];
    for (const { process, facts } of stores) {
      lines.push({ identifiers: process.identifiers, ...facts, costs: await process.measure() });
    }
    return lines;
  } catch (error) {
    for (const process of processes) process.kill();
    throw error;
  }
}
