import { type ChildProcess, fork } from 'node:child_process';
import { median } from './measure.ts';
import type { EventCost, RoundCost, ScaleStoreFacts } from './scale-task.ts';

/** Rounds whose figures are thrown away: the compiler is still at work. */
const WARM_UP_ROUNDS = 3;

/** Medians over the rounds of one store. */
export interface ScaleLine extends ScaleStoreFacts {
  readonly identifiers: number;
  readonly costs: RoundCost;
}

/** A store in a process of its own. */
class StoreProcess {
  readonly identifiers: number;
  readonly rounds: RoundCost[] = [];
  readonly #child: ChildProcess;
  /** Rejects only. */
  readonly #ended: Promise<never>;

  constructor(identifiers: number) {
    this.identifiers = identifiers;
    this.#child = fork(new URL('tasks.ts', import.meta.url), ['scale', JSON.stringify({ identifiers })], {
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

  ask<T>(message: 'round' | 'end'): Promise<T> {
    const answer = this.answer<T>();
    this.#child.send(message);
    return answer;
  }

  kill(): void {
    this.#child.kill();
  }
}

const medianCost = (costs: readonly EventCost[]): EventCost => ({
  wall_us: median(costs.map(({ wall_us }) => wall_us)),
  cpu_us: median(costs.map(({ cpu_us }) => cpu_us)),
});

function lineOf({ identifiers, rounds }: StoreProcess, facts: ScaleStoreFacts): ScaleLine {
  const counted = rounds.slice(WARM_UP_ROUNDS);
  const of = (name: keyof RoundCost): EventCost => medianCost(counted.map((round) => round[name]));
  const costs = { known: of('known'), new_visitor: of('new_visitor'), merge: of('merge') };
  return { identifiers, ...facts, costs: { ...costs, checkpoint: of('checkpoint') } };
}

/**
 * Fills a store of each size, each in a process of its own, then measures round by round, all sizes in each round: what else
 * the machine does slows all sizes alike, so that their ratios mean something.
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
      const process = new StoreProcess(identifiers);
      processes.push(process);
      const facts = await process.answer<ScaleStoreFacts>();
      stores.push({ process, facts });
      say(`${identifiers} identifiers of ${facts.persons} people in ${facts.fill_seconds.toFixed(0)} s`);
    }
    for (let n = 0; n < WARM_UP_ROUNDS + rounds; n += 1) {
      for (const { process } of stores) process.rounds.push(await process.ask<RoundCost>('round'));
    }
    await Promise.all(stores.map(({ process }) => process.ask('end')));
  } catch (error) {
    for (const process of processes) process.kill();
    throw error;
  }
  return stores.map(({ process, facts }) => lineOf(process, facts));
}
