import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSEvent } from 'aws-lambda';
import { WRITING } from '../shared/aws-client.ts';
import { readEnv } from '../shared/env.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { droppedOf } from './dropped.ts';
import { dropsOn } from './drops-on-aws.ts';
import { ImportEnv } from './env.ts';
import { takeDrop } from './take-drop.ts';

const env = readEnv(ImportEnv);
const sqs = new SQSClient(WRITING);
const depsOf = dropsOn(
  {
    dynamo: new DynamoDBClient({}),
    // The ledger sees every lost reply, and counts the attempts itself.
    ledger: new DynamoDBClient({ maxAttempts: 1 }),
    sqs,
    s3: new S3Client({}),
  },
  env,
  { now: Date.now, sleep: (ms: number) => sleep(ms) },
);

const send = (QueueUrl: string, MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/**
 * A dropped file: imports it, or a slice of it and asks for the next. What stands in the way of a run is tried again, then rests in the
 * dead letters.
 */
export const handler = middy<SQSEvent, void>()
  .use(safeErrors())
  .handler(async ({ Records }, { awsRequestId }) => {
    for (const { body } of Records) {
      const drop = droppedOf(body);
      if (!drop) continue;
      const taken = await takeDrop(drop, depsOf(awsRequestId));
      if (taken === 'paused') await send(env.QUEUE_URL, body);
      if (taken === 'failed' || taken === 'refused') await send(env.DEAD_LETTERS_URL, body);
      if (taken === 'busy') throw new Error('Another run is at this file; its message comes again.');
      emitCounts('import', { [taken]: 1 });
    }
  });
