import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { CleanEnv } from '../functions/clean/env.ts';
import { RULES_KEY } from '../functions/shared/identity/active-rules.ts';
import { MAPPING_KEYS } from '../functions/shared/mapping/mapping-store.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import type { ReasonCode } from '../schemas/reasons.ts';
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import { QueueConsumer } from './constructs/queue-consumer.ts';
import type { RawQueue } from './constructs/raw-queue.ts';
import { riverStream } from './constructs/river-stream.ts';
import { letHandleLarge, letSpill } from './constructs/spilling.ts';
import { StageFunction } from './constructs/stage-function.ts';
import { Vault } from './constructs/vault.ts';
import type { LakeStack } from './lake.ts';

const { metrics } = TOPOLOGY;
/** More than this share of all events in quarantine means that a sender or the plan is broken. */
const QUARANTINED_PERCENT = 5;
const FEWEST_EVENTS = 20;

export interface CleanStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly raw: RawQueue;
}

/** Reasons for which no sender is to blame: one event is too many. */
const OWN_FAULTS: Partial<Record<ReasonCode, string>> = {
  internal_error: 'Cleaning failed on an event in a way that nobody foresaw; it is in quarantine.',
  unreadable_record: 'A raw record could not be read, although the collector had written it; it is in quarantine.',
};

/** Raw queue in, clean stream and quarantine out; raw personal values go to the vault and nowhere else. */
export class CleanStack extends Stack {
  readonly clean: Stream;
  readonly vault: Vault;

  constructor(scope: Construct, id: string, props: CleanStackProps) {
    super(scope, id, props);
    const { foundation, lake, raw } = props;
    const { key, alarmTopic, failures, topology } = foundation;
    const { streams, consumers, clean_grouping } = topology;
    this.clean = riverStream(this, 'Clean', { settings: streams.clean, key, holds: 'cleaned events' });
    this.vault = new Vault(this, 'Vault', foundation);
    const consumer = new StageFunction(this, 'Function', {
      stage: 'clean',
      description: 'Validates, normalises and keys events, or puts them in quarantine',
      schema: CleanEnv,
      environment: {
        RAW_QUEUE_URL: raw.queue.queueUrl,
        CLEAN_STREAM: this.clean.streamName,
        ARCHIVE_STREAM: lake.archive.name,
        OWNER_BUCKETS: String(clean_grouping.owner_buckets),
        RECORD_BYTES: String(clean_grouping.record_bytes),
        SPILL_BUCKET: failures.bucketName,
        LAKE_PREFIX: lake.prefix,
        PERSONS_TABLE: foundation.persons.tableName,
        VAULT_TABLE: this.vault.table.tableName,
        KEY_ID: this.vault.key.keyArn,
      },
      memory_mib: topology.memory_mib.clean,
      timeout_seconds: topology.raw_queue.timeout_seconds,
      alarmTopic,
      // A message that fails, or finds no room, comes again: the alarms are about how long that has gone on.
      watched: false,
    });
    consumer.allow([this.clean.streamArn], 'kinesis:PutRecords');
    this.vault.letSeal(consumer.role);
    this.#permitRules(consumer, foundation.persons);
    consumer.allow([...lake.deliveryArns('quarantine'), lake.archive.arn], 'firehose:PutRecordBatch');
    letSpill(consumer, failures, 'lake', 'archive');
    letHandleLarge(consumer, failures, 's3:GetObject');
    consumer.allow([key.keyArn], 'kms:GenerateDataKey');
    new QueueConsumer(this, 'Consumer', { settings: consumers.clean, queue: raw.queue, consumer, key });
    this.#watchFailing(alarmTopic);
    this.#watchQuarantine(alarmTopic);
  }

  /** Of all that is kept in the persons' table, clean may read the identity rules in force, and the mappings. */
  #permitRules(consumer: StageFunction<typeof CleanEnv>, persons: Table): void {
    consumer.role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:BatchGetItem'],
        resources: [persons.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [RULES_KEY, MAPPING_KEYS] } },
      }),
    );
  }

  /** The age of the oldest message in the queue leaves those out that were taken three times: they are what fails. */
  #watchFailing(topic: ITopic): void {
    alarm(this, 'clean-failing', {
      topic,
      metric: new Metric({
        namespace: metrics.namespace,
        metricName: 'failing_seconds',
        dimensionsMap: { stage: 'clean' },
        statistic: 'Maximum',
        // As long as a message that failed waits at most: so it stays on until nothing fails any more.
        period: Duration.minutes(15),
      }),
      above: FIVE_MINUTES.toSeconds(),
      description: 'Raw records have failed for more than five minutes, each time that the clean function took them.',
    });
  }

  #watchQuarantine(topic: ITopic): void {
    const count = (metricName: string, reason?: ReasonCode) =>
      new Metric({
        namespace: metrics.namespace,
        metricName,
        dimensionsMap: reason === undefined ? { stage: 'clean' } : { stage: 'clean', reason },
        statistic: 'Sum',
        period: FIVE_MINUTES,
      });
    for (const [reason, description] of Object.entries(OWN_FAULTS) as [ReasonCode, string][]) {
      alarm(this, `clean-quarantine-${reason.replaceAll('_', '-')}`, {
        topic,
        metric: count('quarantined', reason),
        above: 0,
        description,
      });
    }
    alarm(this, 'clean-quarantine-rate', {
      topic,
      metric: new MathExpression({
        expression: `IF(events + quarantined > ${FEWEST_EVENTS}, 100 * quarantined / (events + quarantined), 0)`,
        usingMetrics: { events: count('events'), quarantined: count('quarantined') },
        period: FIVE_MINUTES,
        label: 'percent in quarantine',
      }),
      above: QUARANTINED_PERCENT,
      description: `More than ${QUARANTINED_PERCENT} % of the events went to quarantine.`,
    });
  }
}
