/** How often and how long to wait between attempts at a call that may succeed later. */
export interface BackoffPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Upper bound of the first wait; it doubles with each attempt. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

/**
 * Full jitter: a random wait between nothing and an exponentially growing bound, so that many callers that failed
 * together do not come back together. `attempt` counts from 0; `random` is in [0, 1).
 */
export const backoffMs = (policy: BackoffPolicy, attempt: number, random: number): number =>
  random * Math.min(policy.capMs, policy.baseMs * 2 ** attempt);
