import type { Clock } from './seams.ts';

/** How long a target that failed is left alone. */
const CALM_MS = 10_000;

/**
 * Remembers which targets have just failed. While one is down, a batch does not wait through every retry again: it spills at
 * once. After ten seconds the next batch tries.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #openUntil = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isOpen(target: string): boolean {
    return (this.#openUntil.get(target) ?? 0) > this.#clock.now();
  }

  note(target: string, outcome: 'failed' | 'succeeded'): void {
    if (outcome === 'failed') this.#openUntil.set(target, this.#clock.now() + CALM_MS);
    else this.#openUntil.delete(target);
  }
}
