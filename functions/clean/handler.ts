import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnv } from '../shared/env.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { failingSeconds, logFault, takeMessages } from '../shared/sqs-batch.ts';
import { CleanEnv } from './env.ts';
import { cleanOn } from './on-aws.ts';

const clock = { now: Date.now };
const cleaning = cleanOn(readEnv(CleanEnv), clock);

/** A batch of raw records: every event in it is on the clean stream or in quarantine before the batch is done. */
async function takeRaw(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const answer = await takeMessages(event, {
    ...cleaning,
    remainingMs: () => context.getRemainingTimeInMillis(),
    random: Math.random,
    onFault: logFault,
  });
  const failing_seconds = failingSeconds(event, answer, clock.now());
  if (failing_seconds !== undefined) emitCounts('clean', { failing_seconds });
  return answer;
}

export const handler = middy<SQSEvent, SQSBatchResponse>().use(safeErrors()).handler(takeRaw);
