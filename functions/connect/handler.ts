import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { WRITING } from '../shared/aws-client.ts';
import { readEnv } from '../shared/env.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { ConnectEnv } from './env.ts';
import { connectOn } from './on-aws.ts';
import { pollAll } from './poll-all.ts';

const deps = connectOn(
  {
    dynamo: new DynamoDBClient(WRITING),
    cursors: new DynamoDBClient({ ...WRITING, maxAttempts: 1 }),
    sqs: new SQSClient(WRITING),
    kms: new KMSClient(WRITING),
  },
  readEnv(ConnectEnv),
  // Beside a function on the loopback there is only the runtime, which nobody has to call.
  { now: Date.now, loopback: false },
);

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
