import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { WRITING } from '../shared/aws-client.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { DynamoVault } from '../shared/dynamo-vault.ts';
import { readEnv } from '../shared/env.ts';
import { FirehoseArchive } from '../shared/firehose-archive.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import type { StreamRecord } from '../shared/kinesis-batch.ts';
import { S3LargeRecords } from '../shared/large-records.ts';
import { mappingsInForce } from '../shared/mapping/mapping-store.ts';
import { emitCounts, emitReasons } from '../shared/metrics.ts';
import { once } from '../shared/once.ts';
import { readMessage } from '../shared/raw-message.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { spilling } from '../shared/spilling.ts';
import { failingSeconds, logFault, takeMessages } from '../shared/sqs-batch.ts';
import { cleanBatch } from './batch.ts';
import { KinesisCleanStream } from './clean-stream.ts';
import { cleaningOn } from './cleaning.ts';
import { CleanEnv } from './env.ts';

const env = readEnv(CleanEnv);
// A call that hangs must not end the function: then every message of the batch would have to wait for the queue.
const READING = { ...WRITING, maxAttempts: 3 };
const clients = { dynamo: new DynamoDBClient(READING), kms: new KMSClient(READING) };
const names = { table: env.VAULT_TABLE, keyId: env.KEY_ID };

const clock = { now: Date.now };
const large = new S3LargeRecords(new S3Client(WRITING), env.SPILL_BUCKET);
const spill = spilling('clean', { bucket: env.SPILL_BUCKET, clock });
const firehose = new FirehoseClient(WRITING);
const outputs = {
  vault: new DynamoVault(clients, names),
  lake: new FirehoseLake(firehose, env.LAKE_PREFIX, { spill }),
  archive: new FirehoseArchive(firehose, env.ARCHIVE_STREAM, { spill }),
  clean: new KinesisCleanStream(new KinesisClient(WRITING), env.CLEAN_STREAM, {
    owner_buckets: Number(env.OWNER_BUCKETS),
    record_bytes: Number(env.RECORD_BYTES),
  }),
  count: (counts: Record<string, number>, reasons: readonly string[]) => {
    emitCounts('clean', counts);
    emitReasons('clean', reasons);
  },
};
const cleaning = cleaningOn({ clients, names }, clock);

const store = new DynamoDocStore({
  client: new DynamoDBClient({ ...WRITING, maxAttempts: 1 }),
  table: env.PERSONS_TABLE,
});
const rules = rulesInForce({ store, shipped: identityRules as IdentityRules });
const mappingOf = mappingsInForce({ store, clock });

async function open(body: string): Promise<Uint8Array> {
  const message = readMessage(body);
  return 'kept' in message ? await large.read(message.kept) : message.data;
}

/** Loaded only when a message fails: a cold start needs nothing of it. */
const held = once(async () => {
  const { SqsHeldMessages, SQSClient } = await import('../shared/sqs-held.ts');
  return new SqsHeldMessages(new SQSClient(WRITING), env.RAW_QUEUE_URL);
});

/** What cleaning needs is read here: where that fails, messages come again soon, not when the queue gives up waiting for them. */
async function work(records: readonly StreamRecord[]): Promise<void> {
  const { rules: inForce } = await rules.get();
  const deps = { ...(await cleaning()), rules: inForce, mappingOf, elapsedMs: () => performance.now() };
  await cleanBatch(records, deps, outputs);
}

/** A batch of raw records: every event in it is on the clean stream or in quarantine before the batch is done. */
async function takeRaw(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const answer = await takeMessages(event, {
    open,
    work,
    held,
    remainingMs: () => context.getRemainingTimeInMillis(),
    random: Math.random,
    onFault: logFault,
  });
  const failing_seconds = failingSeconds(event, answer, clock.now());
  if (failing_seconds !== undefined) emitCounts('clean', { failing_seconds });
  return answer;
}

export const handler = middy<SQSEvent, SQSBatchResponse>().use(safeErrors()).handler(takeRaw);
