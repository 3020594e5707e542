import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Timer } from '../../schemas/decision.ts';
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
}

/** One-shot timers on EventBridge Scheduler; a schedule deletes itself once it has fired. */
export class SchedulerTimers implements Timers {
  readonly #client: SchedulerClient;
  readonly #target: TimerTarget;
  readonly #clock: Clock;

  constructor(client: SchedulerClient, target: TimerTarget, clock: Clock) {
    this.#client = client;
    this.#target = target;
    this.#clock = clock;
  }

  /** Arms each timer; one that is armed already stays as it is. @throws what Scheduler throws otherwise. */
  async arm(timers: readonly Timer[]): Promise<void> {
    for (const timer of timers) {
      try {
        await this.#client.send(new CreateScheduleCommand(this.#schedule(timer)));
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
      }
    }
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
        RetryPolicy: { MaximumRetryAttempts: this.#target.retries },
      },
    };
  }
}
