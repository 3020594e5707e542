import { callFault, codeOf } from './aws-errors.ts';

/** How a batch call is repeated for the entries that failed. The waiting and the dice are arguments. */
export interface DeliveryOptions {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Wait before the second call, doubled after each; the dice take off up to half of it. */
  readonly base_ms: number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

export const DELIVERY: DeliveryOptions = {
  attempts: 6,
  base_ms: 100,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** Entries that the service did not take although each was tried `attempts` times. */
export class DeliveryError extends Error {
  override name = 'DeliveryError';
  constructor(what: string, failed: number, code: string) {
    super(`${what}: ${failed} entries were not taken after every retry (${code}). The batch will be delivered again.`);
  }
}

/** An entry that the service refused, and the code it gave. */
export interface Failed<T> {
  readonly item: T;
  readonly code: string;
}

/** What is left of a delivery, and the code of the last refusal. Nothing is left when all went well. */
export interface Undelivered<T> {
  readonly left: readonly T[];
  readonly code: string;
}

export type Send<T> = (items: readonly T[]) => Promise<readonly Failed<T>[]>;

/**
 * Sends items and sends again only those that failed, in order, until none is left or the attempts are used up: replies of
 * batch calls are read, never trusted. A call that fails whole counts as all of its items refused; one that will fail the
 * same way the next moment (no permission, no such resource) is not repeated.
 * @throws what the call threw, when it is our own defect or content that the service will never take.
 */
export async function tryDeliver<T>(
  items: readonly T[],
  send: Send<T>,
  options: DeliveryOptions,
): Promise<Undelivered<T>> {
  let left = items;
  for (let attempt = 1; left.length > 0; attempt++) {
    const { failed, isFinal } = await call(left, send);
    const code = failed[0]?.code ?? '';
    left = failed.map(({ item }) => item);
    if (left.length === 0 || isFinal || attempt >= options.attempts) return { left, code };
    await options.sleep(options.base_ms * 2 ** (attempt - 1) * (1 - options.random() / 2));
  }
  return { left, code: '' };
}

async function call<T>(
  items: readonly T[],
  send: Send<T>,
): Promise<{ failed: readonly Failed<T>[]; isFinal: boolean }> {
  try {
    return { failed: await send(items), isFinal: false };
  } catch (error) {
    const fault = callFault(error);
    if (fault === 'own' || fault === 'invalid') throw error;
    const code = codeOf(error);
    // The SDK has waited through a timeout more than once already.
    const isFinal = fault === 'refused' || code === 'TimeoutError';
    return { failed: items.map((item) => ({ item, code })), isFinal };
  }
}

/**
 * As `tryDeliver`, where everything has to be delivered.
 * @throws DeliveryError when some still fail after the last attempt.
 */
export async function deliver<T>(
  what: string,
  items: readonly T[],
  send: Send<T>,
  options: DeliveryOptions = DELIVERY,
): Promise<void> {
  const { left, code } = await tryDeliver(items, send, options);
  if (left.length > 0) throw new DeliveryError(what, left.length, code);
}

/** What one batch call may carry. */
export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Cuts items into runs that respect a batch call's limits, keeping their order.
 * @throws RangeError when one item alone is over the limit in bytes.
 */
export function chunk<T>(items: readonly T[], limits: BatchLimits, bytesOf: (item: T) => number): T[][] {
  const chunks: T[][] = [];
  let current: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (size > limits.bytes)
      throw new RangeError(`One entry has ${size} bytes; at most ${limits.bytes} fit in a call.`);
    if (current.length === limits.items || (current.length > 0 && bytes + size > limits.bytes)) {
      chunks.push(current);
      current = [];
      bytes = 0;
    }
    current.push(item);
    bytes += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/** Pairs each refused entry of a reply with its item: replies of AWS batch calls keep the order of the request. */
export function refused<T>(
  items: readonly T[],
  replies: readonly { ErrorCode?: string | undefined }[] | undefined,
): Failed<T>[] {
  return items.flatMap((item, index) => {
    const reply = replies?.[index];
    if (reply === undefined) return [{ item, code: 'NoReply' }];
    return reply.ErrorCode ? [{ item, code: reply.ErrorCode }] : [];
  });
}
