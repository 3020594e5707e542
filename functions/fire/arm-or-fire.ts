import type { Decision } from '../../schemas/decision.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import type { Timers } from '../shared/seams.ts';
import { readRequest } from './armed-or-due.ts';
import { type FireDeps, fire } from './fire.ts';

export interface RequestDeps extends Omit<FireDeps, 'rules'> {
  readonly timers: Timers;
  /** Asked for only where there is something to decide. */
  rules(): Promise<CompiledRules>;
}

/**
 * One invocation of fire: a campaign's rule arms a timer; a timer that is due is decided. What is due already is decided at
 * once; where the person does not ask for it, it is armed for a second look. Idempotent.
 * @returns the decision, if one was reached now
 * @throws TimerError for what is neither; what `fire`, `rules` and `timers` throw
 */
export async function armOrFire(input: unknown, deps: RequestDeps): Promise<Decision | undefined> {
  const { kind, timer } = readRequest(input);
  if (kind === 'arm' && Date.parse(timer.at) > deps.clock.now()) {
    await deps.timers.arm([timer]);
    return undefined;
  }
  const decision = await fire(timer, { ...deps, rules: await deps.rules() });
  // A trigger is told before its event is committed, so that a crash cannot lose it: what is not seen yet is there in a minute.
  if (kind === 'arm' && decision === undefined) await deps.timers.arm([timer]);
  return decision;
}
