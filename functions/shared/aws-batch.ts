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

/**
 * Sends items and sends again only those that failed, in order, until none is left: replies of batch calls are read,
 * never trusted.
 * @throws DeliveryError when some still fail after the last attempt.
 */
export async function deliver<T>(
  what: string,
  items: readonly T[],
  send: (items: readonly T[]) => Promise<readonly Failed<T>[]>,
  options: DeliveryOptions = DELIVERY,
): Promise<void> {
  let left = items;
  for (let attempt = 1; left.length > 0; attempt++) {
    const failed = await send(left);
    if (failed.length === 0) return;
    if (attempt >= options.attempts) throw new DeliveryError(what, failed.length, failed[0]?.code ?? 'unknown');
    left = failed.map(({ item }) => item);
    await options.sleep(options.base_ms * 2 ** (attempt - 1) * (1 - options.random() / 2));
  }
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
