import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Retention } from '../../functions/shared/retention.ts';
import { type Topology, topologyOf } from '../../functions/shared/topology.ts';
import type { Deployment } from '../deployment.ts';
import { OFFERS, type Offers } from '../partition.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import { docTable } from './doc-table.ts';
import { failuresBucket } from './failures-bucket.ts';
import { declareStore } from './store.ts';

export type FoundationProps = StackProps & Pick<Deployment, 'size' | 'profile' | 'retention' | 'alarm_email'>;

/**
 * What stages share: one key, the table of persons and of the rules that they follow from, the bucket for what could not be
 * processed, and the topic that alarms go to.
 */
export class Foundation extends Stack {
  readonly key: Key;
  readonly persons: Table;
  readonly accessLogs: Bucket;
  /** Batches that a consumer gave up on and what was spilled, kept until somebody has looked; and records too large for a message. */
  readonly failures: Bucket;
  readonly alarmTopic: Topic;
  /** The topology of the deployment's size: every stack takes its settings from here. */
  readonly topology: Topology;
  /** Days to keep each class of data. */
  readonly retention: Retention;
  /** What the partition has of what differs between partitions. */
  readonly offers: Offers;

  constructor(scope: Construct, id: string, props: FoundationProps) {
    super(scope, id, props);
    this.topology = topologyOf(props.size);
    this.offers = OFFERS[props.profile];
    this.retention = props.retention;
    const { tables } = this.topology;
    this.key = new Key(this, 'Key', {
      alias: 'alias/oneriver',
      description: 'Oneriver: streams, tables, lake and vault',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#letServicesUseKey();
    this.persons = docTable(this, 'Persons', {
      settings: tables.persons,
      key: this.key,
      store: {
        holds: 'persons, their identifiers as tokens, profiles and traits; rules and decisions about them',
        pii: 'personal',
        retention: { until: 'erasure' },
        erasure: 'items',
      },
    });
    this.accessLogs = this.#accessLogBucket();
    this.failures = failuresBucket(this, 'Failures', this);
    this.alarmTopic = new Topic(this, 'AlarmTopic', { masterKey: this.key, enforceSSL: true });
    declareStore(this.alarmTopic, {
      holds: 'alarms on their way',
      pii: 'none',
      retention: { until: 'done' },
      erasure: 'not_needed',
    });
    this.alarmTopic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.alarmTopic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    acknowledge(
      this.alarmTopic,
      'Mail that could not be delivered tells nothing that the alarm itself does not show.',
      'Serverless-SNSRedrivePolicy',
    );
    if (props.alarm_email) this.alarmTopic.addSubscription(new EmailSubscription(props.alarm_email));
    this.#watchThrottles();
  }

  /** No function has room of its own: when one finds none, the account has none, and all others are next. So one alarm does for all. */
  #watchThrottles(): void {
    alarm(this, 'functions-throttled', {
      topic: this.alarmTopic,
      metric: LambdaFunction.metricAllThrottles({ period: FIVE_MINUTES }),
      above: 0,
      periods: 2,
      description: 'Lambda had no room to run a function of this account in this region.',
    });
  }

  /**
   * Alarms write to the encrypted topic, and rules to the encrypted dead letter queue, under their own names. KMS is not
   * told for which account they do; the policies of topic and queue are.
   */
  #letServicesUseKey(): void {
    for (const service of ['cloudwatch.amazonaws.com', 'events.amazonaws.com']) {
      this.key.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(service)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
        }),
      );
    }
  }

  #accessLogBucket(): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      // S3 cannot deliver access logs to a bucket with a customer key.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ expiration: Duration.days(this.retention.access_logs) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      bucket,
      'This bucket is where access logs go; logging it into itself would never end.',
      'AwsSolutions-S1',
    );
    return declareStore(bucket, {
      holds: 'who of the company and of AWS read and wrote which object of the other buckets',
      pii: 'none',
      retention: { class: 'access_logs' },
      erasure: 'not_needed',
    });
  }
}
