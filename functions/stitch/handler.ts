import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import middy from '@middy/core';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { WRITING } from '../shared/aws-client.ts';
import { loadDefinitions } from '../shared/definitions.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { readEnv } from '../shared/env.ts';
import { EventBridgeBus } from '../shared/event-bus.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import { logFault, type StreamRecord, takeBatch } from '../shared/kinesis-batch.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { spilling } from '../shared/spilling.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { stitchBatch } from './batch.ts';
import { StitchEnv } from './env.ts';
import { report } from './report.ts';
import type { StitchDeps } from './stitch.ts';

const env = readEnv(StitchEnv);
const { source } = TOPOLOGY.bus;
const clock = { now: Date.now };
const spill = spilling('stitch', { bucket: env.SPILL_BUCKET, clock });
const lasting: Omit<StitchDeps, 'rules'> = {
  store: new DynamoDocStore({ client: new DynamoDBClient({ maxAttempts: 1 }), table: env.PERSONS_TABLE }),
  lake: new FirehoseLake(new FirehoseClient(WRITING), env.LAKE_PREFIX, { spill }),
  bus: new EventBridgeBus(new EventBridgeClient(WRITING), { bus: env.BUS_NAME, source }, { spill }),
  definitions: loadDefinitions(),
  clock,
  announces_new_persons: env.ANNOUNCE_NEW_PERSONS === 'true',
  newId: randomUUID,
  random: Math.random,
  sleep: (ms) => sleep(ms),
};

/** Nobody may resolve by rules that a sweep takes for replaced everywhere: see `RULES_SPREAD_MS`. */
const rules = rulesInForce({
  store: lasting.store,
  shipped: identityRules as IdentityRules,
  trustSeconds: TOPOLOGY.limits.identity_rules_trust_seconds,
});

/** A batch of clean stream records: their events join persons, profiles, lake and campaigns. */
async function takeRecords(records: readonly StreamRecord[]): Promise<void> {
  const deps: StitchDeps = { ...lasting, rules: await rules.get() };
  const { events } = await stitchBatch(records, deps);
  report(events);
}

export const handler = middy<KinesisStreamEvent, KinesisStreamBatchResponse>()
  .use(safeErrors())
  .handler((event) => takeBatch(event, takeRecords, logFault));
