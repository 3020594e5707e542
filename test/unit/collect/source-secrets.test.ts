import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoSourceSecrets } from '../../../functions/collect/source-secrets.ts';
import { SourceDesk } from '../../../functions/shared/sources/desk.ts';
import { DynamoSourceStore } from '../../../functions/shared/sources/dynamo-sources.ts';
import { sealWithKms } from '../../../functions/shared/sources/kms-seal.ts';
import { protocolFacts } from '../../../functions/shared/sources/protocols.ts';
import { definitionOf } from '../../contract/source-store.suite.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../../support/dynamodb-local.ts';
import { fakeKms } from '../../support/fake-kms.ts';

const missing = dynamoDbLocalMissing();
const asking = { by: 'lin', why: 'test' };

describe.skipIf(missing)(`platform secrets on AWS${missing ? ` (${missing})` : ''}`, () => {
  let db: DynamoDbLocal;
  beforeAll(async () => {
    db = await startDynamoDbLocal();
  });
  afterAll(() => db.stop());

  async function setUp() {
    const clock = { ms: 1_000_000, now: () => clock.ms };
    const table = await db.createTable('key_hash');
    const dynamo = db.client();
    const { kms, calls } = fakeKms();
    let made = 0;
    const desk = new SourceDesk({
      store: new DynamoSourceStore(dynamo, table),
      protocols: protocolFacts('wechat!'),
      now: clock.now,
      random: (bytes) => Buffer.alloc(bytes, ++made),
      seal: sealWithKms(kms as KMSClient, 'key'),
    });
    for (const source_id of ['one', 'two']) await desk.create(definitionOf({ source_id }), asking);
    const secrets = new DynamoSourceSecrets(
      { dynamo, kms: kms as KMSClient },
      { table, keyId: 'key' },
      { clock, known_seconds: 60 },
    );
    const put = (value: string, overlapMs = 0) => desk.putSecret('one', { name: 'token', value, overlapMs }, asking);
    return { clock, secrets, put, calls };
  }

  it('open as their own source, are read again within a minute, and decrypted once', async () => {
    const { clock, secrets, put, calls } = await setUp();
    expect(await secrets.of('one')).toEqual({});
    clock.ms += 60_000;
    await put('first');
    expect([await secrets.of('one'), await secrets.of('two')]).toEqual([{ token: ['first'] }, {}]);
    clock.ms += 60_000;
    await put('second', 90_000);
    expect(await secrets.of('one')).toEqual({ token: ['first', 'second'] });
    clock.ms += 90_000;
    expect(await secrets.of('one')).toEqual({ token: ['second'] });
    const context = { purpose: 'source-secret', source: 'one' };
    expect(calls).toEqual(
      [EncryptCommand, DecryptCommand, EncryptCommand, DecryptCommand].map((of) => [of.name, context]),
    );
  });
});
