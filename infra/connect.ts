import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { CURSOR_PREFIX } from '../functions/connect/cursor.ts';
import { ConnectEnv } from '../functions/connect/env.ts';
import type { CollectStack } from './collect.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { alarm } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import { StageFunction } from './constructs/stage-function.ts';
import type { ImportStack } from './import.ts';

const QUARTER_HOUR = Duration.minutes(15);

export interface ConnectStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly collect: Pick<CollectStack, 'sources' | 'raw'>;
  readonly imports: Pick<ImportStack, 'ledger'>;
  /** Whether anything is fetched. Without it the function is there, nobody calls it, and nothing of it costs anything. */
  readonly enabled: boolean;
}

/** Fetches, once a minute, what platforms hold for sources and never send: messages of Taobao and Tmall, orders of JD. */
export class ConnectStack extends Stack {
  constructor(scope: Construct, id: string, props: ConnectStackProps) {
    super(scope, id, props);
    const { foundation, collect, imports, enabled } = props;
    const connector = new StageFunction(this, 'Function', {
      stage: 'connect',
      description: 'Fetches messages and orders from platforms that send nothing by themselves',
      schema: ConnectEnv,
      environment: {
        RAW_QUEUE_URL: collect.raw.queue.queueUrl,
        SOURCES_TABLE: collect.sources.tableName,
        SOURCES_KEY_ID: foundation.key.keyArn,
        IMPORTS_TABLE: imports.ledger.tableName,
      },
      memory_mib: 512,
      timeout_seconds: foundation.topology.connect.timeout_seconds,
      alarmTopic: foundation.alarmTopic,
      // The alarm on runs in order goes off too where a run fails or never comes.
      watched: false,
    });
    this.#permit(connector, props);
    connector.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(
      connector.lambda,
      'A run that failed is made up for by the next one, and the alarm goes off where none is in order.',
      'Serverless-LambdaAsyncFailureDestination',
    );
    if (!enabled) return;
    this.#schedule(connector.lambda);
    alarm(this, 'connect-failed', {
      topic: foundation.alarmTopic,
      metric: new Metric({
        namespace: foundation.topology.metrics.namespace,
        metricName: 'in_order',
        dimensionsMap: { stage: 'connect' },
        statistic: 'Maximum',
        period: QUARTER_HOUR,
      }),
      // Nothing at all is as bad: nothing was fetched then.
      below: 1,
      description: 'For a quarter of an hour no run fetched for every source.',
    });
  }

  #permit(connector: StageFunction<typeof ConnectEnv>, { foundation, collect, imports }: ConnectStackProps): void {
    const { key } = foundation;
    collect.raw.letSend(connector);
    connector.allow([collect.sources.tableArn], 'dynamodb:Scan');
    connector.allow([key.keyArn], 'kms:GenerateDataKey');
    // For the tables and the queue, and for what platforms gave to be signed with.
    connector.allow([key.keyArn], 'kms:Decrypt');
    connector.role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:BatchGetItem', 'dynamodb:PutItem'],
        resources: [imports.ledger.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${CURSOR_PREFIX}*`] } },
      }),
    );
  }

  /** A run ends before the next one begins, so there is never more than one at work. */
  #schedule(lambda: IFunction): void {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }));
    const schedule = new CfnSchedule(this, 'Minutely', {
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: lambda.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    schedule.node.addDependency(role);
  }
}
