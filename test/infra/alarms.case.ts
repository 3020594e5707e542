import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesise } from '../support/templates.ts';

// With everything that has an alarm.
const { template, names } = synthesise({ connect: true });

describe('alarms', () => {
  const alarms = names.flatMap((name) =>
    Object.values(template(name).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties),
  );
  const runbook = readFileSync(new URL('../../docs/RUNBOOK.md', import.meta.url), 'utf8');

  it('all tell the topic', () => {
    for (const { AlarmActions, AlarmName } of alarms)
      expect({ AlarmName, n: AlarmActions.length }).toEqual({ AlarmName, n: 1 });
  });

  it('may reach the topic, and mail goes to the address of the deployment', () => {
    const { template: own } = synthesise({ alarm_email: 'ops@example.com' });
    own('foundation').hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
    own('foundation').hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('hear once, for all functions of the account, that there is no room: no function has a share of its own', () => {
    const throttled = alarms.filter(({ MetricName }) => MetricName === 'Throttles');
    expect(throttled).toEqual([
      expect.objectContaining({ AlarmName: 'oneriver-functions-throttled', Namespace: 'AWS/Lambda', Statistic: 'Sum' }),
    ]);
    expect(throttled[0].Dimensions).toBeUndefined();
    const functions = names.flatMap((name) => Object.values(template(name).findResources('AWS::Lambda::Function')));
    const reserved = functions.map(({ Properties }) => Properties.ReservedConcurrentExecutions);
    expect(new Set(reserved)).toEqual(new Set([undefined]));
  });

  it('hear of errors of each function, but of those whose failures an alarm of their own is about', () => {
    const errors = alarms.filter(({ MetricName }) => MetricName === 'Errors').map(({ AlarmName }) => AlarmName);
    const instead = {
      clean: 'oneriver-raw-queue-age',
      connect: 'oneriver-connect-failed',
      import: 'oneriver-import-dead-letters',
      redrive: 'oneriver-redrive-spill-waits',
    };
    const stages = names.filter(
      (name) => Object.keys(template(name).findResources('AWS::Lambda::Function')).length > 0,
    );
    const expected = stages.map(
      (stage) => Object.entries(instead).find(([one]) => one === stage)?.[1] ?? `oneriver-${stage}-errors`,
    );
    const all = alarms.map(({ AlarmName }) => AlarmName);
    expect(expected.filter((name) => !all.includes(name))).toEqual([]);
    expect(errors).toHaveLength(stages.length - Object.keys(instead).length);
  });

  it.each(alarms.map(({ AlarmName }) => AlarmName as string))('%s has its section in the runbook', (name) => {
    expect(runbook).toContain(`\n## ${name}\n`);
  });

  it('are all that the runbook explains', () => {
    const sections = [...runbook.matchAll(/^## (oneriver-\S+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(alarms.map(({ AlarmName }) => AlarmName).toSorted());
  });
});
