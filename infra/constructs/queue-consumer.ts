import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TObject } from 'typebox';
import type { QueueConsumerSettings } from '../../functions/shared/topology.ts';
import { acknowledge } from './acknowledge.ts';
import type { StageFunction } from './stage-function.ts';

export interface QueueConsumerProps {
  readonly settings: QueueConsumerSettings;
  readonly queue: IQueue;
  readonly consumer: StageFunction<TObject>;
  readonly key: IKey;
}

/**
 * Feeds a queue to a stage as the topology says. The stage names the messages that failed: they alone come again, as late as it asks
 * for, and after the queue's bound they are among its dead letters.
 */
export class QueueConsumer extends Construct {
  constructor(scope: Construct, id: string, { settings, queue, consumer, key }: QueueConsumerProps) {
    super(scope, id);
    consumer.allow(
      [queue.queueArn],
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    );
    consumer.allow([key.keyArn], 'kms:Decrypt');
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer.lambda,
      eventSourceArn: queue.queueArn,
      batchSize: settings.batch_size,
      maxBatchingWindow: settings.window_seconds > 0 ? Duration.seconds(settings.window_seconds) : undefined,
      maxConcurrency: settings.concurrency,
      reportBatchItemFailures: true,
    });
    // The role must be able to receive before Lambda checks that it can.
    mapping.node.addDependency(consumer.role);
    acknowledge(
      mapping,
      'A message that fails again and again goes to the dead letters of its queue; a mapping to a queue has no other destination.',
      'Serverless-LambdaEventSourceMappingDestination',
    );
  }
}
