import { describe, expect, it } from 'vitest';
import { RedriveEnv } from '../../functions/redrive/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const redrive = synthesise().template('redrive');

describe('redrive', () => {
  environmentCase(redrive, RedriveEnv);

  it('runs every few minutes, and is over before the next run begins', () => {
    const { every_minutes, run_seconds, timeout_seconds } = TOPOLOGY.drain;
    redrive.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: `rate(${every_minutes} minutes)` });
    redrive.hasResourceProperties('AWS::Lambda::Function', { Timeout: timeout_seconds });
    expect(run_seconds).toBeLessThan(timeout_seconds);
    expect(timeout_seconds).toBeLessThan(every_minutes * 60);
  });

  it('may read and remove what was spilled, and no failed batch', () => {
    const objects = statements(redrive).filter((statement) => actionsOf(statement).includes('s3:DeleteObject'));
    expect(objects.map((one) => actionsOf(one).toSorted())).toEqual([['s3:DeleteObject', 's3:GetObject']]);
    expect(JSON.stringify(objects.map(({ Resource }) => Resource))).toMatch(/\/spill\/\*/);
  });

  it('may deliver to the raw queue and its archive, the bus and every table of the lake, and nowhere else', () => {
    const allowed = statements(redrive).flatMap(actionsOf);
    expect(new Set(allowed.filter((action) => /:(?:Put|Send)/.test(action)))).toEqual(
      new Set([
        'events:PutEvents',
        'firehose:PutRecordBatch',
        'logs:PutLogEvents',
        's3:PutObject',
        'sqs:SendMessage',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ]),
    );
    const [lake] = statements(redrive).filter((one) => actionsOf(one).includes('firehose:PutRecordBatch'));
    expect([lake?.Resource].flat()).toHaveLength(LAKE_TABLES.length + 1);
    const puts = statements(redrive).filter((one) => actionsOf(one).includes('s3:PutObject'));
    expect(JSON.stringify(puts.map(({ Resource }) => Resource))).toMatch(/^[^*]*\/large\/\*"[^*]*$/);
  });

  it('is missed when what it emptied waits, and as soon when no run says how long', () => {
    redrive.resourceCountIs('AWS::CloudWatch::Alarm', 1);
    redrive.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'oneriver-redrive-spill-waits',
      MetricName: 'oldest_seconds',
      Dimensions: [{ Name: 'stage', Value: 'redrive' }],
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 1_800,
      Period: 900,
      EvaluationPeriods: 1,
      TreatMissingData: 'breaching',
    });
    expect(TOPOLOGY.drain.every_minutes * 60 * 3).toBeLessThan(900);
  });

  it('tells the commands what they have to know', () => {
    const outputs = Object.keys(redrive.toJSON().Outputs);
    expect(outputs).toEqual(
      expect.arrayContaining([
        'ArchiveStream',
        'CleanStream',
        'FailuresBucket',
        'FunctionName',
        'RawQueueUrl',
        'SqlWorkgroup',
      ]),
    );
  });
});
