import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as Target } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { flow, oneriverApp } from '../../infra/app.ts';
import type { Deployment } from '../../infra/deployment.ts';
import { DEPLOYMENT, synthesise } from '../support/templates.ts';

/** Everything that a company can turn on, and everything that it can turn off. */
const certificate_arn = 'arn:aws:acm:eu-central-1:111122223333:certificate/x';
const KINDS: readonly (readonly [string, Partial<Deployment>])[] = [
  [
    'with every option',
    {
      alarm_email: 'ops@example.com',
      allowed_origins: ['https://shop.example.com'],
      oidc: { issuer: 'https://login.example.com', audience: ['oneriver'] },
      webhook: { url: 'https://hooks.example.com', wrapped_secret: 'd3JhcHBlZA==' },
      collect_domain: { name: 'c.example.com', certificate_arn, hosted_zone: { id: 'Z1', name: 'example.com' } },
      api_domain: { name: 'a.example.com', certificate_arn },
      size: 'large',
    },
  ],
  ['without a firewall', { firewall: false }],
  ['in China', { profile: 'china', size: 'large' }],
  ['in China without a firewall', { profile: 'china', firewall: false }],
];

const added: readonly (readonly [string, string, (stack: Stack) => void])[] = [
  ['AwsSolutions', 'AwsSolutions-S1', (stack) => void new Bucket(stack, 'Open')],
  [
    'Serverless',
    'Serverless-EventBusDLQ',
    (stack) => {
      const code = Code.fromInline('exports.handler = () => {};');
      const lambda = new LambdaFunction(stack, 'Extra', {
        runtime: Runtime.NODEJS_LATEST,
        handler: 'index.handler',
        code,
      });
      new Rule(stack, 'Rule', { schedule: Schedule.rate(Duration.hours(1)), targets: [new Target(lambda)] });
    },
  ],
];

describe('the checks of cdk-nag', () => {
  it.each(KINDS)('find nothing that is open in a deployment %s', (_, deployment) => {
    expect(() => synthesise(deployment)).not.toThrow();
  });

  it.each(added)('of %s stop the synthesis when something is open that nobody gave a reason for', (_, rule, add) => {
    const outdir = mkdtempSync(join(tmpdir(), 'oneriver-synth-'));
    const app = oneriverApp(outdir);
    add(flow(app, DEPLOYMENT).foundation);
    expect(() => app.synth()).toThrow(rule);
    rmSync(outdir, { recursive: true });
  });

  it('were answered with a reason each, in a sentence', () => {
    const app = oneriverApp();
    flow(app, DEPLOYMENT);
    const reasons = app.node
      .findAll()
      .flatMap(({ node }) =>
        node.metadata
          .filter(({ type }) => type.includes('acknowledged'))
          .flatMap(({ data }) => Object.entries<string>(data)),
      );
    expect(reasons.length).toBeGreaterThan(20);
    for (const [rule, reason] of reasons) {
      expect(rule).toMatch(/(?:AwsSolutions|Serverless)-/);
      expect(reason).toMatch(/^[A-Z].{15,}\.$/);
    }
  });
});
