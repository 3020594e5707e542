import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TObject } from 'typebox';
import { FAILED_BATCH_PREFIX } from '../../functions/redrive/failed-batches.ts';
import type { StreamConsumerSettings } from '../../functions/shared/topology.ts';
import type { Offers } from '../partition.ts';
import { acknowledge, objectsFinding } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import type { StageFunction } from './stage-function.ts';
import { declareStore } from './store.ts';

const ITERATOR_AGE_ALARM = Duration.minutes(5);

export interface StreamConsumerProps {
  readonly stage: string;
  readonly settings: StreamConsumerSettings;
  readonly stream: IStream;
  readonly consumer: StageFunction<TObject>;
  readonly key: IKey;
  readonly failures: IBucket;
  readonly offers: Offers;
  readonly alarmTopic: ITopic;
}

/**
 * Feeds a stream to a stage as the topology says. A batch fails from its first failed record on, is halved until the
 * bad record stands alone, and after the bounded retries its bytes are in the failures bucket: nothing is skipped. Where
 * the partition cannot do that, a queue says which records of the stream they are, as long as it keeps them.
 */
export class StreamConsumer extends Construct {
  constructor(scope: Construct, id: string, props: StreamConsumerProps) {
    super(scope, id);
    const { settings, consumer, stream, failures, offers } = props;
    this.#permit(props);
    const queue = offers.failed_batches_to_bucket ? undefined : this.#failedBatches(props);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer.lambda,
      eventSourceArn: stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: settings.batch_size,
      maxBatchingWindow: Duration.seconds(settings.window_seconds),
      parallelizationFactor: settings.parallelization,
      retryAttempts: settings.retries,
      maxRecordAge: Duration.hours(settings.max_age_hours),
      bisectBatchOnError: settings.bisect,
      reportBatchItemFailures: true,
      onFailure: { bind: () => ({ destination: queue?.queueArn ?? failures.bucketArn }) },
      metricsConfig: offers.mapping_metrics ? { metrics: [MetricType.EVENT_COUNT] } : undefined,
    });
    // The role must be able to read and to report before Lambda checks that it can.
    mapping.node.addDependency(consumer.role);
    this.#watch(props, mapping.eventSourceMappingId, queue);
  }

  #permit({ consumer, stream, key, failures }: StreamConsumerProps): void {
    consumer.allow(
      [stream.streamArn],
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    );
    consumer.allow([key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    consumer.allow([failures.bucketArn], 's3:ListBucket');
    consumer.allow([failures.arnForObjects(`${FAILED_BATCH_PREFIX}*`)], 's3:PutObject');
    acknowledge(
      consumer.role,
      'Lambda names the objects of failed batches itself.',
      objectsFinding(failures, FAILED_BATCH_PREFIX),
    );
  }

  #failedBatches({ consumer, key }: StreamConsumerProps): Queue {
    const queue = new Queue(this, 'FailedBatches', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      queue,
      'This is where batches end; nothing consumes it but a human.',
      'AwsSolutions-SQS3',
      'Serverless-SQSRedrivePolicy',
    );
    consumer.allow([queue.queueArn], 'sqs:SendMessage');
    return declareStore(queue, {
      holds: 'where in the stream batches lie that a function gave up on',
      pii: 'none',
      retention: { days: 14 },
      erasure: 'not_needed',
    });
  }

  #watch(props: StreamConsumerProps, mappingId: string, queue: IQueue | undefined): void {
    const { stage, consumer, offers, alarmTopic: topic } = props;
    const ofMapping = (metricName: string) =>
      new Metric({
        namespace: 'AWS/Lambda',
        metricName,
        dimensionsMap: { EventSourceMappingUUID: mappingId },
        statistic: 'Sum',
        period: FIVE_MINUTES,
      });
    alarm(this, `${stage}-iterator-age`, {
      topic,
      metric: consumer.lambda.metric('IteratorAge', { statistic: 'Maximum', period: FIVE_MINUTES }),
      above: ITERATOR_AGE_ALARM.toMilliseconds(),
      description: `The ${stage} function reads records older than five minutes.`,
    });
    alarm(this, `${stage}-on-failure`, {
      topic,
      metric:
        queue?.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }) ??
        ofMapping('OnFailureDestinationDeliveredEventCount'),
      above: 0,
      description: `The ${stage} function gave up on records; they are kept.`,
    });
    if (!offers.mapping_metrics) return;
    alarm(this, `${stage}-dropped`, {
      topic,
      metric: ofMapping('DroppedEventCount'),
      above: 0,
      description: `Records of the ${stage} function's stream were neither processed nor kept in the failures bucket.`,
    });
  }
}
