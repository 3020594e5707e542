import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CleanEnv } from '../../functions/clean/env.ts';
import { SIZES, TOPOLOGY, topologyOf } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { streamConsumerCase } from '../support/stream-consumer-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const clean = synthesise().template('clean');
const large = synthesise({ size: 'large' });

const streamsWritten = (template: Template) =>
  statements(template)
    .filter((statement) => actionsOf(statement).includes('kinesis:PutRecords'))
    .map(({ Resource }) => Resource);

describe('clean', () => {
  environmentCase(clean, CleanEnv);
  streamConsumerCase('clean', clean);

  it.each(SIZES)('spreads owners over as many keys as a %s deployment is made for', (size) => {
    const { clean_grouping, memory_mib } = topologyOf(size);
    synthesise({ size })
      .template('clean')
      .hasResourceProperties('AWS::Lambda::Function', {
        MemorySize: memory_mib.clean,
        Environment: { Variables: Match.objectLike({ OWNER_BUCKETS: String(clean_grouping.owner_buckets) }) },
      });
  });

  it('writes to the raw stream where the topology shares it, and to a stream of its own in a large deployment', () => {
    expect(TOPOLOGY.streams.clean.shares).toBe('raw');
    clean.resourceCountIs('AWS::Kinesis::Stream', 0);
    expect(streamsWritten(clean)).toEqual([{ 'Fn::ImportValue': expect.stringMatching(/Raw/) }]);
    const { mode, retention_hours } = topologyOf('large').streams.clean;
    expect(mode).toBe('on_demand');
    large.template('clean').hasResourceProperties('AWS::Kinesis::Stream', {
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: retention_hours,
    });
    expect(streamsWritten(large.template('clean'))).toEqual([
      { 'Fn::GetAtt': [expect.stringMatching(/^Clean/), 'Arn'] },
    ]);
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

  it('may write to the quarantine of the lake, and to no other table of it', () => {
    const writes = statements(clean).filter((statement) => actionsOf(statement).includes('firehose:PutRecordBatch'));
    expect(writes.map(({ Resource }) => Resource)).toEqual([
      { 'Fn::ImportValue': expect.stringMatching(/quarantine/i) },
    ]);
  });
});
