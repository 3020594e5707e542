import { setTimeout as wait } from 'node:timers/promises';

/** Time as a step sees it: milliseconds, and how to let some pass. */
export interface Watch {
  readonly now: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

const POLL_MS = 2_000;

/** Asks until there is an answer. @returns it, or undefined when patience, in milliseconds, is over */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  patience: number,
  { now, sleep = wait }: Watch,
): Promise<T | undefined> {
  const deadline = now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || now() >= deadline) return answer;
    await sleep(POLL_MS);
  }
}
