import { createHash } from 'node:crypto';
import { Dice } from '../support/dice.ts';

/** What may go wrong, and between which rates: each seed has some of them, each at a rate of its own. */
export const FAULTS = {
  /** A function dies at a call: before it is sent, on its way, or before the reply. */
  crash: [0.001, 0.02],
  /** Whoever invoked a function gives it up, while it goes on. */
  zombie: [0.002, 0.05],
  /** A function runs as often as it may already, and is not begun. */
  busy: [0.002, 0.1],
  /** A service did it, and the reply never came. */
  lost_reply: [0.002, 0.05],
  /** The request never arrived. */
  lost_request: [0.002, 0.05],
  /** A service refuses what is too much. */
  throttle: [0.005, 0.2],
  /** Some entries of a batch call are refused, or left unread. */
  partial: [0.01, 0.3],
  /** Another transaction is in the way. */
  conflict: [0.005, 0.2],
  /** A call takes seconds, or longer than the function may run. */
  slow: [0.001, 0.05],
  /** What was delivered is delivered again. */
  redelivery: [0.005, 0.2],
  /** Deliveries of bus, timers and lake come late. */
  late: [0.02, 0.5],
  /** A read that need not be consistent shows what was before. */
  stale: [0.05, 0.5],
  /** All warm containers are replaced. */
  deploy: [0.001, 0.03],
  /** The connection of a client breaks, before or after the answer. */
  client: [0.02, 0.3],
  /** Clocks of containers are off. */
  skew: [0.2, 1],
  /** A service is away for a while. */
  outage: [0.2, 1],
  /** Records on the stream and in the queue that nobody can read. */
  garbage: [0.2, 1],
  /** A message ends the function that reads it. */
  poison: [0.003, 0.1],
} as const satisfies Record<string, readonly [least: number, most: number]>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

const SHARE_OF_SEEDS = 0.6;

/** A die of its own for each purpose, so that what one draws changes nothing for the others. */
export const diceFor = (seed: number, purpose: string): Dice =>
  new Dice(createHash('sha256').update(`${seed}|${purpose}`).digest().readUInt32BE(0));

/** Which faults a seed has, and when each strikes. */
export class Faults {
  readonly #rates = new Map<FaultName, { dice: Dice; rate: number }>();
  /** Nothing goes wrong any more. */
  #over = false;

  /** @param only of the faults that the seed has, those that are kept; default: all */
  constructor(seed: number, only?: ReadonlySet<FaultName>) {
    for (const name of FAULT_NAMES) {
      const dice = diceFor(seed, `fault ${name}`);
      const [least, most] = FAULTS[name];
      const has = dice.chance(SHARE_OF_SEEDS);
      const rate = least * (most / least) ** dice.roll();
      if (has && (only === undefined || only.has(name))) this.#rates.set(name, { dice, rate });
    }
  }

  get names(): FaultName[] {
    return [...this.#rates.keys()];
  }

  strikes(name: FaultName): boolean {
    const fault = this.#over ? undefined : this.#rates.get(name);
    return fault?.dice.chance(fault.rate) ?? false;
  }

  get over(): boolean {
    return this.#over;
  }

  end(): void {
    this.#over = true;
  }
}
