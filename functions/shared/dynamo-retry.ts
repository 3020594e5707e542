import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import { DocStoreUnavailable, transienceOf } from './dynamo-errors.ts';

export interface RetryOptions {
  readonly policy: BackoffPolicy;
  /** [0, 1). */
  readonly random: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Waits before the attempt that follows attempt number `attempt` (from 0). */
export const pause = (options: RetryOptions, attempt: number): Promise<unknown> =>
  (options.sleep ?? delay)(backoffMs(options.policy, attempt, options.random()));

/**
 * Makes a call to DynamoDB until it succeeds, fails for good, or the attempts are used up. The call is told whether the
 * reply of an earlier attempt was lost, so that it may have been done already. `what` names the call in errors.
 * @throws DocStoreUnavailable when the attempts are used up; permanent errors as they are.
 */
export async function withRetries<T>(
  options: RetryOptions,
  what: string,
  call: (mayBeDone: boolean) => Promise<T>,
): Promise<T> {
  let mayBeDone = false;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call(mayBeDone);
    } catch (cause) {
      const transience = transienceOf(cause);
      if (transience === 'permanent') throw cause;
      mayBeDone ||= transience === 'unknown';
      if (attempt + 1 >= options.policy.attempts) {
        const state = mayBeDone ? 'It may or may not have been done.' : 'Nothing was done.';
        throw new DocStoreUnavailable(`${what} failed ${attempt + 1} times. ${state} Try again later.`, { cause });
      }
    }
    await pause(options, attempt);
  }
}
