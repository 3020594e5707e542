import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import middy from '@middy/core';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { WRITING } from '../shared/aws-client.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { DynamoVault } from '../shared/dynamo-vault.ts';
import { readEnv } from '../shared/env.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import { logFault, takeBatch } from '../shared/kinesis-batch.ts';
import { mappingsInForce } from '../shared/mapping/mapping-store.ts';
import { emitCounts, emitReasons } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { spilling } from '../shared/spilling.ts';
import { recordsOnly } from '../shared/stream-kind.ts';
import { cleanBatch } from './batch.ts';
import { KinesisCleanStream } from './clean-stream.ts';
import { cleaningOn } from './cleaning.ts';
import { CleanEnv } from './env.ts';

const env = readEnv(CleanEnv);
const clients = { dynamo: new DynamoDBClient({}), kms: new KMSClient({}) };
const names = { table: env.VAULT_TABLE, keyId: env.KEY_ID };

const clock = { now: Date.now };
const spill = spilling('clean', { bucket: env.SPILL_BUCKET, clock });
const outputs = {
  vault: new DynamoVault(clients, names),
  lake: new FirehoseLake(new FirehoseClient(WRITING), env.LAKE_PREFIX, { spill }),
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

const store = new DynamoDocStore({ client: new DynamoDBClient({ maxAttempts: 1 }), table: env.PERSONS_TABLE });
const rules = rulesInForce({ store, shipped: identityRules as IdentityRules });
const mappingOf = mappingsInForce({ store, clock });

/** A batch of raw records: every event in it is on the clean stream or in quarantine before the batch is done. */
async function takeRaw(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const { rules: inForce } = await rules.get();
  const deps = { ...(await cleaning()), rules: inForce, mappingOf, elapsedMs: () => performance.now() };
  return await takeBatch(event, (records) => cleanBatch(records, deps, outputs), logFault);
}

export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>()
  .use(safeErrors())
  .handler(recordsOnly('raw', takeRaw));
