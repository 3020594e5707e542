import type { KinesisStreamBatchResponse, KinesisStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { KinesisCleanStream } from '../../functions/clean/clean-stream.ts';
import { loadDefinitions } from '../../functions/shared/definitions.ts';
import type { FirehoseArchive } from '../../functions/shared/firehose-archive.ts';
import type { takeBatch } from '../../functions/shared/kinesis-batch.ts';
import type { takeMessages } from '../../functions/shared/sqs-batch.ts';
import type { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import type { Topology } from '../../functions/shared/topology.ts';
import type { stitchBatch } from '../../functions/stitch/batch.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shippedRules from '../../schemas/identity-rules.json' with { type: 'json' };
import type { FunctionSettings } from './lambda.ts';
import type { Poisons } from './poison.ts';
import type { Service } from './wire.ts';

export interface Deployment {
  readonly topology: Topology;
  readonly services: Readonly<
    Record<'dynamo' | 'kinesis' | 'sqs' | 'firehose' | 'bus' | 'scheduler' | 'kms' | 's3', Service>
  >;
  readonly rawQueueUrl: string;
  readonly poisons: Poisons;
  /** Wraps what a stage hands its results to; for defects that are put in on purpose. */
  readonly tamper: Tamper;
}

/** Of the topology's, those that a tamper may change. */
export type RawQueueSettings = Readonly<Record<'visibility_seconds' | 'retention_days' | 'max_receives', number>>;

/** Where a defect can be put in: each gets what is deployed, and answers with what runs. */
export interface Tamper {
  collectPut(put: SqsRawQueue['put']): SqsRawQueue['put'];
  cleanPut(put: KinesisCleanStream['put']): KinesisCleanStream['put'];
  archivePut(put: FirehoseArchive['put']): FirehoseArchive['put'];
  stitch(take: typeof stitchBatch): typeof stitchBatch;
  batch(take: typeof takeBatch): typeof takeBatch;
  messages(take: typeof takeMessages): typeof takeMessages;
  rawQueue(settings: RawQueueSettings): RawQueueSettings;
}

/** What reads the raw queue, and what reads the clean stream. */
export type QueueConsumer = FunctionSettings<SQSEvent, SQSBatchResponse>;
export type StreamConsumer = FunctionSettings<KinesisStreamEvent, KinesisStreamBatchResponse>;

export const DEFINITIONS = loadDefinitions();
export const SHIPPED_RULES = shippedRules as IdentityRules;
/** Where failed and spilled things and large records lie. */
export const BUCKET = 'failures';
