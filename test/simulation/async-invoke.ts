import type { SimulatedFunction } from './lambda.ts';
import { MINUTE, SECOND, type World } from './world.ts';

/** An event that a function could not take in all its attempts, as Lambda puts it into the queue. */
export interface QueuedLetter {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: number;
}

/** Attempts of an asynchronous invocation after the first, as its function is configured. */
export const ASYNC_RETRIES = 2;

/**
 * Lambda's queue of asynchronous invocations, as the bus and timers use it: at least once, in no order; after its retries an
 * event goes to the dead letter queue.
 */
export class AsyncInvocations {
  readonly deadLetters = new Set<QueuedLetter>();
  readonly #world: World;
  readonly #target: SimulatedFunction<object, unknown>;

  constructor(world: World, target: SimulatedFunction<object, unknown>) {
    this.#world = world;
    this.#target = target;
  }

  send(event: object): void {
    const { faults, dice, time } = this.#world;
    const times = faults.strikes('redelivery') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      time.after(dice.roll() * (faults.strikes('late') ? 10 * MINUTE : SECOND), () => this.#attempt(event, 0));
    }
  }

  #attempt(event: object, attempt: number): void {
    this.#target.invoke(event).then(undefined, () => {
      if (attempt < ASYNC_RETRIES)
        this.#world.time.after((attempt + 1) * MINUTE, () => this.#attempt(event, attempt + 1));
      else {
        this.#world.note('dead-letters', 'one more');
        const body = { requestContext: { condition: 'RetriesExhausted' }, requestPayload: event };
        const id = this.#world.newId('letter');
        this.deadLetters.add({ id, body: JSON.stringify(body), attributes: {}, at: this.#world.time.now() });
      }
    });
  }
}
