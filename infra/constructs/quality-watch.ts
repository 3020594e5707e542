import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { QualityTask } from '../../functions/serve/quality-task.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { acknowledge } from './acknowledge.ts';
import { alarm } from './alarms.ts';

const HOUR = Duration.hours(1);

export interface QualityWatchProps {
  /** The function of the API, which can ask the lake already. */
  readonly lambda: IFunction & {
    configureAsyncInvoke(options: { retryAttempts: number; maxEventAge: Duration }): void;
  };
  readonly alarmTopic: ITopic;
}

/**
 * Holds the last day against the rules of data quality every two hours: each look reads the day anew, and so costs as much as it is
 * long. One that fails is made up for by the next one.
 */
export class QualityWatch extends Construct {
  constructor(scope: Construct, id: string, { lambda, alarmTopic: topic }: QualityWatchProps) {
    super(scope, id);
    lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: HOUR });
    acknowledge(
      lambda,
      'A look at the rules that failed is made up for by the next one, and the alarm on errors goes off.',
      'Serverless-LambdaAsyncFailureDestination',
    );
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }));
    const task: QualityTask = { task: 'quality' };
    const schedule = new CfnSchedule(this, 'Schedule', {
      scheduleExpression: 'rate(2 hours)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      target: {
        arn: lambda.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(task),
        retryPolicy: { maximumRetryAttempts: 0 },
      },
    });
    schedule.node.addDependency(role);
    alarm(this, 'serve-quality', {
      topic,
      metric: new Metric({
        namespace: TOPOLOGY.metrics.namespace,
        metricName: 'quality_in_order',
        dimensionsMap: { stage: 'serve' },
        statistic: 'Minimum',
        // One look may fail.
        period: Duration.hours(5),
      }),
      // Nothing at all is as bad: nobody has looked then.
      below: 1,
      description: 'What came in the last day breaks a rule of data quality, or nobody has looked for five hours.',
    });
  }
}
