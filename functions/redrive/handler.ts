import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { WRITING } from '../shared/aws-client.ts';
import { codeOf } from '../shared/aws-errors.ts';
import { readEnv } from '../shared/env.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { S3Failures } from './bucket.ts';
import { drain } from './drain.ts';
import { RedriveEnv } from './env.ts';
import { awsSinks } from './sinks.ts';

const env = readEnv(RedriveEnv);
const { run_seconds, parallel } = TOPOLOGY.drain;

const s3 = new S3Client(WRITING);
const failures = new S3Failures(s3, env.SPILL_BUCKET);
const sinks = awsSinks(
  {
    firehose: new FirehoseClient(WRITING),
    bus: new EventBridgeClient(WRITING),
    sqs: new SQSClient(WRITING),
    s3,
  },
  {
    rawQueue: env.RAW_QUEUE_URL,
    archive: env.ARCHIVE_STREAM,
    bucket: env.SPILL_BUCKET,
    lakePrefix: env.LAKE_PREFIX,
    bus: env.BUS_NAME,
  },
);

/** Every few minutes: delivers what other functions spilled. What its event says does not matter. */
export const handler = middy<unknown, void>()
  .use(safeErrors())
  .handler(async () => {
    const clock = { now: Date.now };
    const report = await drain({
      failures,
      sinks,
      clock,
      deadline: clock.now() + run_seconds * 1000,
      parallel,
      onFault: ({ key, error }) => console.error({ fault: 'not drained', key, error: codeOf(error) }),
    });
    emitCounts('redrive', { ...report });
  });
