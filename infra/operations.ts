import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray';
import type { Construct } from 'constructs';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { alarmsOf } from './constructs/alarms.ts';
import type { Foundation } from './constructs/foundation.ts';
import type { Deployment } from './deployment.ts';

const { metrics, lake } = TOPOLOGY;
/**
 * Of a hundred requests one is traced. By default it is the first of each second and five of a hundred: a trace costs more than a
 * request, and one each second comes to 13 USD a month.
 */
const TRACED_SHARE = 0.01;
const TRACED_PER_SECOND = 0;
const SPENT_PERCENT = 80;
const PERIOD = Duration.minutes(5);
const HALF = 12;

/** Every metric of a name in a namespace, whatever the CDK has called the resource. */
const search = (namespace: string, dimensions: string, query: string, statistic = 'Sum'): IMetric =>
  new MathExpression({
    expression: `SEARCH('{${namespace},${dimensions}} ${query}', '${statistic}', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    period: PERIOD,
    label: '',
  });

const own = (query: string, statistic?: string): IMetric => search(metrics.namespace, 'stage', query, statistic);
const ofFunctions = (metric: string, statistic?: string): IMetric =>
  search('AWS/Lambda', 'FunctionName', `oneriver MetricName="${metric}"`, statistic);
const ofTables = (metric: string): IMetric => search('AWS/DynamoDB', 'TableName', `oneriver MetricName="${metric}"`);

/** Queues and their dead letters. */
const ofQueues = (metric: string): IMetric =>
  search('AWS/SQS', 'QueueName', `oneriver MetricName="${metric}"`, 'Maximum');

const graph = (title: string, ...left: IMetric[]): GraphWidget =>
  new GraphWidget({ title, left, width: HALF, height: 6, period: PERIOD, liveData: true });

const row = (title: string, ...widgets: IWidget[]): IWidget[][] => [
  [new TextWidget({ markdown: `## ${title}`, width: 2 * HALF, height: 1, background: undefined })],
  widgets,
];

/** The flow from top to bottom, as the stages are: what comes in, what became of it, what waits. */
const rows = (): IWidget[][] => [
  ...row(
    'In',
    graph('Requests refused, by the function', own('MetricName="refused" OR MetricName="overloaded"')),
    graph('Messages that wait, by queue', ofQueues('ApproximateNumberOfMessagesVisible')),
  ),
  ...row(
    'Waiting',
    graph('Age of the oldest message, by queue, s', ofQueues('ApproximateAgeOfOldestMessage')),
    graph('Age of the oldest clean record read, ms', ofFunctions('IteratorAge', 'Maximum')),
  ),
  ...row(
    'Events',
    graph('Events through clean and stitch, duplicates', own('MetricName="events" OR MetricName="duplicates"')),
    graph('Quarantine, by reason', search(metrics.namespace, 'reason,stage', 'MetricName="quarantined"')),
  ),
  ...row(
    'Persons',
    graph('Writes that lost a race', ofTables('ConditionalCheckFailedRequests'), ofTables('TransactionConflict')),
    graph('Request units', ofTables('ConsumedWriteCapacityUnits'), ofTables('ConsumedReadCapacityUnits')),
  ),
  ...row(
    'Campaigns',
    graph('Decisions and sends', own('MetricName="decisions" OR MetricName="sent"')),
    graph('Delay of decisions, s', own('MetricName="lag_seconds"', 'Maximum')),
  ),
  ...row(
    'Lake',
    graph(
      'Age of the oldest row that waits, s',
      search(
        'AWS/Firehose',
        'DeliveryStreamName',
        `${lake.prefix} MetricName="DeliveryToS3.DataFreshness" OR MetricName="DeliveryToIceberg.DataFreshness"`,
        'Maximum',
      ),
    ),
    graph('Spilled and waiting', own('MetricName="spilled" OR MetricName="waiting"')),
  ),
  ...row(
    'Functions',
    graph('Errors and throttles', ofFunctions('Errors'), ofFunctions('Throttles')),
    graph('Duration, p99, ms', ofFunctions('Duration', 'p99')),
  ),
];

export interface OperationsStackProps extends StackProps {
  readonly foundation: Foundation;
  /** Stacks whose alarms are shown. */
  readonly watched: readonly Stack[];
  readonly alarm_email: Deployment['alarm_email'];
  readonly monthly_budget_usd: Deployment['monthly_budget_usd'];
}

/** What an operator looks at: one dashboard with every alarm on it, how much is traced, and what it may cost. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, props);
    const { foundation, watched, alarm_email: email, monthly_budget_usd: usd } = props;
    if (foundation.offers.function_traces) this.#sample();
    if (usd !== undefined && email !== undefined) this.#watchCost(usd, email);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: this.#ownName(),
      periodOverride: PeriodOverride.INHERIT,
      defaultInterval: Duration.hours(24),
    });
    const alarms = watched.flatMap(alarmsOf);
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms, width: 2 * HALF, height: 4 }));
    for (const widgets of rows()) dashboard.addWidgets(...widgets);
    new CfnOutput(this, 'DashboardName', {
      value: this.#ownName(),
      description: 'CloudWatch dashboard of the deployment',
    });
  }

  /** Dashboards and budgets are the account's, not the region's: a deployment in a second region has its own. */
  #ownName(): string {
    return `oneriver-${this.region}`;
  }

  #sample(): void {
    new CfnSamplingRule(this, 'Sampling', {
      samplingRule: {
        ruleName: 'oneriver',
        priority: 1_000,
        version: 1,
        reservoirSize: TRACED_PER_SECOND,
        fixedRate: TRACED_SHARE,
        serviceName: 'oneriver-*',
        serviceType: '*',
        host: '*',
        httpMethod: '*',
        urlPath: '*',
        resourceArn: '*',
      },
    });
  }

  /** Told when most of the budget is spent, and when the month will probably end above it. */
  #watchCost(usd: number, email: string): void {
    const tell = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        threshold,
        thresholdType: 'PERCENTAGE',
        comparisonOperator: 'GREATER_THAN',
      },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: this.#ownName(),
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: usd, unit: 'USD' },
        costFilters: { TagKeyValue: ['user:application$oneriver'] },
      },
      notificationsWithSubscribers: [tell('ACTUAL', SPENT_PERCENT), tell('FORECASTED', 100)],
    });
  }
}
