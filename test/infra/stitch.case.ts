import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { StitchEnv } from '../../functions/stitch/env.ts';
import { CAMPAIGN_TRIGGERED } from '../../functions/stitch/timers.ts';
import { environmentCase } from '../support/environment-case.ts';
import { streamConsumerCase } from '../support/stream-consumer-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const { template } = synthesise();
const stitch = template('stitch');

describe('stitch', () => {
  environmentCase(stitch, StitchEnv);
  streamConsumerCase('stitch', stitch);

  it('has the bus of the topology, and publishes what its rules listen to', () => {
    stitch.hasResourceProperties('AWS::Events::EventBus', { Name: TOPOLOGY.bus.name });
    expect(CAMPAIGN_TRIGGERED).toBe(TOPOLOGY.bus.campaign_triggered);
  });

  it('keeps persons under the key that the store writes', () => {
    const KeySchema = [{ AttributeName: 'k', KeyType: 'HASH' }];
    template('foundation').hasResourceProperties('AWS::DynamoDB::Table', { KeySchema });
  });

  it.each([
    [{}, 'false'],
    [{ announce_new_persons: true }, 'true'],
  ])('tells the bus of new persons where %j: %s', (deployment, ANNOUNCE_NEW_PERSONS) => {
    synthesise(deployment)
      .template('stitch')
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ ANNOUNCE_NEW_PERSONS }) },
      });
  });

  it('may not read the vault', () => {
    const tables = statements(stitch).filter((s) => actionsOf(s).some((action) => action.startsWith('dynamodb:')));
    expect(tables).toHaveLength(1);
    expect(JSON.stringify(tables)).not.toMatch(/Vault/);
  });
});
