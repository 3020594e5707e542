import type { Dice } from '../support/dice.ts';
import { diceFor, type FaultName, Faults } from './faults.ts';
import { Trace } from './trace.ts';
import { VirtualTime } from './virtual-time.ts';

/** A Monday, midnight UTC. */
export const START = Date.parse('2026-03-09T00:00:00.000Z');

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Longest time that a service is away. */
const MAX_OUTAGE = 3 * HOUR;
/** When outages hurt, ms after midnight: when everybody comes, or when a coupon is due. */
export const BUSY_HOURS = [2 * HOUR, 2 * HOUR, 11 * HOUR] as const;

export interface Outage {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  /** Share of calls that fail meanwhile. */
  readonly share: number;
}

/** Something that runs code. */
export interface Running {
  /** Does its code run right now, waiting for nothing? */
  readonly atWork: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly only?: ReadonlySet<FaultName> | undefined;
  readonly print?: ((line: string) => void) | undefined;
}

/** What everything in a simulation has in common: time, luck, faults, and the trace. */
export class World {
  readonly seed: number;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly faults: Faults;
  /** For latencies, ids and jitter. */
  readonly dice: Dice;
  readonly outages: Outage[] = [];
  /** Containers whose code has begun and not ended. */
  readonly running = new Set<Running>();
  #ids = 0;
  #lastInstant = 0;

  constructor({ seed, only, print }: WorldOptions) {
    this.seed = seed;
    this.time = new VirtualTime(START, () => {
      for (const container of this.running) if (container.atWork) return true;
      return false;
    });
    this.trace = new Trace(START, print);
    this.faults = new Faults(seed, only);
    this.dice = diceFor(seed, 'world');
  }

  note(who: string, what: string): void {
    this.trace.note(this.time.now(), who, what);
  }

  /** Now, or a little later: an instant of its own for each who asks, so that what happened can be told apart by it. */
  instant(): number {
    this.#lastInstant = Math.max(this.time.now(), this.#lastInstant + 1);
    return this.#lastInstant;
  }

  newId(kind: string): string {
    this.#ids += 1;
    return `${kind}${this.#ids}`;
  }

  /** Plans when services will be away, within the given days. */
  planOutages(services: readonly [string, ...string[]], days: number): void {
    const dice = diceFor(this.seed, 'outages');
    for (let n = 0; n < 4; n += 1) {
      const from = START + dice.below(days) * DAY + dice.pick(BUSY_HOURS) - dice.roll() * 10 * MINUTE;
      const to = from + dice.roll() ** 2 * MAX_OUTAGE;
      const outage = { service: dice.pick(services), from, to, share: dice.chance(0.5) ? 1 : dice.roll() };
      if (this.faults.strikes('outage')) this.outages.push(outage);
    }
  }

  isAway(service: string): boolean {
    if (this.faults.over) return false;
    const now = this.time.now();
    const outage = this.outages.find(({ service: name, from, to }) => name === service && from <= now && now < to);
    return outage !== undefined && this.dice.chance(outage.share);
  }

  /** A usual time on the way, ms; now and then a long one. */
  latency(): number {
    if (this.faults.strikes('slow')) return this.dice.roll() ** 3 * 130 * SECOND;
    return 1 + this.dice.roll() ** 2 * 20;
  }
}
