import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesise } from '../support/templates.ts';

type Found = Readonly<Record<string, { readonly Properties: Record<string, unknown> }>>;

interface Target {
  readonly Arn: unknown;
  readonly DeadLetterConfig?: { readonly Arn: unknown };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts: number; readonly MaximumEventAgeInSeconds: number };
}

const of = (found: Template, type: string): [string, Record<string, unknown>][] =>
  Object.entries(found.findResources(type) as Found).map(([id, { Properties }]) => [id, Properties]);

/** Schedules whose runs carry nothing: one that fails is made up for by the next, and an alarm tells of silence. */
const CARRIES_NOTHING: Readonly<Record<string, string>> = {
  redrive: 'oneriver-redrive-spill-waits',
  lake: 'oneriver-lake-silent',
  serve: 'oneriver-serve-quality',
};

describe.each(['global', 'china'] as const)('in the profile %s', (profile) => {
  const { template, names } = synthesise({ profile });
  const templates = names.map((name) => [name, template(name)] as const);
  const alarms = templates.flatMap(([, found]) => of(found, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm));
  const watched = JSON.stringify(
    alarms.map(({ Dimensions, Metrics, AlarmActions }) => [Dimensions, Metrics, AlarmActions]),
  );
  const alarmNames = alarms.map(({ AlarmName }) => AlarmName);
  const queueIds = templates.flatMap(([, found]) => of(found, 'AWS::SQS::Queue').map(([id]) => id));

  const rules = templates.flatMap(([stack, found]) =>
    of(found, 'AWS::Events::Rule').flatMap(([id, rule]) =>
      (rule.Targets as Target[]).map((target) => [`${stack} ${id}`, { stack, rule, target }] as const),
    ),
  );
  const schedules = templates.flatMap(([stack, found]) =>
    of(found, 'AWS::Scheduler::Schedule').map(([id, schedule]) => [`${stack} ${id}`, { stack, schedule }] as const),
  );
  const mappings = templates.flatMap(([stack, found]) =>
    of(found, 'AWS::Lambda::EventSourceMapping').map(([id, mapping]) => [`${stack} ${id}`, mapping] as const),
  );

  describe('what is called asynchronously', () => {
    it('is all known here', () => {
      expect(rules.length).toBeGreaterThan(1);
      expect(mappings.length).toBeGreaterThanOrEqual(2);
    });

    it.each(schedules)(
      'by the schedule %s carries nothing, is not repeated, and is missed when it is silent',
      (_, own) => {
        const { Target } = own.schedule as { Target: { RetryPolicy: { MaximumRetryAttempts: number } } };
        expect(Target.RetryPolicy.MaximumRetryAttempts).toBe(0);
        expect(alarmNames).toContain(CARRIES_NOTHING[own.stack]);
      },
    );

    it.each(rules)('by the rule %s ends in a dead letter queue after bounded retries', (_, { stack, rule, target }) => {
      expect(target.RetryPolicy?.MaximumEventAgeInSeconds).toBeLessThanOrEqual(86_400);
      if (rule.ScheduleExpression !== undefined && CARRIES_NOTHING[stack] !== undefined) {
        expect(alarmNames).toContain(CARRIES_NOTHING[stack]);
        return;
      }
      const [queue] = queueIds.filter((id) => JSON.stringify(target.DeadLetterConfig?.Arn).includes(id));
      expect(queue).toBeDefined();
      expect(watched).toContain(queue);
    });

    it('keeps what a function failed on, with each function that a rule calls with something to lose', () => {
      const intoQueues = ({ Arn }: Target) => queueIds.some((id) => JSON.stringify(Arn).includes(id));
      const called = rules.filter(
        ([, { stack, target }]) => CARRIES_NOTHING[stack] === undefined && !intoQueues(target),
      );
      for (const [, { stack }] of called) {
        const [, found] = templates.find(([name]) => name === stack) ?? [];
        if (!found) throw new Error(`There is no stack ${stack}.`);
        const [[, config] = ['', {}]] = of(found, 'AWS::Lambda::EventInvokeConfig');
        const destination = JSON.stringify(config?.DestinationConfig);
        expect(queueIds.some((id) => destination.includes(id))).toBe(true);
        expect(config?.MaximumRetryAttempts).toBeLessThanOrEqual(2);
      }
    });

    const fromStreams = mappings.filter(([, { MaximumRetryAttempts }]) => MaximumRetryAttempts !== undefined);
    const fromQueues = mappings.filter(([, { ScalingConfig }]) => ScalingConfig !== undefined);
    it.each(fromStreams)('from the stream by %s is kept when it is given up on, and an alarm tells', (id, mapping) => {
      const { OnFailure } = mapping.DestinationConfig as { OnFailure: { Destination: unknown } };
      expect(JSON.stringify(OnFailure.Destination)).toMatch(/Failures|FailedBatches/);
      expect(alarmNames).toContain(`oneriver-${id.split(' ')[0]}-on-failure`);
    });

    it('is from a stream or from a queue', () => {
      expect(fromStreams).toHaveLength(1);
      expect(fromQueues).toHaveLength(mappings.length - 1);
    });

    it.each(fromQueues)('from the queue by %s ends among dead letters, and an alarm tells', (_, mapping) => {
      const all = templates.flatMap(([, found]) => of(found, 'AWS::SQS::Queue'));
      const [, queue] = all.find(([id]) => JSON.stringify(mapping.EventSourceArn).includes(id)) ?? [];
      const { deadLetterTargetArn, maxReceiveCount } = Object(queue?.RedrivePolicy);
      const [deadLetters] = queueIds.filter((id) => JSON.stringify(deadLetterTargetArn).includes(id));
      expect(watched).toContain(deadLetters);
      // Lambda asks for five at least: a message counts as taken when there was no room for it.
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
    });
  });

  describe('each dead letter queue', () => {
    const queues = templates.flatMap(([stack, found]) =>
      of(found, 'AWS::SQS::Queue')
        .filter(([, { RedrivePolicy }]) => RedrivePolicy === undefined)
        .map(([id]) => [stack, id] as const),
    );

    it.each(queues)('of %s, %s, has an alarm', (_, id) => {
      expect(watched).toContain(id);
    });
  });
});
