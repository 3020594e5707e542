import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DynamoIdentitySecrets } from '../../../functions/clean/identity-secret-store.ts';
import { IdentitySecretError } from '../../../functions/shared/identity-secrets.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const SECRET = {
  id: 'web-1',
  secret: 'ids_the-secret-of-the-web-shop-0123456789',
  created_at: '2026-11-22T00:00:00.000Z',
};
const names = { table: 'vault', keyId: 'key' };
const sealed = (...bytes: number[]) => ({ B: Uint8Array.from(bytes) });
const item = (secrets: Record<string, unknown>) => ({
  Item: { token: { S: 'identity-secrets' }, secrets: { M: secrets } },
});
const plain = (value: unknown) => ({ Plaintext: Buffer.from(JSON.stringify(value)) });

function store(dynamoAnswers: Answer[], kmsAnswers: Answer[]) {
  const clients = { dynamo: new DynamoDBClient(OFFLINE), kms: new KMSClient(OFFLINE) };
  const toDynamo = recordCalls(clients.dynamo, dynamoAnswers);
  const toKms = recordCalls(clients.kms, kmsAnswers);
  return { secrets: new DynamoIdentitySecrets(clients, names), toDynamo, toKms };
}

describe('identity secrets on AWS', () => {
  it('are read with one item, each source unwrapped for itself alone', async () => {
    const { secrets, toDynamo, toKms } = store(
      [item({ web: sealed(1), app: sealed(2) })],
      [plain([SECRET]), plain([SECRET])],
    );
    expect(await secrets.load()).toEqual({ web: [SECRET], app: [SECRET] });
    expect(toDynamo).toEqual([
      { command: 'GetItem', input: { TableName: 'vault', Key: { token: { S: 'identity-secrets' } } } },
    ]);
    expect(toKms.map(({ input }) => input.EncryptionContext)).toEqual([
      { purpose: 'identity-secrets', source: 'web' },
      { purpose: 'identity-secrets', source: 'app' },
    ]);
  });

  it('are none where none was stored', async () => {
    expect(await store([{}], []).secrets.load()).toEqual({});
  });

  it('are unwrapped again only where they changed, and forgotten once removed', async () => {
    const other = { ...SECRET, id: 'web-2' };
    const { secrets, toKms } = store(
      [item({ web: sealed(1) }), item({ web: sealed(1) }), item({ web: sealed(3) }), item({})],
      [plain([SECRET]), plain([SECRET, other])],
    );
    expect([await secrets.load(), await secrets.load()]).toEqual([{ web: [SECRET] }, { web: [SECRET] }]);
    expect(await secrets.load()).toEqual({ web: [SECRET, other] });
    expect(await secrets.load()).toEqual({});
    expect(toKms).toHaveLength(2);
  });

  it.each([
    ['are no list', { secret: SECRET.secret }],
    ['are too short to be secret', [{ ...SECRET, secret: 'short' }]],
    ['are too many', Array(5).fill(SECRET)],
  ])('that %s stop the batch, and the error holds none', async (_, value) => {
    const { secrets } = store([item({ web: sealed(1) })], [plain(value)]);
    const failure: unknown = await secrets.load().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IdentitySecretError);
    expect(String(failure)).toContain('source web');
    expect(String(failure)).not.toContain(SECRET.secret);
  });
});
