import { ConflictException, SchedulerClient, ThrottlingException } from '@aws-sdk/client-scheduler';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SchedulerTimers } from '../../../functions/fire/scheduler-timers.ts';
import { type Answer, answerCalls, countedDelivery, OFFLINE, recordCalls } from '../../support/recording-client.ts';

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
    delivery: countedDelivery(3).options,
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
            RetryPolicy: { MaximumRetryAttempts: 20, MaximumEventAgeInSeconds: 21_600 },
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

/** Scheduler in memory: a name is taken until its schedule has fired and deleted itself; every other call may be throttled. */
function scheduler(throttled: (call: number) => boolean = () => false) {
  const client = new SchedulerClient(OFFLINE);
  const armed = new Map<string, string>();
  let call = 0;
  answerCalls(client, ({ input }) => {
    call += 1;
    const meta = { message: 'x', Message: 'x', $metadata: {} };
    if (throttled(call)) return new ThrottlingException(meta);
    const { Name, ScheduleExpression } = input as { Name: string; ScheduleExpression: string };
    if (armed.has(Name)) return new ConflictException(meta);
    armed.set(Name, ScheduleExpression);
    return { ScheduleArn: Name };
  });
  const target = {
    group: 'group',
    function_arn: 'fire-arn',
    role_arn: 'role-arn',
    dead_letter_arn: 'dead-arn',
    precision_seconds: 60,
    retries: 20,
    delivery: countedDelivery(6).options,
  };
  const clock = { ms: NOW, now: () => clock.ms };
  return { armed, clock, timers: new SchedulerTimers(client, target, clock) };
}
const AT = '2026-01-02T00:00:00.000Z';

describe('timers by name', () => {
  it('are each armed once, however often and with whatever throttling they are asked for', async () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 2, max: 4 }), async (wanted, every) => {
        const { armed, timers } = scheduler((call) => call % every === 0);
        await timers.arm(wanted.map((name) => timer(name, AT)));
        await timers.arm(wanted.map((name) => timer(name, AT)));
        expect([...armed.keys()].toSorted()).toEqual([...new Set(wanted)].toSorted());
      }),
    );
  });

  it('keep their time when they are asked for again while the clock says otherwise', async () => {
    const { armed, clock, timers } = scheduler();
    await timers.arm([timer('t', AT)]);
    clock.ms += 48 * 3_600_000;
    await timers.arm([timer('t', AT)]);
    expect([...armed]).toEqual([['t', 'at(2026-01-02T00:00:00)']]);
  });

  it('can be armed again once they have fired', async () => {
    const { armed, timers } = scheduler();
    await timers.arm([timer('t', AT)]);
    armed.delete('t');
    await timers.arm([timer('t', AT)]);
    expect(armed.size).toBe(1);
  });

  it('are not taken for armed when Scheduler is throttled to the end', async () => {
    const { timers } = scheduler(() => true);
    await expect(timers.arm([timer('t', AT)])).rejects.toThrow('ThrottlingException');
  });
});
