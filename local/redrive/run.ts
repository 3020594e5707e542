import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Kept, S3Failures } from '../../functions/redrive/bucket.ts';
import { redriveDeadLetters } from '../../functions/redrive/dead-letters.ts';
import { drain } from '../../functions/redrive/drain.ts';
import { type RedriveOptions, type River, redriveBatches } from '../../functions/redrive/failed-batches.ts';
import { KinesisRiver } from '../../functions/redrive/kinesis-river.ts';
import { rawReturn, redriveRawLetters } from '../../functions/redrive/raw-letters.ts';
import { awsSinks } from '../../functions/redrive/sinks.ts';
import { SqsDeadLetters } from '../../functions/redrive/sqs-dead-letters.ts';
import { codeOf } from '../../functions/shared/aws-errors.ts';
import { S3LargeRecords } from '../../functions/shared/large-records.ts';
import type { Clock } from '../../functions/shared/seams.ts';
import { SPILL_PREFIX } from '../../functions/shared/spill.ts';
import { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { Part } from './args.ts';
import type { DeploymentNames } from './deployment.ts';

export interface RedriveClients {
  readonly s3: S3Client;
  readonly kinesis: KinesisClient;
  readonly firehose: FirehoseClient;
  readonly bus: EventBridgeClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
}

export interface Redriving {
  readonly clients: RedriveClients;
  readonly names: DeploymentNames;
  readonly options: RedriveOptions;
  readonly clock: Clock;
  say(line: string): void;
}

/** Functions of the deployment are called as their timers call them: durably, and retried by Lambda. */
const callFire =
  ({ clients, names }: Redriving) =>
  async (input: unknown): Promise<void> => {
    if (names.fireFunction === undefined)
      throw new Error('Name the function that decides timers with --fire-function.');
    const { StatusCode } = await clients.lambda.send(
      new InvokeCommand({
        FunctionName: names.fireFunction,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(input)),
      }),
    );
    if (StatusCode !== 202) throw new Error(`Lambda answered ${StatusCode} to an asynchronous call.`);
  };

/** Runs the parts that are asked for, one after the other; what went wrong in one does not keep back the others. */
export async function redrive(parts: readonly Part[], run: Redriving): Promise<Record<string, unknown>> {
  const { clients, names, options, clock } = run;
  const failures = new S3Failures(clients.s3, names.bucket);
  const river = new KinesisRiver(clients.kinesis, names.cleanStream);
  const work: Record<Part, () => Promise<unknown>> = {
    batches: () => redriveBatches(failures, river, options),
    'dead-letters': () => deadLetters(river, run),
    spill: async () => {
      if (options.dryRun) return await spillFound(failures.list(SPILL_PREFIX));
      const sinks = awsSinks(clients, names);
      const onFault = ({ key, error }: { key: string; error: unknown }) => run.say(`${key}: ${codeOf(error)}`);
      return await drain({ failures, sinks, clock, deadline: Number.POSITIVE_INFINITY, parallel: 16, onFault });
    },
  };
  const report: Record<string, unknown> = { dry_run: options.dryRun };
  for (const part of parts) report[part] = await work[part]().catch(failure);
  return report;
}

const failure = (error: unknown): object => {
  const message = error instanceof Error ? error.message : String(error);
  return { failed: `${codeOf(error)}: ${message}` };
};

/** By the queue that they are in: a raw record may look like anything. What is wrong with one queue does not keep back the others. */
async function deadLetters(river: River, run: Redriving): Promise<Record<string, unknown>> {
  const { clients, names, options } = run;
  const found: Record<string, unknown> = {};
  const { rawDeadLetters } = names;
  if (rawDeadLetters !== undefined) {
    const large = new S3LargeRecords(clients.s3, names.bucket);
    const raw = rawReturn(new SqsRawQueue(clients.sqs, names.rawQueue, { ...TOPOLOGY.raw_packing, large }), large);
    const queue = new SqsDeadLetters(clients.sqs, rawDeadLetters);
    found[rawDeadLetters] = await redriveRawLetters(queue, raw, options).catch(failure);
  }
  for (const url of names.queues) {
    const queue = new SqsDeadLetters(clients.sqs, url);
    found[url] = await redriveDeadLetters(queue, { river, call: callFire(run) }, options).catch(failure);
  }
  return found;
}

/** Spilled objects by what they are, without reading them. */
async function spillFound(pages: AsyncIterable<readonly Kept[]>): Promise<object> {
  const by: Record<string, number> = {};
  let oldest: number | undefined;
  for await (const page of pages) {
    for (const { key, at } of page) {
      const what = key.slice(SPILL_PREFIX.length).split('/').slice(0, 2).join(' ');
      by[what] = (by[what] ?? 0) + 1;
      oldest = Math.min(oldest ?? at, at);
    }
  }
  return { by, oldest: oldest === undefined ? undefined : new Date(oldest).toISOString() };
}

/** Whether a part of a report failed, or left something that it could not feed. */
export const isClean = (report: Record<string, unknown>): boolean =>
  !/"failed":|"left":\{"/.test(JSON.stringify(report));
