import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CleanEnv } from '../../functions/clean/env.ts';
import { SIZES, topologyOf } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const clean = synthesise().template('clean');

describe('clean', () => {
  environmentCase(clean, CleanEnv);

  it.each(SIZES)('spreads owners over as many keys as a %s deployment is made for', (size) => {
    const { clean_grouping, memory_mib } = topologyOf(size);
    synthesise({ size })
      .template('clean')
      .hasResourceProperties('AWS::Lambda::Function', {
        MemorySize: memory_mib.clean,
        Environment: { Variables: Match.objectLike({ OWNER_BUCKETS: String(clean_grouping.owner_buckets) }) },
      });
  });

  it('writes to its own stream, and reads no stream at all', () => {
    const streaming = statements(clean).filter((one) => actionsOf(one).some((name) => name.startsWith('kinesis:')));
    expect(streaming.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual([
      { Action: 'kinesis:PutRecords', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Clean/), 'Arn'] } },
    ]);
  });

  it('says for how long messages have been failing, and an alarm hears it: SQS leaves those out of the age of its queue', () => {
    clean.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'oneriver-clean-failing',
      Namespace: 'Oneriver',
      MetricName: 'failing_seconds',
      Dimensions: [{ Name: 'stage', Value: 'clean' }],
      Statistic: 'Maximum',
      Threshold: 300,
      // No message waits longer for its next attempt.
      Period: 900,
    });
  });

  it('may read the identity rules in the table of persons, and nothing else of it', () => {
    const found = statements(clean).filter(({ Resource }) => JSON.stringify(Resource).includes('Persons'));
    expect(found).toEqual([
      expect.objectContaining({
        Action: 'dynamodb:BatchGetItem',
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['r:identity', 'map:*'] } },
      }),
    ]);
  });

  it('may write to the quarantine of the lake and to the archive, and to no other table', () => {
    const writes = statements(clean).filter((statement) => actionsOf(statement).includes('firehose:PutRecordBatch'));
    expect(writes.map(({ Resource }) => Resource)).toEqual([
      [
        { 'Fn::ImportValue': expect.stringMatching(/quarantine/i) },
        { 'Fn::ImportValue': expect.stringMatching(/RawArchive/) },
      ],
    ]);
  });

  it('may spill rows of the lake and records for the archive, and no raw event: what failed is in the queue', () => {
    const puts = statements(clean).filter((statement) => actionsOf(statement).includes('s3:PutObject'));
    const prefixes = JSON.stringify(puts.map(({ Resource }) => Resource)).match(/\/spill\/[^"]*/g) ?? [];
    expect(prefixes.toSorted()).toEqual(['/spill/archive/*', '/spill/lake/*']);
    expect(puts).toHaveLength(1);
  });
});
