import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import middy from '@middy/core';
import { WRITING } from '../shared/aws-client.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { readEnv } from '../shared/env.ts';
import { KinesisRawStream } from '../shared/kinesis-raw-stream.ts';
import { emitCounts } from '../shared/metrics.ts';
import { faultOf, safeErrors } from '../shared/safe-error.ts';
import { DynamoSourceStore } from '../shared/sources/dynamo-sources.ts';
import { openWithKms } from '../shared/sources/kms-open.ts';
import { openSecrets } from '../shared/sources/secrets.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { ConnectEnv } from './env.ts';
import { type PollAllDeps, pollAll } from './poll-all.ts';

const env = readEnv(ConnectEnv);
const sources = new DynamoSourceStore(new DynamoDBClient(WRITING), env.SOURCES_TABLE);
const open = openWithKms(new KMSClient(WRITING), env.SOURCES_KEY_ID);

const deps: PollAllDeps = {
  now: Date.now,
  receivedNow: Date.now,
  random: Math.random,
  sleep: (ms) => sleep(ms),
  newId: randomUUID,
  loopback: false,
  // Nothing is spilled: what is not on the stream is not confirmed, and comes again.
  raw: new KinesisRawStream(new KinesisClient(WRITING), env.RAW_STREAM, TOPOLOGY.raw_packing),
  // The store sees every lost reply, and counts the attempts itself.
  store: new DynamoDocStore({ client: new DynamoDBClient({ ...WRITING, maxAttempts: 1 }), table: env.IMPORTS_TABLE }),
  sources: () => sources.list(),
  secretsOf: ({ definition: { source_id }, secrets }) =>
    openSecrets(secrets, Date.now(), (secret) => open(source_id, secret)),
  onFault: (source_id, error) => console.error({ fault: 'source not polled', source_id, ...faultOf(error) }),
};

/**
 * Fetches for every source whose platform sends nothing by itself, once a minute. The metric is 1 when none failed, else 0, so that one
 * alarm tells of both a source that fails and a run that never came.
 */
export const handler = middy<unknown, void>()
  .use(safeErrors())
  .handler(async () => {
    const { failed } = await pollAll(Date.now() + TOPOLOGY.connect.run_seconds * 1000, deps);
    emitCounts('connect', { in_order: failed === 0 ? 1 : 0 });
  });
