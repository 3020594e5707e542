import type { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CURSOR_PREFIX } from '../../../functions/connect/cursor.ts';
import { connectOn } from '../../../functions/connect/on-aws.ts';
import { pollAll } from '../../../functions/connect/poll-all.ts';
import { DynamoDocStore } from '../../../functions/shared/dynamo-doc-store.ts';
import { readMessage } from '../../../functions/shared/raw-message.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { SourceDesk } from '../../../functions/shared/sources/desk.ts';
import { DynamoSourceStore } from '../../../functions/shared/sources/dynamo-sources.ts';
import { sealWithKms } from '../../../functions/shared/sources/kms-seal.ts';
import { protocolFacts } from '../../../functions/shared/sources/protocols.ts';
import { unpack } from '../../../functions/shared/stream-codec.ts';
import { fetchedSource, NOON } from '../../support/connecting.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../../support/dynamodb-local.ts';
import { fakeKms } from '../../support/fake-kms.ts';
import { APP, PlatformServer } from '../../support/platform-server.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

const missing = dynamoDbLocalMissing();
const asking = { by: 'lin', why: 'test' };

describe.skipIf(missing)(`a run on AWS${missing ? ` (${missing})` : ''}`, () => {
  let db: DynamoDbLocal;
  beforeAll(async () => {
    db = await startDynamoDbLocal();
  });
  afterAll(() => db.stop());

  async function setUp() {
    const platform = await PlatformServer.start();
    const clock = { ms: NOON, now: () => clock.ms };
    const [table, ledger] = [await db.createTable('key_hash'), await db.createTable('k')];
    const [dynamo, cursors] = [db.client(), db.client()];
    const sqs = new SQSClient(OFFLINE);
    const puts = answerCalls(sqs, () => ({}));
    const { kms, calls } = fakeKms();
    let made = 0;
    const desk = new SourceDesk({
      store: new DynamoSourceStore(dynamo, table),
      protocols: protocolFacts('tmc!;jos!'),
      now: clock.now,
      random: (bytes) => Buffer.alloc(bytes, ++made),
      seal: sealWithKms(kms as KMSClient, 'key'),
    });
    const add = async (protocol: 'tmc' | 'jos', names: readonly (keyof typeof APP)[]): Promise<string> => {
      const source = fetchedSource(protocol, platform.url);
      await desk.create({ ...source, owner: 'shop' }, asking);
      for (const name of names) {
        await desk.putSecret(source.source_id, { name, value: APP[name], overlapMs: 0 }, asking);
      }
      return source.source_id;
    };
    const env = { RAW_QUEUE_URL: 'raw', SOURCES_TABLE: table, SOURCES_KEY_ID: 'key', IMPORTS_TABLE: ledger };
    const deps = connectOn({ dynamo, cursors, sqs, kms: kms as KMSClient }, env, {
      now: clock.now,
      loopback: true,
    });
    const run = () => pollAll(clock.ms + 40_000, deps);
    const store = new DynamoDocStore({ client: cursors, table: ledger });
    const kept = (): string[] =>
      puts.map(({ input: { MessageBody } }) => {
        const message = readMessage(String(MessageBody));
        return 'data' in message ? decodeRaw(unpack(message.data)).head.source.source_id : 'kept elsewhere';
      });
    return { platform, desk, add, run, kept, calls, clock, store };
  }

  it('fetches for each source that is switched on, with its own secrets, and goes on where the last one ended', async () => {
    const { platform, desk, add, run, kept, calls, clock, store } = await setUp();
    platform.messages.push({ id: 2n ** 60n, topic: 'taobao_trade_TradePaid', content: '{}' });
    platform.orders = [{ orderId: '1', orderState: 'FINISHED_L', modified: NOON - 3_600_000 }];
    await add('tmc', ['app_key', 'app_secret']);
    await add('jos', ['app_key', 'app_secret', 'access_token']);
    expect(await run()).toEqual({ polled: 2, failed: 0, kept: 2 });
    expect(kept().toSorted()).toEqual(['jd', 'tmall']);
    expect((await store.get([`${CURSOR_PREFIX}jd`])).get(`${CURSOR_PREFIX}jd`)?.body).toEqual({ done_until: NOON });
    const opened = calls.filter(([name]) => name === 'DecryptCommand').length;
    clock.ms += 600_000;
    expect(await run()).toEqual({ polled: 2, failed: 0, kept: 0 });
    // What was decrypted is remembered: KMS is not asked each minute.
    expect([opened, calls.filter(([name]) => name === 'DecryptCommand').length]).toEqual([5, 5]);
    await desk.disable('jd', asking);
    expect(await run()).toMatchObject({ polled: 1 });
  });

  it('fetches for the others where one source fails, and says which without its secrets', async () => {
    const { platform, add, run, kept } = await setUp();
    platform.messages.push({ id: 1n, topic: 'taobao_trade_TradePaid', content: '{}' });
    await add('tmc', ['app_key', 'app_secret']);
    await add('jos', ['app_key', 'app_secret']);
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await run()).toEqual({ polled: 1, failed: 1, kept: 1 });
    const said = JSON.stringify(log.mock.calls);
    log.mockRestore();
    expect(kept()).toEqual(['tmall']);
    expect(said).toMatch(/source not polled.*jd.*ConnectSettingsError.*has no secret \\"access_token\\"/);
    expect(said).not.toContain(APP.app_secret);
  });
});
