import { describe, expect, it } from 'vitest';
import { CollectEnv } from '../../functions/collect/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const origins = ['https://shop.example.com', 'https://m.example.com'];
const KINDS = [
  ['behind a firewall', synthesise({ allowed_origins: origins, firewall: true }).template('collect')],
  ['without a firewall', synthesise({ allowed_origins: origins, firewall: false }).template('collect')],
] as const;

describe.each(KINDS)('collect %s', (kind, collect) => {
  environmentCase(collect, CollectEnv);

  it('lets exactly the origins of the deployment in', () => {
    collect.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALLOWED_ORIGINS: origins.join(',') } },
    });
  });

  it('lets only as many requests through as the topology says', () => {
    const { collect_requests_per_second: ThrottlingRateLimit, collect_burst: ThrottlingBurstLimit } = TOPOLOGY.limits;
    const limits = { ThrottlingRateLimit, ThrottlingBurstLimit };
    if (kind === 'without a firewall')
      return collect.hasResourceProperties('AWS::ApiGatewayV2::Stage', { DefaultRouteSettings: limits });
    return collect.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [{ ...limits, HttpMethod: '*', ResourcePath: '/*', DataTraceEnabled: false }],
    });
  });

  it('answers at its root as well, which an SDK probes before it sends anything', () => {
    if (kind === 'behind a firewall') {
      const methods = Object.values(collect.findResources('AWS::ApiGateway::Method')).map(
        ({ Properties }) => Properties,
      );
      const atRoot = methods.filter(({ ResourceId }) => JSON.stringify(ResourceId).includes('RootResourceId'));
      return expect(atRoot.map(({ HttpMethod }) => HttpMethod)).toEqual(['ANY']);
    }
    const routes = Object.values(collect.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
    expect(routes.map(({ RouteKey }) => RouteKey).toSorted()).toEqual(['ANY /', 'ANY /{proxy+}']);
    expect(new Set(routes.map(({ Target }) => JSON.stringify(Target))).size).toBe(1);
  });

  it('logs neither addresses nor paths nor queries', () => {
    const stages = ['AWS::ApiGatewayV2::Stage', 'AWS::ApiGateway::Stage'].flatMap((type) =>
      Object.values(collect.findResources(type)).map(({ Properties }) => Properties),
    );
    expect(stages).toHaveLength(1);
    const { Format } = stages[0]?.AccessLogSetting ?? stages[0]?.AccessLogSettings ?? {};
    expect(Object.values(JSON.parse(Format))).toContain('$context.status');
    expect(Format).not.toMatch(/sourceIp|userAgent|context\.path|querystring|identity|authorizer/i);
  });

  it('may put into the queue, spill, read sources, and nothing else', () => {
    const allowed = statements(collect).flatMap(actionsOf).toSorted();
    expect(allowed).toEqual([
      'dynamodb:GetItem',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:PutObject',
      'sqs:SendMessage',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });
});

describe('what platforms sign with', () => {
  it('is decrypted for the roles of those who take in and fetch, and refused to all others', () => {
    const keys = Object.values(synthesise().template('foundation').findResources('AWS::KMS::Key'));
    const denials = keys.flatMap(({ Properties }) =>
      Properties.KeyPolicy.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny'),
    );
    expect(denials).toEqual([
      expect.objectContaining({
        Action: 'kms:Decrypt',
        Principal: { AWS: '*' },
        Condition: {
          StringEquals: { 'kms:EncryptionContext:purpose': 'source-secret' },
          ArnNotLike: { 'aws:PrincipalArn': expect.anything() },
        },
      }),
    ]);
    const roles = JSON.stringify(denials[0]?.Condition.ArnNotLike);
    expect(roles).toContain(':role/oneriver-collect-*');
    expect(roles).toContain(':role/oneriver-connect-*');
  });
});
