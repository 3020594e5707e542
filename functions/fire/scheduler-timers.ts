import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Timer } from '../../schemas/decision.ts';
import { DELIVERY, type DeliveryOptions, deliver, type Failed } from '../shared/aws-batch.ts';
import { callFault, codeOf } from '../shared/aws-errors.ts';
import type { Clock, Timers } from '../shared/seams.ts';

/** What a schedule calls, as whom, and where it puts what it could not deliver. */
export interface TimerTarget {
  readonly group: string;
  readonly function_arn: string;
  readonly role_arn: string;
  readonly dead_letter_arn: string;
  /** Scheduler's own precision: a schedule is never set closer than this. */
  readonly precision_seconds: number;
  readonly retries: number;
  /** How creating is repeated when Scheduler is throttled or down. */
  readonly delivery?: DeliveryOptions;
}

/** What could not be handed to the function for so long is for the dead letter queue; late timers send nothing anyway. */
const MAX_LATE_SECONDS = 6 * 60 * 60;

/**
 * One-shot timers on EventBridge Scheduler; a schedule deletes itself once it has fired. A timer's name is made of what it
 * is for, so that arming it twice is arming it once. One that is armed again after it has fired fires again, and finds its
 * decision in the ledger.
 */
export class SchedulerTimers implements Timers {
  readonly #client: SchedulerClient;
  readonly #target: TimerTarget;
  readonly #clock: Clock;

  constructor(client: SchedulerClient, target: TimerTarget, clock: Clock) {
    this.#client = client;
    this.#target = target;
    this.#clock = clock;
  }

  /**
   * Arms each timer; one that is armed already stays as it is.
   * @throws DeliveryError when Scheduler takes some not even after every retry; what else it throws.
   */
  arm(timers: readonly Timer[]): Promise<void> {
    return deliver('Timers', timers, (left) => this.#create(left), this.#target.delivery ?? DELIVERY);
  }

  async #create(timers: readonly Timer[]): Promise<Failed<Timer>[]> {
    const failed: Failed<Timer>[] = [];
    for (const timer of timers) {
      try {
        await this.#client.send(new CreateScheduleCommand(this.#schedule(timer)));
      } catch (error) {
        if (error instanceof ConflictException) continue;
        if (!['throttled', 'outage'].includes(callFault(error))) throw error;
        failed.push({ item: timer, code: codeOf(error) });
      }
    }
    return failed;
  }

  #schedule(timer: Timer) {
    const earliest = this.#clock.now() + this.#target.precision_seconds * 1000;
    const at = new Date(Math.max(Date.parse(timer.at), earliest)).toISOString().slice(0, 19);
    return {
      Name: timer.name,
      GroupName: this.#target.group,
      ScheduleExpression: `at(${at})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' as const },
      ActionAfterCompletion: 'DELETE' as const,
      Target: {
        Arn: this.#target.function_arn,
        RoleArn: this.#target.role_arn,
        Input: JSON.stringify(timer),
        DeadLetterConfig: { Arn: this.#target.dead_letter_arn },
        RetryPolicy: { MaximumRetryAttempts: this.#target.retries, MaximumEventAgeInSeconds: MAX_LATE_SECONDS },
      },
    };
  }
}
