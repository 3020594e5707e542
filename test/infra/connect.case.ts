import { describe, expect, it } from 'vitest';
import { ConnectEnv } from '../../functions/connect/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const off = synthesise().template('connect');
const on = synthesise({ connect: true }).template('connect');

describe('connect', () => {
  environmentCase(on, ConnectEnv);

  it('costs nothing unless a company wants it: no schedule, no alarm', () => {
    for (const type of ['AWS::Scheduler::Schedule', 'AWS::CloudWatch::Alarm']) {
      expect(Object.keys(off.findResources(type))).toEqual([]);
      expect(Object.keys(on.findResources(type))).toHaveLength(1);
    }
  });

  it('is asked each minute, ends a run before that, and never repeats one', () => {
    const { run_seconds, timeout_seconds } = TOPOLOGY.connect;
    // A call that was begun in time may take ten seconds, and what it brought has to be stored.
    expect(run_seconds + 10).toBeLessThan(timeout_seconds);
    expect(timeout_seconds).toBeLessThan(60);
    on.hasResourceProperties('AWS::Lambda::Function', { Timeout: timeout_seconds });
    on.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
    on.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
  });

  it('may read sources, put into the raw queue and move its own cursors, and nothing else', () => {
    const own = statements(off);
    expect(own.flatMap(actionsOf).toSorted()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'dynamodb:Scan',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    const cursors = own.find((one) => actionsOf(one).includes('dynamodb:PutItem'));
    expect(cursors).toMatchObject({
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['connect#*'] } },
    });
  });

  it('lets nobody but the schedule of this account call it', () => {
    const roles = Object.values(on.findResources('AWS::IAM::Role')).map(({ Properties }) => Properties);
    const [scheduler] = roles.filter(({ AssumeRolePolicyDocument }) =>
      JSON.stringify(AssumeRolePolicyDocument).includes('scheduler.amazonaws.com'),
    );
    expect(scheduler?.AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }),
    ]);
  });

  it('takes its values from stacks that export them either way, so that it can be switched off again', () => {
    const exportsOf = (connect: boolean) => {
      const { names, template } = synthesise({ connect });
      return names.flatMap((name) => Object.keys(template(name).toJSON().Outputs ?? {}).map((id) => `${name}/${id}`));
    };
    const exported = (connect: boolean) =>
      exportsOf(connect)
        .filter((id) => !id.startsWith('connect/'))
        .toSorted();
    expect(exported(false)).toEqual(exported(true));
  });
});
