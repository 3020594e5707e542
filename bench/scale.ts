import { type ChildProcess, fork } from 'node:child_process';
import { mean } from './measure.ts';
import {
  EVENTS_PER_ROUND,
  type EventCost,
  type RoundCost,
  type ScaleEvent,
  type ScaleStoreFacts,
} from './scale-task.ts';

/** Rounds whose figures are thrown away: the compiler is still at work. */
const WARM_UP_ROUNDS = 3;

/** Means over the rounds of one store; `checkpoint` is what was left to move after the last of them. */
export interface ScaleLine extends ScaleStoreFacts {
  readonly identifiers: number;
  readonly costs: RoundCost & { readonly checkpoint: EventCost };
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

const meanCost = (costs: readonly EventCost[]): EventCost => ({
  wall_us: mean(costs.map(({ wall_us }) => wall_us)),
  cpu_us: mean(costs.map(({ cpu_us }) => cpu_us)),
});

function lineOf({ identifiers, rounds }: StoreProcess, facts: ScaleStoreFacts, left: EventCost): ScaleLine {
  const counted = rounds.slice(WARM_UP_ROUNDS);
  const of = (name: ScaleEvent): EventCost => meanCost(counted.map((round) => round[name]));
  const events = rounds.length * EVENTS_PER_ROUND;
  const checkpoint = { wall_us: left.wall_us / events, cpu_us: left.cpu_us / events };
  return {
    identifiers,
    ...facts,
    costs: { known: of('known'), new_visitor: of('new_visitor'), merge: of('merge'), checkpoint },
  };
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
      const process = new StoreProcess(identifiers);
      processes.push(process);
      const facts = await process.answer<ScaleStoreFacts>();
      stores.push({ process, facts });
      say(`${identifiers} identifiers of ${facts.persons} people in ${facts.fill_seconds.toFixed(0)} s`);
    }
    const lines: ScaleLine[] = [];
    for (const { process, facts } of stores) {
      for (let n = 0; n < WARM_UP_ROUNDS + rounds; n += 1) process.rounds.push(await process.ask<RoundCost>('round'));
      lines.push(lineOf(process, facts, await process.ask<EventCost>('end')));
    }
    return lines;
  } catch (error) {
    for (const process of processes) process.kill();
    throw error;
  }
}
