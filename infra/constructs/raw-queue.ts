import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TObject } from 'typebox';
import { acknowledge } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import type { Foundation } from './foundation.ts';
import type { StageFunction } from './stage-function.ts';
import { declareStore } from './store.ts';

/**
 * SQS asks KMS for a new data key that often, for each who sends and each who takes: by default every five minutes, which is most of
 * what an idle queue costs.
 */
const DATA_KEY_REUSE = Duration.hours(1);
const WAITING_ALARM = Duration.minutes(5);

/** Raw records between those who take them in and the stage that cleans them, in no order; and those that it gave up on. */
export class RawQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    const { visibility_seconds, max_receives } = foundation.topology.raw_queue;
    const common = this.#common(foundation);
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(visibility_seconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: max_receives },
    });
    acknowledge(this.deadLetters, 'This is the dead letter queue.', 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
    this.#declare(foundation);
    this.#watch(foundation);
  }

  /** Lets a stage send, and neither take nor remove. The right to use the key is its own. */
  letSend(stage: StageFunction<TObject>): void {
    stage.allow([this.queue.queueArn], 'sqs:SendMessage');
  }

  #common({ key, topology }: Foundation) {
    return {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      dataKeyReuse: DATA_KEY_REUSE,
      enforceSSL: true,
      retentionPeriod: Duration.days(topology.raw_queue.retention_days),
      removalPolicy: RemovalPolicy.RETAIN,
    };
  }

  #declare({ topology }: Foundation): void {
    const kept = {
      pii: 'personal',
      retention: { days: topology.raw_queue.retention_days },
      erasure: 'expires',
    } as const;
    declareStore(this.queue, { holds: 'requests as they came, with the address of the sender', ...kept });
    declareStore(this.deadLetters, { holds: 'requests as they came, which could not be cleaned', ...kept });
  }

  #watch({ alarmTopic: topic }: Foundation): void {
    alarm(this, 'raw-queue-age', {
      topic,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      above: WAITING_ALARM.toSeconds(),
      description: 'Raw records wait longer than five minutes for the clean function.',
    });
    alarm(this, 'raw-dead-letters', {
      topic,
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      above: 0,
      description: 'The clean function gave up on raw records; they are kept.',
    });
  }
}
