import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { Static } from 'typebox';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { WRITING } from '../shared/aws-client.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { DynamoVault } from '../shared/dynamo-vault.ts';
import { FirehoseArchive } from '../shared/firehose-archive.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import { S3LargeRecords } from '../shared/large-records.ts';
import { mappingsInForce } from '../shared/mapping/mapping-store.ts';
import { emitCounts, emitReasons } from '../shared/metrics.ts';
import { once } from '../shared/once.ts';
import { readMessage } from '../shared/raw-message.ts';
import type { Clock } from '../shared/seams.ts';
import { spilling } from '../shared/spilling.ts';
import type { TakeDeps } from '../shared/sqs-batch.ts';
import { type CleanOutputs, cleanBatch } from './batch.ts';
import { KinesisCleanStream } from './clean-stream.ts';
import { cleaningOn } from './cleaning.ts';
import type { CleanEnv } from './env.ts';

// A call that hangs must not end the function: then every message of the batch would have to wait for the queue.
const READING = { ...WRITING, maxAttempts: 3 };

interface Vault {
  readonly clients: { readonly dynamo: DynamoDBClient; readonly kms: KMSClient };
  readonly names: { readonly table: string; readonly keyId: string };
}

function outputsOn(env: Static<typeof CleanEnv>, { clients, names }: Vault, clock: Clock): CleanOutputs {
  const spill = spilling('clean', { bucket: env.SPILL_BUCKET, clock });
  const firehose = new FirehoseClient(WRITING);
  return {
    vault: new DynamoVault(clients, names),
    lake: new FirehoseLake(firehose, env.LAKE_PREFIX, { spill }),
    archive: new FirehoseArchive(firehose, env.ARCHIVE_STREAM, { spill }),
    clean: new KinesisCleanStream(new KinesisClient(WRITING), env.CLEAN_STREAM, {
      owner_buckets: Number(env.OWNER_BUCKETS),
      record_bytes: Number(env.RECORD_BYTES),
    }),
    count: (counts, reasons) => {
      emitCounts('clean', counts);
      emitReasons('clean', reasons);
    },
  };
}

/** What cleaning the messages of the raw queue needs on AWS. */
export function cleanOn(env: Static<typeof CleanEnv>, clock: Clock): Pick<TakeDeps, 'open' | 'work' | 'held'> {
  const vault = {
    clients: { dynamo: new DynamoDBClient(READING), kms: new KMSClient(READING) },
    names: { table: env.VAULT_TABLE, keyId: env.KEY_ID },
  };
  const client = new DynamoDBClient({ ...WRITING, maxAttempts: 1 });
  const store = new DynamoDocStore({ client, table: env.PERSONS_TABLE });
  const rules = rulesInForce({ store, shipped: identityRules as IdentityRules });
  const mappingOf = mappingsInForce({ store, clock });
  const cleaning = cleaningOn(vault, clock);
  const outputs = outputsOn(env, vault, clock);
  const large = new S3LargeRecords(new S3Client(WRITING), env.SPILL_BUCKET);
  return {
    open: async (body) => {
      const message = readMessage(body);
      return 'kept' in message ? await large.read(message.kept) : message.data;
    },
    // What cleaning needs is read here: where that fails, messages come again soon, not when the queue gives up waiting for them.
    work: async (records) => {
      const { rules: inForce } = await rules.get();
      const deps = { ...(await cleaning()), rules: inForce, mappingOf, elapsedMs: () => performance.now() };
      await cleanBatch(records, deps, outputs);
    },
    // Loaded only when a message fails: a cold start needs nothing of it.
    held: once(async () => {
      const { SqsHeldMessages, SQSClient } = await import('../shared/sqs-held.ts');
      return new SqsHeldMessages(new SQSClient(WRITING), env.RAW_QUEUE_URL);
    }),
  };
}
