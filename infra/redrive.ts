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
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import { StageFunction } from './constructs/stage-function.ts';
import type { LakeStack } from './lake.ts';

/** Spilled objects that are older than this mean more than a hiccup. */
const WAITING_ALARM = Duration.minutes(30);
const SILENCE = Duration.minutes(15);

export interface RedriveStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly bus: IEventBus;
  readonly raw: IStream;
  /** The raw stream too, where the topology puts both on one. */
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
        RAW_STREAM: raw.streamName,
        LAKE_PREFIX: lake.prefix,
        BUS_NAME: bus.eventBusName,
      },
      memory_mib: 512,
      timeout_seconds: topology.drain.timeout_seconds,
      alarmTopic,
    });
    this.#permit(drainer, props);
    const target = new LambdaFunction(drainer.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    const schedule = new Rule(this, 'Schedule', {
      description: 'Empties the spill. A run that fails is made up for by the next one; its event carries nothing.',
      schedule: Schedule.rate(Duration.minutes(topology.drain.every_minutes)),
      targets: [target],
    });
    acknowledge(schedule, 'A run that could not be started is made up for by the next one.', 'Serverless-EventBusDLQ');
    this.#watch(drainer, props);
    this.#tell(props);
  }

  /** What `npm run redrive` and `npm run replay` have to know. */
  #tell({ foundation, lake, bus, raw, clean }: RedriveStackProps): void {
    const known = {
      FailuresBucket: foundation.failures.bucketName,
      RawStream: raw.streamName,
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
    drainer.allow([raw.streamArn], 'kinesis:PutRecords');
    drainer.allow(
      lake.deliveryArns(...LAKE_TABLES.map(({ name }) => name as LakeTableName)),
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

  #watch(drainer: StageFunction<typeof RedriveEnv>, { foundation }: RedriveStackProps): void {
    const { alarmTopic: topic, topology } = foundation;
    alarm(this, 'redrive-spill-waits', {
      topic,
      metric: new Metric({
        namespace: topology.metrics.namespace,
        metricName: 'oldest_seconds',
        dimensionsMap: { stage: 'redrive' },
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      above: WAITING_ALARM.toSeconds(),
      description: 'What was spilled waits longer than thirty minutes: its target is down, or it cannot be delivered.',
    });
    alarm(this, 'redrive-silent', {
      topic,
      metric: drainer.lambda.metricInvocations({ period: SILENCE }),
      below: 1,
      description: 'Nothing has emptied the spill for fifteen minutes.',
    });
  }
}
