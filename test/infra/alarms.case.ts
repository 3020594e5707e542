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

  it.each(alarms.map(({ AlarmName }) => AlarmName as string))('%s has its section in the runbook', (name) => {
    expect(runbook).toContain(`\n## ${name}\n`);
  });

  it('are all that the runbook explains', () => {
    const sections = [...runbook.matchAll(/^## (oneriver-\S+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(alarms.map(({ AlarmName }) => AlarmName).toSorted());
  });
});
