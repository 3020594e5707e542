import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FireEnv } from '../../functions/fire/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const fire = synthesise().template('fire');
const folder = new URL('../../schemas/campaigns/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const rules = Object.values(fire.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);

describe('fire', () => {
  environmentCase(fire, FireEnv);

  it.each(files)('has exactly one rule for %s', (file) => {
    const { id } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    const own = rules.filter(({ EventPattern }) => EventPattern.detail.campaign.includes(id));
    expect(own.map(({ EventPattern }) => EventPattern)).toEqual([
      { source: [TOPOLOGY.bus.source], 'detail-type': [TOPOLOGY.bus.campaign_triggered], detail: { campaign: [id] } },
    ]);
  });

  it('has no rule without a campaign file, and a dead letter queue with each', () => {
    expect(rules).toHaveLength(files.length);
    for (const { Targets } of rules) {
      expect(Targets).toEqual([
        expect.objectContaining({
          DeadLetterConfig: { Arn: expect.anything() },
          RetryPolicy: { MaximumRetryAttempts: 20, MaximumEventAgeInSeconds: 6 * 3600 },
        }),
      ]);
    }
  });

  it('bounds the retries of invocations, and keeps what failed', () => {
    fire.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 6 * 3600,
    });
  });

  it('may lend the timer role to Scheduler alone, and create timers in its group alone', () => {
    const [pass] = statements(fire).filter((statement) => actionsOf(statement).includes('iam:PassRole'));
    expect(pass).toMatchObject({ Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } } });
    const [create] = statements(fire).filter((statement) => actionsOf(statement).includes('scheduler:CreateSchedule'));
    expect(JSON.stringify(create?.Resource)).toContain(`:schedule/${TOPOLOGY.timers.group}/*`);
    fire.hasResourceProperties('AWS::Scheduler::ScheduleGroup', { Name: TOPOLOGY.timers.group });
  });

  it('forgets messages of the outbox', () => {
    fire.hasResourceProperties('AWS::DynamoDB::Table', {
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    });
  });

  it('gives the function the webhook of the deployment, its secret wrapped', () => {
    const webhook = { url: 'https://hooks.example.com/oneriver', wrapped_secret: 'd3JhcHBlZA==' };
    synthesise({ webhook })
      .template('fire')
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: { WEBHOOK_URL: webhook.url, WEBHOOK_WRAPPED_SECRET: webhook.wrapped_secret } },
      });
  });
});
