import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { RedriveEnv } from '../functions/redrive/env.ts';
import { SPILL_PREFIX } from '../functions/shared/spill.ts';
import { LAKE_TABLES, type LakeTableName } from '../schemas/lake.ts';
import { acknowledge, objectsFinding } from './constructs/acknowledge.ts';
import { alarm } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import type { RawQueue } from './constructs/raw-queue.ts';
import { letHandleLarge } from './constructs/spilling.ts';
import { StageFunction } from './constructs/stage-function.ts';
import type { LakeStack } from './lake.ts';

/** Spilled objects that are older than this mean more than a hiccup. */
const WAITING_ALARM = Duration.minutes(30);
/** Some runs may fail; when none has said for so long how it was, nothing is emptied. */
const SILENCE = Duration.minutes(15);

export interface RedriveStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly bus: IEventBus;
  readonly raw: RawQueue;
  readonly clean: IStream;
}

/**
 * What could not be delivered is delivered later: every few minutes a function empties the spill. A function of its own, since
 * those that spill run only when events come, and none of them may do what all of them together may.
 */
export class RedriveStack extends Stack {
  constructor(scope: Construct, id: string, props: RedriveStackProps) {
    super(scope, id, props);
    const { foundation, lake, bus, raw } = props;
    const { failures, topology, alarmTopic } = foundation;
    const drainer = new StageFunction(this, 'Function', {
      stage: 'redrive',
      description: 'Delivers what other functions spilled',
      schema: RedriveEnv,
      environment: {
        SPILL_BUCKET: failures.bucketName,
        RAW_QUEUE_URL: raw.queue.queueUrl,
        ARCHIVE_STREAM: lake.archive.name,
        LAKE_PREFIX: lake.prefix,
        BUS_NAME: bus.eventBusName,
      },
      memory_mib: 512,
      timeout_seconds: topology.drain.timeout_seconds,
      alarmTopic,
      // A run that fails, or finds no room, says nothing of what waits: the alarm goes off on that too.
      watched: false,
    });
    this.#permit(drainer, props);
    const target = new LambdaFunction(drainer.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    const schedule = new Rule(this, 'Schedule', {
      description: 'Empties the spill. A run that fails is made up for by the next one; its event carries nothing.',
      schedule: Schedule.rate(Duration.minutes(topology.drain.every_minutes)),
      targets: [target],
    });
    acknowledge(schedule, 'A run that could not be started is made up for by the next one.', 'Serverless-EventBusDLQ');
    this.#watch(foundation);
    this.#tell(props);
  }

  /** What `npm run redrive` and `npm run replay` have to know. */
  #tell({ foundation, lake, bus, raw, clean }: RedriveStackProps): void {
    const known = {
      FailuresBucket: foundation.failures.bucketName,
      RawQueueUrl: raw.queue.queueUrl,
      ArchiveStream: lake.archive.name,
      CleanStream: clean.streamName,
      LakePrefix: lake.prefix,
      BusName: bus.eventBusName,
      SqlWorkgroup: lake.workgroup.name,
      SqlDatabase: lake.database,
    };
    for (const [name, value] of Object.entries(known)) new CfnOutput(this, name, { value });
  }

  #permit(drainer: StageFunction<typeof RedriveEnv>, { foundation, lake, bus, raw }: RedriveStackProps): void {
    const { failures, key } = foundation;
    drainer.allow([failures.bucketArn], 's3:ListBucket');
    drainer.allow([failures.arnForObjects(`${SPILL_PREFIX}*`)], 's3:GetObject', 's3:DeleteObject');
    raw.letSend(drainer);
    letHandleLarge(drainer, failures, 's3:PutObject');
    drainer.allow(
      [...lake.deliveryArns(...LAKE_TABLES.map(({ name }) => name as LakeTableName)), lake.archive.arn],
      'firehose:PutRecordBatch',
    );
    drainer.allow([bus.eventBusArn], 'events:PutEvents');
    drainer.allow([key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledge(
      drainer.role,
      'Spilled objects are named after their content; the wildcard ends inside their prefix.',
      objectsFinding(failures, SPILL_PREFIX),
    );
  }

  /** Each run that comes to its end says how long the oldest object has waited. */
  #watch({ alarmTopic: topic, topology }: Foundation): void {
    alarm(this, 'redrive-spill-waits', {
      topic,
      metric: new Metric({
        namespace: topology.metrics.namespace,
        metricName: 'oldest_seconds',
        dimensionsMap: { stage: 'redrive' },
        statistic: 'Maximum',
        period: SILENCE,
      }),
      above: WAITING_ALARM.toSeconds(),
      silence: true,
      description: 'What was spilled waits longer than thirty minutes, or nothing has emptied the spill for fifteen.',
    });
  }
}
