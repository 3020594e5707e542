import { describe, expect, it } from 'vitest';
import { CleanEnv } from '../../functions/clean/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { streamConsumerCase } from '../support/stream-consumer-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const clean = synthesise().template('clean');

describe('clean', () => {
  environmentCase(clean, CleanEnv);
  streamConsumerCase('clean', clean);

  it('has the clean stream of the topology', () => {
    const { shards, retention_hours } = TOPOLOGY.streams.clean;
    clean.hasResourceProperties('AWS::Kinesis::Stream', { ShardCount: shards, RetentionPeriodHours: retention_hours });
  });

  it('may read the identity rules in the table of persons, and nothing else of it', () => {
    const found = statements(clean).filter(({ Resource }) => JSON.stringify(Resource).includes('Persons'));
    expect(found).toEqual([
      expect.objectContaining({
        Action: 'dynamodb:BatchGetItem',
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['r:identity'] } },
      }),
    ]);
  });

  it('may read the table of the vault, put items there and unwrap them, and no more', () => {
    const own = statements(clean).filter(({ Resource }) => !JSON.stringify(Resource).includes('Persons'));
    const actions = own.flatMap((statement) => actionsOf(statement));
    expect(actions.filter((action) => action.startsWith('dynamodb:')).sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
    ]);
    expect(actions.filter((action) => action.startsWith('kms:')).sort()).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ]);
  });

  it('may write to the quarantine of the lake, and to no other table of it', () => {
    const writes = statements(clean).filter((statement) => actionsOf(statement).includes('firehose:PutRecordBatch'));
    expect(writes.map(({ Resource }) => Resource)).toEqual([
      { 'Fn::ImportValue': expect.stringMatching(/quarantine/i) },
    ]);
  });
});
