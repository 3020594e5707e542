import { Compile } from 'typebox/compile';
import { Timer } from '../../schemas/decision.ts';

const validator = Compile(Timer);

/** What EventBridge or Scheduler handed over is neither a triggered campaign nor a timer. */
export class TimerError extends Error {
  override name = 'TimerError';
}

/** A campaign's rule asks to arm a timer; Scheduler says that one is due. */
export type FireRequest = { readonly kind: 'arm' | 'due'; readonly timer: Timer };

/**
 * Reads what fire was invoked with: a bus event carries its timer in `detail.timer`, a schedule is the timer itself.
 * @throws TimerError naming the field that is wrong; the invocation then ends in the dead letter queue.
 */
export function readRequest(input: unknown): FireRequest {
  const event = typeof input === 'object' && input !== null ? input : {};
  const kind = 'detail-type' in event ? 'arm' : 'due';
  const detail = 'detail' in event && typeof event.detail === 'object' && event.detail !== null ? event.detail : {};
  const timer: unknown = kind === 'due' ? event : 'timer' in detail ? detail.timer : undefined;
  if (validator.Check(timer)) return { kind, timer };
  const [first] = validator.Errors(timer);
  const where = `${kind === 'arm' ? '/detail/timer' : ''}${first?.instancePath ?? ''}`;
  throw new TimerError(
    `The timer to ${kind === 'arm' ? 'arm' : 'fire'} is not valid at ${where || '/'}: ${first?.message}.`,
  );
}
