import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../infra/deployment.ts';
import { synthesise } from '../support/templates.ts';

const { template, names } = synthesise();
const operations = template('operations');

/** The dashboard's body with every reference as its own text. */
function dashboard(): string {
  const [found] = Object.values(operations.findResources('AWS::CloudWatch::Dashboard'));
  return JSON.stringify(found?.Properties.DashboardBody);
}

const read = (settings: Record<string, unknown>) => readDeployment((key) => settings[key], {});

describe('operations', () => {
  it('shows every alarm of every stack on one dashboard', () => {
    const alarms = names.flatMap((name) => Object.keys(template(name).findResources('AWS::CloudWatch::Alarm')));
    expect(alarms.length).toBeGreaterThan(30);
    const body = dashboard();
    const shown = alarms.filter((id) => body.includes(id));
    expect(alarms.filter((id) => !shown.includes(id))).toEqual([]);
  });

  it('graphs the quarantine by reason, what waits in queues, streams and spill, lost races and delays of decisions', () => {
    const body = dashboard();
    for (const part of [
      '{Oneriver,reason,stage} MetricName=',
      'IteratorAge',
      '{AWS/SQS,QueueName} oneriver MetricName=',
      'ApproximateNumberOfMessagesVisible',
      'ApproximateAgeOfOldestMessage',
      'ConditionalCheckFailedRequests',
      'lag_seconds',
      'spilled',
      'DataFreshness',
    ]) {
      expect(body).toContain(part);
    }
  });

  it('traces one request in a hundred, where functions can be traced at all', () => {
    operations.hasResourceProperties('AWS::XRay::SamplingRule', {
      SamplingRule: Match.objectLike({ ReservoirSize: 0, FixedRate: 0.01 }),
    });
    const china = synthesise({ profile: 'china' });
    china.template('operations').resourceCountIs('AWS::XRay::SamplingRule', 0);
    // Without the rule, API Gateway would trace by X-Ray's own: the first of each second, and one in twenty.
    china.template('collect').hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: false });
  });

  it('watches a budget when one is set, and tells when most of it is spent and when it will not do', () => {
    operations.resourceCountIs('AWS::Budgets::Budget', 0);
    const deployment = { monthly_budget_usd: 200, alarm_email: 'ops@example.com' };
    synthesise(deployment)
      .template('operations')
      .hasResourceProperties('AWS::Budgets::Budget', {
        Budget: Match.objectLike({ BudgetLimit: { Amount: 200, Unit: 'USD' }, TimeUnit: 'MONTHLY' }),
        NotificationsWithSubscribers: [
          Match.objectLike({ Notification: Match.objectLike({ NotificationType: 'ACTUAL', Threshold: 80 }) }),
          Match.objectLike({ Notification: Match.objectLike({ NotificationType: 'FORECASTED', Threshold: 100 }) }),
        ],
      });
    expect(read({ ...deployment, monthly_budget_usd: '200' }).monthly_budget_usd).toBe(200);
    expect(() => read({ monthly_budget_usd: '200' })).toThrow('needs "alarm_email"');
    expect(() => read({ ...deployment, profile: 'china' })).toThrow('not for the profile china');
    expect(() => read({ ...deployment, monthly_budget_usd: '0' })).toThrow(/"monthly_budget_usd" is 0/);
  });
});
