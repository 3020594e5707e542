import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KMSClient } from '@aws-sdk/client-kms';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { WRITING } from '../shared/aws-client.ts';
import { loadDefinitions } from '../shared/definitions.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { readEnv } from '../shared/env.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { spilling } from '../shared/spilling.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { armOrFire } from './arm-or-fire.ts';
import { FireEnv } from './env.ts';
import type { FireDeps } from './fire.ts';
import { DynamoOutbox } from './outbox-store.ts';
import { SchedulerTimers } from './scheduler-timers.ts';
import { postMessage } from './webhook.ts';
import { webhookOf } from './webhook-secret.ts';

const env = readEnv(FireEnv);
const clock = { now: Date.now };
const dynamo = new DynamoDBClient({});
const scheduler = new SchedulerClient(WRITING);
const kms = new KMSClient({});
const spill = spilling('fire', { bucket: env.SPILL_BUCKET, clock });

const lasting: Omit<FireDeps, 'rules'> = {
  store: new DynamoDocStore({ client: new DynamoDBClient({ maxAttempts: 1 }), table: env.PERSONS_TABLE }),
  lake: new FirehoseLake(new FirehoseClient(WRITING), env.LAKE_PREFIX, { spill }),
  channels: {
    outbox: new DynamoOutbox(dynamo, env.OUTBOX_TABLE, TOPOLOGY.limits.outbox_retention_days),
    webhook: { send: async (message) => postMessage(message, await webhookOf(env, kms), clock.now()) },
  },
  definitions: loadDefinitions(),
  clock,
};

const rules = rulesInForce({ store: lasting.store, shipped: identityRules as IdentityRules });

const timersFor = ({ invokedFunctionArn }: Context) =>
  new SchedulerTimers(
    scheduler,
    {
      group: env.TIMER_GROUP,
      function_arn: invokedFunctionArn,
      role_arn: env.TIMER_ROLE_ARN,
      dead_letter_arn: env.TIMER_DEAD_LETTER_ARN,
      precision_seconds: TOPOLOGY.timers.precision_seconds,
      retries: TOPOLOGY.timers.retries,
    },
    clock,
  );

/** A campaign's rule arms a timer; a timer that is due is decided. What is due already is decided at once. */
export const handler = middy<unknown, void>()
  .use(safeErrors())
  .handler(async (input, context) => {
    const decision = await armOrFire(input, { ...lasting, timers: timersFor(context), rules: () => rules.get() });
    if (!decision) return;
    const lag_seconds = Math.max(0, (Date.parse(decision.decided_at) - Date.parse(decision.due_at)) / 1000);
    emitCounts('fire', { decisions: 1, sent: decision.outcome === 'sent' ? 1 : 0, lag_seconds });
  });
