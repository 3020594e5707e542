import { type FireDeps, fire } from '../functions/fire/fire.ts';
import type { VirtualClock } from './clock.ts';
import type { LiveHub } from './live.ts';
import type { Counters } from './state.ts';
import type { TimerTable } from './timers.ts';

/** Timers that fire in one transaction: a pause of a few milliseconds, and few enough commits on the hour. */
export const TIMERS_PER_TRANSACTION = 50;

interface FiringParts {
  readonly timers: TimerTable;
  readonly clock: VirtualClock;
  readonly counters: Counters;
  readonly live: LiveHub;
  readonly fire: FireDeps;
}

/**
 * Fires up to `most` timers that are due at `until` (epoch ms), in order of time, within the caller's transaction. With a
 * held clock each fires at its own instant. @throws what a decision throws; then the transaction must be rolled back.
 */
export async function fireLot(until: number, most: number, parts: FiringParts): Promise<void> {
  const { timers, clock, counters, live } = parts;
  for (let fired = 0; fired < most; fired += 1) {
    const timer = timers.nextDue(until);
    if (!timer) return;
    if (until > clock.now()) clock.holdAt(Math.max(clock.now(), Date.parse(timer.at)));
    timers.remove(timer.name);
    const decision = await fire(timer, parts.fire);
    if (!decision) continue;
    counters.add(`fire.${decision.outcome}`);
    counters.add(`decisions.${decision.campaign}|${decision.outcome}|${decision.reason}`);
    live.decision(decision);
  }
}
