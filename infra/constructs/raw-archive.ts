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
import { LAKE_PREFIXES, undeliveredPrefix } from '../../functions/lake/prefixes.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import { declareStore } from './store.ts';

/** Nobody waits for the archive. Few large files are cheaper to keep and to read. */
const BUFFER = { intervalInSeconds: 900, sizeInMBs: 64 };
const LATE_SECONDS = 60 * 60;

export interface RawArchiveProps {
  readonly name: string;
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly alarmTopic: ITopic;
}

/**
 * Every raw record that was cleaned, as it came, by day, zipped: to be fed in again after a fault.
 * `functions/shared/firehose-archive.ts` writes it, and `functions/shared/raw-archive.ts` reads it.
 */
export class RawArchive extends Construct {
  /** Of the delivery stream; what the functions know as ARCHIVE_STREAM. */
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: RawArchiveProps) {
    super(scope, id);
    const logGroup = declareStore(new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH }), {
      holds: 'errors of the delivery to the archive',
      pii: 'personal',
      retention: { class: 'logs' },
      erasure: 'expires',
    });
    const logStream = new LogStream(this, 'LogStream', { logGroup });
    const role = this.#role(props, logGroup);
    const delivery = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: props.name,
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'CUSTOMER_MANAGED_CMK', keyArn: props.key.keyArn },
      extendedS3DestinationConfiguration: {
        bucketArn: props.bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${LAKE_PREFIXES.raw}${PARTITION_COLUMN.name}=!{timestamp:yyyy-MM-dd}/`,
        errorOutputPrefix: `${UNDELIVERED}!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/`,
        bufferingHints: BUFFER,
        compressionFormat: 'GZIP',
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: props.key.keyArn } },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
      },
    });
    delivery.node.addDependency(role);
    declareStore(delivery, {
      holds: 'raw records on their way to the archive',
      pii: 'personal',
      retention: { hours: 24 },
      erasure: 'expires',
    });
    this.name = props.name;
    this.arn = delivery.attrArn;
    this.#watch(props);
  }

  #role({ bucket, key }: RawArchiveProps, logGroup: LogGroup): Role {
    const allow = (resources: string[], actions: string[]) =>
      new PolicyStatement({ effect: Effect.ALLOW, resources, actions });
    const written = [bucket.arnForObjects(`${LAKE_PREFIXES.raw}*`), bucket.arnForObjects(`${UNDELIVERED}*`)];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com'),
      inlinePolicies: {
        Deliver: new PolicyDocument({
          statements: [
            allow([bucket.bucketArn], ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads']),
            allow(written, ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject']),
            allow([key.keyArn], ['kms:Decrypt', 'kms:GenerateDataKey']),
            allow([logGroup.logGroupArn], ['logs:PutLogEvents']),
          ],
        }),
      },
    });
    acknowledge(
      role,
      'Objects are named by Firehose; each wildcard ends inside a prefix of the archive.',
      ...written.map((arn) => resourceFinding(Stack.of(this), arn)),
    );
    return role;
  }

  #watch({ name, alarmTopic: topic }: RawArchiveProps): void {
    alarm(this, 'raw-archive-late', {
      topic,
      metric: new Metric({
        namespace: 'AWS/Firehose',
        metricName: 'DeliveryToS3.DataFreshness',
        dimensionsMap: { DeliveryStreamName: name },
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      above: LATE_SECONDS,
      description: 'Raw records wait longer than an hour for the archive; Firehose keeps them for a day.',
    });
  }
}

const UNDELIVERED = undeliveredPrefix('raw');
