import type { Clock } from '../functions/shared/seams.ts';

/**
 * The clock of the embedded binding: real time plus an offset, or held at one instant. Everything that asks for the time
 * asks here, so a campaign of four days can be watched in a second. It never runs backwards.
 */
export class VirtualClock implements Clock {
  readonly #realNow: () => number;
  #offsetMs: number;
  #heldAt: number | undefined;

  constructor(realNow: () => number, offsetMs = 0) {
    this.#realNow = realNow;
    this.#offsetMs = offsetMs;
  }

  now(): number {
    return this.#heldAt ?? this.#realNow() + this.#offsetMs;
  }

  /** Real time, epoch ms. */
  real(): number {
    return this.#realNow();
  }

  /** Milliseconds that this clock is ahead of real time. */
  offsetMs(): number {
    return this.now() - this.#realNow();
  }

  /** Stands still at `ms`, or where it is if that is later. */
  holdAt(ms: number): void {
    this.#heldAt = this.#heldAt === undefined ? ms : Math.max(ms, this.#heldAt);
  }

  /** Runs on from `ms`, or from where it is if that is later. */
  runFrom(ms: number): void {
    this.#offsetMs = Math.max(ms, this.#heldAt ?? ms) - this.#realNow();
    this.#heldAt = undefined;
  }
}
