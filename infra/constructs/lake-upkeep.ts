import { hash } from 'node:crypto';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { LakeEnv } from '../../functions/lake/env.ts';
import { historyRelation, landingRelation } from '../../functions/lake/history.ts';
import { LAKE_PREFIXES } from '../../functions/lake/prefixes.ts';
import type { LakeTask } from '../../functions/lake/task.ts';
import { LAKE_RETENTION, type Retention } from '../../functions/shared/retention.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { alarm } from './alarms.ts';
import { resultsOf } from './lake-workgroup.ts';
import { StageFunction } from './stage-function.ts';

const HOUR = Duration.hours(1);
/** Lambda's own limit. */
const TIMEOUT = Duration.minutes(15);
/** At night in most of the world's larger markets it is day in others: any hour does. Half past, so that merges are done. */
const UPKEEP_CRON = 'cron(30 2 * * ? *)';

export interface LakeUpkeepProps {
  readonly bucket: IBucket;
  readonly database: string;
  readonly workgroup: CfnWorkGroup;
  readonly key: IKey;
  readonly retention: Retention;
  readonly alarmTopic: ITopic;
}

/**
 * The function that makes the Iceberg tables when the stack is deployed, merges what landed each hour, and each day forgets,
 * compacts and expires. A run that fails is made up for by the next one, so that schedules neither retry nor keep what failed.
 */
export class LakeUpkeep extends Construct {
  /** Whoever reads the tables has to wait for them. */
  readonly tables: CustomResource;
  readonly worker: StageFunction<typeof LakeEnv>;

  constructor(scope: Construct, id: string, props: LakeUpkeepProps) {
    super(scope, id);
    this.worker = new StageFunction(this, 'Function', {
      stage: 'lake',
      description: 'Merges landed rows into the tables of the lake, forgets, compacts and expires',
      schema: LakeEnv,
      environment: {
        LAKE_BUCKET: props.bucket.bucketName,
        SQL_DATABASE: props.database,
        SQL_WORKGROUP: props.workgroup.name,
      },
      memory_mib: 256,
      timeout_seconds: TIMEOUT.toSeconds(),
      alarmTopic: props.alarmTopic,
    });
    this.worker.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: HOUR });
    acknowledge(
      this.worker.lambda,
      'A run that failed is made up for by the next one, and its alarm goes off.',
      'Serverless-LambdaAsyncFailureDestination',
    );
    this.#permitSql(props);
    this.#permitFiles(props);
    this.#schedule(props.retention);
    this.tables = new CustomResource(this, 'Tables', {
      resourceType: 'Custom::LakeTables',
      serviceToken: this.worker.lambda.functionArn,
      serviceTimeout: TIMEOUT,
      // The function looks at the tables again whenever their description changes.
      properties: { Description: hash('sha256', JSON.stringify(LAKE_TABLES)) },
    });
    this.tables.node.addDependency(this.worker.role, props.workgroup);
    this.#watch(props);
  }

  #permitSql({ database, workgroup }: LakeUpkeepProps): void {
    const arn = (service: string, resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({ service, resource, resourceName });
    const tables = (relation: (name: string) => string) =>
      LAKE_TABLES.map(({ name }) => arn('glue', 'table', `${database}/${relation(name)}`));
    this.worker.allow(
      [arn('athena', 'workgroup', workgroup.name)],
      'athena:GetQueryExecution',
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
    );
    // Athena looks for this database in each region, whatever is asked.
    this.worker.allow([arn('glue', 'database', 'default')], 'glue:GetDatabase');
    this.worker.allow([arn('athena', 'datacatalog', 'AwsDataCatalog')], 'athena:GetTableMetadata');
    this.worker.allow(
      [arn('glue', 'catalog'), arn('glue', 'database', database), ...tables(landingRelation)],
      'glue:GetDatabase',
      'glue:GetPartitions',
      'glue:GetTable',
    );
    this.worker.allow(
      [arn('glue', 'catalog'), arn('glue', 'database', database), ...tables(historyRelation)],
      'glue:CreateTable',
      'glue:GetTable',
      'glue:UpdateTable',
    );
  }

  /** VACUUM deletes files, and says that it did when it may not. */
  #permitFiles({ bucket, key, workgroup }: LakeUpkeepProps): void {
    const under = (prefix: string) => bucket.arnForObjects(`${prefix}*`);
    const results = resultsOf(workgroup.name);
    const { landing, tables, merged } = LAKE_PREFIXES;
    this.worker.allow([bucket.bucketArn], 's3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads');
    this.worker.allow([under(landing)], 's3:DeleteObject', 's3:GetObject');
    this.worker.allow([under(merged)], 's3:GetObject', 's3:PutObject');
    this.worker.allow([under(results)], 's3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject');
    this.worker.allow(
      [under(tables)],
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    );
    this.worker.allow([key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledge(
      this.worker.role,
      'Files are named by Firehose and by Athena; each wildcard ends inside one prefix of the lake.',
      ...[landing, merged, results, tables].map((prefix) => resourceFinding(Stack.of(this), under(prefix))),
    );
  }

  #schedule(retention: Retention): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const { functionArn } = this.worker.lambda;
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
    const plan = (id: string, scheduleExpression: string, task: LakeTask) => {
      const schedule = new CfnSchedule(this, id, {
        scheduleExpression,
        // Spread, so that the tables' queries do not all wait for the same slots of Athena.
        flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
        target: {
          arn: functionArn,
          roleArn: role.roleArn,
          input: JSON.stringify(task),
          retryPolicy: { maximumRetryAttempts: 0 },
        },
      });
      schedule.node.addDependency(role);
    };
    for (const { name } of LAKE_TABLES) {
      const days = retention[LAKE_RETENTION[name as LakeTableName]];
      plan(`Merge-${name}`, 'rate(1 hour)', { task: 'merge', table: name });
      plan(`Upkeep-${name}`, UPKEEP_CRON, { task: 'upkeep', table: name, retention_days: days });
    }
  }

  #watch({ alarmTopic: topic }: LakeUpkeepProps): void {
    const most = (metricName: string) =>
      new Metric({
        namespace: TOPOLOGY.metrics.namespace,
        metricName,
        dimensionsMap: { stage: 'lake' },
        statistic: 'Maximum',
        period: HOUR,
      });
    alarm(this, 'lake-undelivered', {
      topic,
      metric: most('undelivered_files'),
      above: 0,
      description:
        'Rows lie under undelivered/: Firehose could not read them as rows of their table, or not write them.',
    });
    alarm(this, 'lake-merge-waits', {
      topic,
      metric: most('waiting_days'),
      above: 0,
      periods: 3,
      description: 'Landed rows of a day that is over have not been merged for three hours.',
    });
    alarm(this, 'lake-silent', {
      topic,
      metric: this.worker.lambda.metricInvocations({ period: Duration.hours(3) }),
      below: 1,
      description: 'Nothing has merged the lake for three hours.',
    });
  }
}
