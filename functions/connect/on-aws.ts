import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Static } from 'typebox';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { faultOf } from '../shared/safe-error.ts';
import { DynamoSourceStore } from '../shared/sources/dynamo-sources.ts';
import { openWithKms } from '../shared/sources/kms-open.ts';
import { openSecrets } from '../shared/sources/secrets.ts';
import { SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import type { ConnectEnv } from './env.ts';
import type { PollAllDeps } from './poll-all.ts';

interface Clients {
  readonly dynamo: DynamoDBClient;
  /** To be made with `maxAttempts: 1`: the store sees every lost reply, and counts the attempts itself. */
  readonly cursors: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
}

/** What polling needs on AWS. A source that fails is in the log with its name; what was decrypted is remembered. */
export function connectOn(
  { dynamo, cursors, sqs, kms }: Clients,
  env: Static<typeof ConnectEnv>,
  options: { now(): number; readonly loopback: boolean },
): PollAllDeps {
  const { now, loopback } = options;
  const sources = new DynamoSourceStore(dynamo, env.SOURCES_TABLE);
  const open = openWithKms(kms, env.SOURCES_KEY_ID);
  return {
    now,
    loopback,
    receivedNow: now,
    random: Math.random,
    sleep: (ms) => sleep(ms),
    newId: randomUUID,
    // Nothing is spilled: what is not on the stream is not confirmed, and comes again.
    raw: new SqsRawQueue(sqs, env.RAW_QUEUE_URL, TOPOLOGY.raw_packing),
    store: new DynamoDocStore({ client: cursors, table: env.IMPORTS_TABLE }),
    sources: () => sources.list(),
    secretsOf: ({ definition: { source_id }, secrets }) =>
      openSecrets(secrets, now(), (secret) => open(source_id, secret)),
    onFault: (source_id, error) => console.error({ fault: 'source not polled', source_id, ...faultOf(error) }),
  };
}
