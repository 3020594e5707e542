import { Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, LogStream, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { undeliveredPrefix } from '../../functions/lake/prefixes.ts';
import type { LakeSettings } from '../../functions/shared/topology.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import type { LakeTable } from './lake-table.ts';
import { declareStore } from './store.ts';

/** Rows older than this have not reached the lake: something is wrong with the delivery, not with the buffering. */
const FRESHNESS_ALARM_SECONDS = 15 * 60;
/** Tables that somebody reads right after writing, in the console or in a join; the others make fewer and larger files. */
const READ_AT_ONCE = ['events', 'identity_map', 'audit', 'match_reviews'];
const OTHERS_SECONDS = 300;
/**
 * All streams write with the same key, to the same bucket, by the same rules: what stops one stops these two, which are written all
 * the time. What is wrong with one table alone ends under `undelivered/`, and the alarm of the upkeep is about that.
 */
const WATCHED = ['events', 'identity_map'];

export interface LakeDeliveryProps {
  /** Name of the stream; the table's name after the lake's prefix. */
  readonly name: string;
  readonly lakeTable: LakeTable;
  readonly database: string;
  readonly bucket: IBucket;
  readonly key: IKey;
  /** How long rows wait for a file to be written, and how large it may grow. */
  readonly buffer: LakeSettings;
  readonly alarmTopic: ITopic;
}

/** One table's Firehose stream: rows in as JSON, Parquet files out, by day of arrival. */
export class LakeDelivery extends Construct {
  readonly arn: string;
  readonly role: Role;
  readonly stream: CfnDeliveryStream;

  constructor(scope: Construct, id: string, props: LakeDeliveryProps) {
    super(scope, id);
    const logGroup = declareStore(new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH }), {
      holds: 'errors of a delivery to the lake, which may quote a value',
      pii: 'personal',
      retention: { class: 'logs' },
      erasure: 'expires',
    });
    const logStream = new LogStream(this, 'LogStream', { logGroup });
    this.role = this.#role(props, logGroup);
    const { role } = this;
    this.stream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: props.name,
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: props.key.keyArn },
      extendedS3DestinationConfiguration: {
        bucketArn: props.bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${props.lakeTable.prefix}${PARTITION_COLUMN.name}=!{timestamp:yyyy-MM-dd}/`,
        errorOutputPrefix: `${undeliveredPrefix(props.lakeTable.name)}!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/`,
        bufferingHints: {
          intervalInSeconds: secondsOf(props),
          sizeInMBs: props.buffer.buffer_mib,
        },
        compressionFormat: 'UNCOMPRESSED',
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: props.key.keyArn } },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
        dataFormatConversionConfiguration: conversion(props, role),
      },
    });
    this.stream.node.addDependency(role);
    declareStore(this.stream, {
      holds: 'rows on their way to the lake',
      pii: 'personal',
      retention: { hours: 24 },
      erasure: 'expires',
    });
    this.arn = this.stream.attrArn;
    if (WATCHED.includes(props.lakeTable.name)) this.#watch(props);
  }

  #role(props: LakeDeliveryProps, logGroup: LogGroup): Role {
    const { lakeTable, database, bucket, key } = props;
    const stack = Stack.of(this);
    const glue = (resource: string, resourceName?: string) =>
      stack.formatArn({ service: 'glue', resource, resourceName });
    const allow = (resources: string[], actions: string[]) =>
      new PolicyStatement({ effect: Effect.ALLOW, resources, actions });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com'),
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: [
            allow([bucket.bucketArn], ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads']),
            allow(
              [
                bucket.arnForObjects(`${lakeTable.prefix}*`),
                bucket.arnForObjects(`${undeliveredPrefix(lakeTable.name)}*`),
              ],
              ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
            ),
            allow([key.keyArn], ['kms:Decrypt', 'kms:GenerateDataKey']),
            allow(
              [glue('catalog'), glue('database', database), glue('table', `${database}/${lakeTable.table.ref}`)],
              ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
            ),
            allow([logGroup.logGroupArn], ['logs:PutLogEvents']),
          ],
        }),
      },
    });
    acknowledge(
      role,
      "Objects are named by Firehose; the wildcard ends inside this table's own prefix.",
      resourceFinding(stack, bucket.arnForObjects(`${lakeTable.prefix}*`)),
      resourceFinding(stack, bucket.arnForObjects(`${undeliveredPrefix(lakeTable.name)}*`)),
    );
    return role;
  }

  #watch({ name, lakeTable, alarmTopic: topic }: LakeDeliveryProps): void {
    alarm(this, `lake-freshness-${lakeTable.name}`, {
      topic,
      metric: new Metric({
        namespace: 'AWS/Firehose',
        metricName: 'DeliveryToS3.DataFreshness',
        dimensionsMap: { DeliveryStreamName: name },
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      above: FRESHNESS_ALARM_SECONDS,
      description: `Rows of ${name} wait longer than fifteen minutes for the lake.`,
    });
  }
}

const secondsOf = ({ lakeTable, buffer }: LakeDeliveryProps): number =>
  READ_AT_ONCE.includes(lakeTable.name) ? buffer.buffer_seconds : Math.max(buffer.buffer_seconds, OTHERS_SECONDS);

/** JSON in, Parquet out, by the columns of the Glue table. */
const conversion = ({ database, lakeTable }: LakeDeliveryProps, role: Role) => ({
  enabled: true,
  inputFormatConfiguration: { deserializer: { hiveJsonSerDe: {} } },
  outputFormatConfiguration: { serializer: { parquetSerDe: { compression: 'SNAPPY' } } },
  schemaConfiguration: { databaseName: database, tableName: lakeTable.table.ref, roleArn: role.roleArn },
});
