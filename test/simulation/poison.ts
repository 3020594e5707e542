import { diceFor } from './faults.ts';
import type { Container } from './lambda.ts';
import type { World } from './world.ts';

/** Deliveries that a message ends before it is harmless; without an end it is so only when it has been a dead letter. */
const ENDS = [1, 2, 3, 5, 9, Number.POSITIVE_INFINITY] as const;

interface Poison {
  left: number;
  /** Does the function run until its time is over? Else it dies at once. */
  readonly hangs: boolean;
}

/** Messages that end the function which reads them, for some of their deliveries: no answer is given, whatever else was in the batch. */
export class Poisons {
  readonly #world: World;
  readonly #known = new Map<string, Poison | undefined>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Comes back when the message does no harm; else never. */
  async taste(body: string, container: Container): Promise<void> {
    const poison = this.#of(body);
    if (!poison || poison.left <= 0) return;
    poison.left -= 1;
    if (!poison.hangs) container.die('poison');
    await container.wait(() => undefined);
  }

  /** Was it ever one? */
  has(body: string): boolean {
    return this.#known.get(body) !== undefined;
  }

  /** Somebody has mended the function. */
  cure(body: string): void {
    const poison = this.#known.get(body);
    if (poison) poison.left = 0;
  }

  #of(body: string): Poison | undefined {
    if (this.#known.has(body)) return this.#known.get(body);
    const dice = diceFor(this.#world.seed, `poison ${this.#known.size}`);
    const poison = this.#world.faults.strikes('poison')
      ? { left: dice.pick(ENDS), hangs: dice.chance(0.3) }
      : undefined;
    this.#known.set(body, poison);
    return poison;
  }
}
