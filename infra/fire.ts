import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { FireEnv } from '../functions/fire/env.ts';
import { loadDefinitions } from '../functions/shared/definitions.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { acknowledge, resourceFinding } from './constructs/acknowledge.ts';
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import { campaignRule } from './constructs/campaign-rule.ts';
import { docTable } from './constructs/doc-table.ts';
import type { Foundation } from './constructs/foundation.ts';
import { letSpill } from './constructs/spilling.ts';
import { StageFunction } from './constructs/stage-function.ts';
import { declareStore } from './constructs/store.ts';
import { type Deployment, DeploymentError } from './deployment.ts';
import type { LakeStack } from './lake.ts';

const { timers, tables, metrics } = TOPOLOGY;
/** Timers fire within a minute of their time; later than this something holds them up, and campaigns with them. */
const LATE_SECONDS = 900;

export interface FireStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly bus: EventBus;
  readonly webhook: Deployment['webhook'];
  readonly channels: Deployment['channels'];
}

/** A rule per campaign arms timers; each timer is decided when it is due, and its message handed to a channel. */
export class FireStack extends Stack {
  readonly #deadLetters: Queue;
  readonly #timerRole: Role;
  readonly #fire: StageFunction<typeof FireEnv>;

  /** @throws DeploymentError when a campaign sends through a channel that the deployment does not have. */
  constructor(scope: Construct, id: string, props: FireStackProps) {
    super(scope, id, props);
    const { campaigns } = loadDefinitions();
    const closed = campaigns.find(({ active, send }) => active && !props.channels.includes(send.channel));
    if (closed) {
      const { channel } = closed.send;
      const toDo = channel === 'webhook' ? 'Set "webhook_url" and "webhook_wrapped_secret".' : `Add it to "channels".`;
      throw new DeploymentError(
        `Campaign ${closed.id} sends through ${channel}, which this deployment does not have. ${toDo}`,
      );
    }
    this.#deadLetters = this.#deadLetterQueue(props.foundation);
    this.#timerRole = new Role(this, 'TimerRole', { assumedBy: this.#scheduler() });
    const group = new ScheduleGroup(this, 'Timers', {
      scheduleGroupName: timers.group,
      // Its name is taken: left behind by a deployment that failed, it would make the next one fail too.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    declareStore(group, {
      holds: 'timers of campaigns, with the token or id of whom each is about',
      pii: 'tokens',
      retention: { until: 'done' },
      erasure: 'expires',
    });
    const outbox = docTable(this, 'Outbox', {
      settings: tables.outbox,
      key: props.foundation.key,
      store: {
        holds: 'messages that campaigns sent, with what was in them',
        pii: 'personal',
        retention: { days: TOPOLOGY.limits.outbox_retention_days },
        erasure: 'items',
      },
    });
    this.#fire = this.#function(props, { group: group.scheduleGroupName, outbox });
    this.#permit(props, outbox);
    this.#permitTimers(props.foundation);
    for (const campaign of campaigns) {
      campaignRule(this, campaign, { bus: props.bus, fire: this.#fire.lambda, deadLetterQueue: this.#deadLetters });
    }
  }

  #scheduler(): ServicePrincipal {
    return new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    });
  }

  #function(props: FireStackProps, own: { group: string; outbox: Table }): StageFunction<typeof FireEnv> {
    const { foundation, lake, webhook } = props;
    const made = new StageFunction(this, 'Function', {
      stage: 'fire',
      description: 'Arms the timers of campaigns, and decides and sends when they are due',
      schema: FireEnv,
      environment: {
        PERSONS_TABLE: foundation.persons.tableName,
        OUTBOX_TABLE: own.outbox.tableName,
        SPILL_BUCKET: foundation.failures.bucketName,
        LAKE_PREFIX: lake.prefix,
        TIMER_GROUP: own.group,
        TIMER_ROLE_ARN: this.#timerRole.roleArn,
        TIMER_DEAD_LETTER_ARN: this.#deadLetters.queueArn,
        KEY_ID: foundation.key.keyArn,
        WEBHOOK_URL: webhook?.url,
        WEBHOOK_WRAPPED_SECRET: webhook?.wrapped_secret,
      },
      memory_mib: 512,
      timeout_seconds: 60,
      alarmTopic: foundation.alarmTopic,
    });
    made.lambda.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: this.#deadLetters.queueArn }) },
    });
    alarm(this, 'fire-timer-lag', {
      topic: foundation.alarmTopic,
      metric: new Metric({
        namespace: metrics.namespace,
        metricName: 'lag_seconds',
        dimensionsMap: { stage: 'fire' },
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      above: LATE_SECONDS,
      description: 'Timers are decided more than fifteen minutes after they were due.',
    });
    return made;
  }

  #permit({ foundation, lake }: FireStackProps, outbox: Table): void {
    this.#fire.allow(
      [foundation.persons.tableArn],
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
    );
    this.#fire.allow([outbox.tableArn], 'dynamodb:PutItem');
    this.#fire.allow(lake.deliveryArns('decisions'), 'firehose:PutRecordBatch');
    letSpill(this.#fire, foundation.failures, 'lake');
    this.#fire.allow([this.#deadLetters.queueArn], 'sqs:SendMessage');
    this.#fire.allow([foundation.key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** The function may create timers in its group and nowhere else, and lend them only the role that can call it. */
  #permitTimers({ key }: Foundation): void {
    const schedules = this.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${timers.group}/*` });
    this.#fire.allow([schedules], 'scheduler:CreateSchedule');
    this.#fire.role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.#timerRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    const may = (resource: string, ...actions: string[]) =>
      this.#timerRole.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    may(this.#fire.lambda.functionArn, 'lambda:InvokeFunction');
    may(this.#deadLetters.queueArn, 'sqs:SendMessage');
    may(key.keyArn, 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledge(
      this.#fire.role,
      'Timers are named after what they decide; the wildcard ends inside the group of this deployment.',
      resourceFinding(this, schedules),
    );
  }

  #deadLetterQueue({ key, alarmTopic: topic }: Foundation): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(queue, 'This is the dead letter queue.', 'AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy');
    declareStore(queue, {
      holds: 'timers and triggers that could not be handed over',
      pii: 'tokens',
      retention: { days: 14 },
      erasure: 'expires',
    });
    alarm(this, 'fire-dead-letters', {
      topic,
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      above: 0,
      description: 'Timers or triggers could not be handed to the fire function, or it failed on them.',
    });
    return queue;
  }
}
