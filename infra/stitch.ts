import { Stack, type StackProps } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { StitchEnv } from '../functions/stitch/env.ts';
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import { letSpill } from './constructs/spilling.ts';
import { StageFunction } from './constructs/stage-function.ts';
import { StreamConsumer } from './constructs/stream-consumer.ts';
import type { LakeStack } from './lake.ts';

const { bus, limits, metrics } = TOPOLOGY;

/** Some races are lost wherever workers meet; above this share of the events most work is done twice. */
const CONFLICT_PERCENT = 20;
const FEWEST_EVENTS = 1_000;

export interface StitchStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly clean: Stream;
  /** Whether the bus is told of new persons too: a million of them are a million bus events. */
  readonly announce_new_persons: boolean;
}

/** Clean stream in, persons and profiles kept, rows to the lake and triggered campaigns to the bus. */
export class StitchStack extends Stack {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: StitchStackProps) {
    super(scope, id, props);
    const { foundation, lake, clean, announce_new_persons } = props;
    const { key, persons, alarmTopic, failures, topology } = foundation;
    this.bus = new EventBus(this, 'Bus', { eventBusName: bus.name, description: 'What happens to persons' });
    const consumer = new StageFunction(this, 'Function', {
      stage: 'stitch',
      description: 'Resolves persons, folds profiles, and asks for the timers of campaigns',
      schema: StitchEnv,
      environment: {
        PERSONS_TABLE: persons.tableName,
        SPILL_BUCKET: failures.bucketName,
        LAKE_PREFIX: lake.prefix,
        BUS_NAME: this.bus.eventBusName,
        ANNOUNCE_NEW_PERSONS: announce_new_persons ? 'true' : 'false',
      },
      memory_mib: topology.memory_mib.stitch,
      timeout_seconds: limits.stitch_timeout_seconds,
      alarmTopic,
    });
    consumer.allow(
      [persons.tableArn],
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
    );
    consumer.allow(
      lake.deliveryArns('audit', 'events', 'identity_map', 'person_changes', 'profiles', 'quarantine'),
      'firehose:PutRecordBatch',
    );
    consumer.allow([this.bus.eventBusArn], 'events:PutEvents');
    letSpill(consumer, failures, 'lake', 'bus');
    const settings = topology.consumers.stitch;
    new StreamConsumer(this, 'Consumer', {
      stage: 'stitch',
      settings,
      stream: clean,
      consumer,
      key,
      failures,
      offers: foundation.offers,
      alarmTopic,
    });
    this.#watchConflicts(foundation);
    alarm(this, 'stitch-identity-bound', {
      topic: alarmTopic,
      metric: new Metric({
        namespace: metrics.namespace,
        metricName: 'identity_bounds',
        dimensionsMap: { stage: 'stitch' },
        statistic: 'Sum',
        period: FIVE_MINUTES,
      }),
      above: 0,
      description: 'An identifier was seen with more others than a human has, or a person grew past its bound.',
    });
  }

  /** Workers that meet at one person try again; many that do so all the time are work for nothing. */
  #watchConflicts({ persons, alarmTopic: topic }: Foundation): void {
    const sum = (namespace: string, metricName: string, dimensionsMap: Record<string, string>) =>
      new Metric({ namespace, metricName, dimensionsMap, statistic: 'Sum', period: FIVE_MINUTES });
    const lost = (metricName: string) => sum('AWS/DynamoDB', metricName, { TableName: persons.tableName });
    alarm(this, 'stitch-conflicts', {
      topic,
      metric: new MathExpression({
        expression: `IF(events > ${FEWEST_EVENTS}, 100 * (FILL(conditions, 0) + FILL(transactions, 0)) / events, 0)`,
        usingMetrics: {
          events: sum(metrics.namespace, 'events', { stage: 'stitch' }),
          conditions: lost('ConditionalCheckFailedRequests'),
          transactions: lost('TransactionConflict'),
        },
        period: FIVE_MINUTES,
        label: 'writes that lost a race, per hundred events',
      }),
      above: CONFLICT_PERCENT,
      periods: 3,
      description: `For ${CONFLICT_PERCENT} of a hundred events a write of a person lost a race and was done again.`,
    });
  }
}
