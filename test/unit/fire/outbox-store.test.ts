import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoOutbox } from '../../../functions/fire/outbox-store.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const message = {
  send_id: 's1',
  campaign: 'c',
  one_id: 'p1',
  subject: '',
  template: 't',
  params: {},
  created_at: '2026-01-01T00:00:00.000Z',
};

function outbox(answer: Answer) {
  const client = new DynamoDBClient(OFFLINE);
  const calls = recordCalls(client, [answer]);
  return { calls, outbox: new DynamoOutbox(client, 'outbox', 90) };
}

describe('DynamoOutbox', () => {
  it('stores a message once, until its retention is over', async () => {
    const done = outbox({});
    await done.outbox.send(message);
    const expires = Date.parse('2026-04-01T00:00:00.000Z') / 1000;
    expect(done.calls).toEqual([
      {
        command: 'PutItem',
        input: {
          TableName: 'outbox',
          Item: { send_id: { S: 's1' }, message: { S: JSON.stringify(message) }, expires_at: { N: `${expires}` } },
          ConditionExpression: 'attribute_not_exists(send_id)',
        },
      },
    ]);
  });

  it('takes a message that is there already as sent', async () => {
    await outbox(new ConditionalCheckFailedException({ message: 'exists', $metadata: {} })).outbox.send(message);
  });

  it('lets every other error through', async () => {
    await expect(outbox(new Error('throttled')).outbox.send(message)).rejects.toThrow('throttled');
  });
});
