import { randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { DynamoVault } from '../../../functions/shared/dynamo-vault.ts';
import { loadOrMakeTokenKey, loadTokenKey, TokenKeyMissing } from '../../../functions/shared/token-key-store.ts';
import { type Answer, answerCalls, countedDelivery, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const key = randomBytes(32);
const WRAPPED = Uint8Array.of(1, 2, 3);
const none = { Responses: { vault: [] } };
const dataKey = { Plaintext: key, CiphertextBlob: WRAPPED };
const names = { table: 'vault', keyId: 'key' };
const exists = () => new ConditionalCheckFailedException({ message: 'exists', $metadata: {} });

function clients(dynamoAnswers: Answer[], kmsAnswers: Answer[]) {
  const dynamo = new DynamoDBClient(OFFLINE);
  const kms = new KMSClient(OFFLINE);
  return { dynamo, kms, toDynamo: recordCalls(dynamo, dynamoAnswers), toKms: recordCalls(kms, kmsAnswers) };
}
const vaultWith = (made: ReturnType<typeof clients>) => new DynamoVault(made, names, countedDelivery(3).options);
const commands = (calls: readonly { command: string }[]) => calls.map(({ command }) => command);

describe('DynamoVault', () => {
  it('seals each new value under a key of its own, for its token, and reveals it again', async () => {
    const made = clients([none, {}], [dataKey]);
    await vaultWith(made).store([{ token: 't1', value: '+8613800138000' }]);
    expect(made.toKms).toEqual([
      { command: 'GenerateDataKey', input: { KeyId: 'key', KeySpec: 'AES_256', EncryptionContext: { token: 't1' } } },
    ]);
    const item = made.toDynamo[1]?.input.Item as { value: { B: Uint8Array } };
    expect(Buffer.from(item.value.B).includes('13800138000')).toBe(false);

    const again = clients([{ Responses: { vault: [item] } }], [{ Plaintext: key }]);
    expect(await vaultWith(again).reveal(['t1', 't1'])).toEqual(new Map([['t1', '+8613800138000']]));
    expect(again.toKms).toEqual([
      { command: 'Decrypt', input: { KeyId: 'key', CiphertextBlob: WRAPPED, EncryptionContext: { token: 't1' } } },
    ]);
  });

  it('asks nobody a second time for what it knows to be stored', async () => {
    const made = clients([none, {}], [dataKey]);
    const vault = vaultWith(made);
    await vault.store([{ token: 't1', value: 'a' }]);
    await vault.store([{ token: 't1', value: 'a' }]);
    expect([commands(made.toDynamo), commands(made.toKms)]).toEqual([['BatchGetItem', 'PutItem'], ['GenerateDataKey']]);
  });

  it('takes a value that another container stored first as stored', async () => {
    const made = clients([none, exists()], [dataKey]);
    await vaultWith(made).store([{ token: 't1', value: 'a' }]);
    expect(commands(made.toDynamo)).toEqual(['BatchGetItem', 'PutItem']);
  });

  it('seals many at once, for an import brings thousands in a batch; once one failed, no more are begun', async () => {
    const [dynamo, kms] = [new DynamoDBClient(OFFLINE), new KMSClient(OFFLINE)];
    let [asked, atOnce, most] = [0, 0, 0];
    answerCalls(dynamo, () => none);
    answerCalls(kms, async () => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      return ++asked === 100 ? new Error('KMS is down') : dataKey;
    });
    const entries = Array.from({ length: 1_000 }, (_, n) => ({ token: `t${n}`, value: 'a' }));
    const vault = new DynamoVault({ dynamo, kms }, names, countedDelivery(3).options);
    await expect(vault.store(entries)).rejects.toThrow('KMS is down');
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(most).toBe(16);
    expect(asked).toBeLessThan(140);
  });

  it('reads again what DynamoDB left unread', async () => {
    const left = { Responses: { vault: [] }, UnprocessedKeys: { vault: { Keys: [{ token: { S: 't2' } }] } } };
    const made = clients([left, none], []);
    expect(await vaultWith(made).reveal(['t1', 't2'])).toEqual(new Map());
    const asked = made.toDynamo.map(({ input }) => input.RequestItems);
    expect(asked).toEqual([
      { vault: { Keys: [{ token: { S: 't1' } }, { token: { S: 't2' } }] } },
      { vault: { Keys: [{ token: { S: 't2' } }] } },
    ]);
  });

  it('does not reveal a value under another token', async () => {
    const made = clients([none, {}], [dataKey]);
    await vaultWith(made).store([{ token: 't1', value: 'a' }]);
    const item = { ...(made.toDynamo[1]?.input.Item as object), token: { S: 't2' } };
    const again = clients([{ Responses: { vault: [item] } }], [{ Plaintext: key }]);
    await expect(vaultWith(again).reveal(['t2'])).rejects.toThrow();
  });
});

describe('the token key', () => {
  it('is made once, where there is none', async () => {
    const made = clients([{}, {}], [dataKey, { Plaintext: key }]);
    expect(await loadOrMakeTokenKey(made, names)).toEqual(key);
    expect([commands(made.toDynamo), commands(made.toKms)]).toEqual([
      ['GetItem', 'PutItem'],
      ['GenerateDataKey', 'Decrypt'],
    ]);
  });

  it('is the one that another container stored first', async () => {
    const first = Uint8Array.of(9);
    const made = clients([{}, exists(), { Item: { wrapped_key: { B: first } } }], [dataKey, { Plaintext: key }]);
    await loadOrMakeTokenKey(made, names);
    expect(made.toKms[1]?.input).toEqual({
      CiphertextBlob: first,
      KeyId: 'key',
      EncryptionContext: { purpose: 'token-key:v1' },
    });
  });

  it('is not made by those who only read', async () => {
    const made = clients([{}], []);
    await expect(loadTokenKey(made, names)).rejects.toThrow(TokenKeyMissing);
    expect(commands(made.toDynamo)).toEqual(['GetItem']);
  });
});
