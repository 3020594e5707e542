import { ConflictException, SchedulerClient } from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { SchedulerTimers } from '../../../functions/fire/scheduler-timers.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const timer = (name: string, at: string) => ({
  name,
  at,
  campaign: 'c',
  owner: 'user_id:1',
  subject: 'p1',
  trigger_from: '2025-12-29',
  trigger_at: '2025-12-31',
});

function timers(...answers: Answer[]) {
  const client = new SchedulerClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const target = {
    group: 'group',
    function_arn: 'fire-arn',
    role_arn: 'role-arn',
    dead_letter_arn: 'dead-arn',
    precision_seconds: 60,
    retries: 20,
  };
  return { calls, timers: new SchedulerTimers(client, target, { now: () => NOW }) };
}

describe('SchedulerTimers', () => {
  it('makes a schedule that fires once and goes away', async () => {
    const done = timers({});
    const wanted = timer('t1', '2026-01-04T02:00:00.000Z');
    await done.timers.arm([wanted]);
    expect(done.calls).toEqual([
      {
        command: 'CreateSchedule',
        input: {
          Name: 't1',
          GroupName: 'group',
          ScheduleExpression: 'at(2026-01-04T02:00:00)',
          ScheduleExpressionTimezone: 'UTC',
          FlexibleTimeWindow: { Mode: 'OFF' },
          ActionAfterCompletion: 'DELETE',
          Target: {
            Arn: 'fire-arn',
            RoleArn: 'role-arn',
            Input: JSON.stringify(wanted),
            DeadLetterConfig: { Arn: 'dead-arn' },
            RetryPolicy: { MaximumRetryAttempts: 20 },
          },
        },
      },
    ]);
  });

  it('takes a timer that is armed already as armed, and goes on', async () => {
    const conflict = new ConflictException({ message: 'exists', Message: 'exists', $metadata: {} });
    const done = timers(conflict, {});
    await done.timers.arm([timer('t1', '2026-01-02T00:00:00.000Z'), timer('t2', '2026-01-02T00:00:00.000Z')]);
    expect(done.calls.map(({ input }) => input.Name)).toEqual(['t1', 't2']);
  });

  it('never asks for a time nearer than Scheduler can keep', async () => {
    const done = timers({});
    await done.timers.arm([timer('t1', '2026-01-01T00:00:10.000Z')]);
    expect(done.calls.map(({ input }) => input.ScheduleExpression)).toEqual(['at(2026-01-01T00:01:00)']);
  });

  it('lets every other error through, so that the trigger is tried again', async () => {
    const done = timers(new Error('throttled'));
    await expect(done.timers.arm([timer('t1', '2026-01-02T00:00:00.000Z')])).rejects.toThrow('throttled');
  });
});
