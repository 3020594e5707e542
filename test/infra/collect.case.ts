import { describe, expect, it } from 'vitest';
import { CollectEnv } from '../../functions/collect/env.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { environmentCase } from '../support/environment-case.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const origins = ['https://shop.example.com', 'https://m.example.com'];
const collect = synthesise({ allowed_origins: origins }).template('collect');

describe('collect', () => {
  environmentCase(collect, CollectEnv);

  it('has the raw stream of the topology', () => {
    const { shards, retention_hours } = TOPOLOGY.streams.raw;
    collect.hasResourceProperties('AWS::Kinesis::Stream', {
      ShardCount: shards,
      RetentionPeriodHours: retention_hours,
    });
  });

  it('lets exactly the origins of the deployment in', () => {
    collect.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALLOWED_ORIGINS: origins.join(',') } },
    });
  });

  it('lets only as many requests through as the topology says', () => {
    const { collect_requests_per_second: rate, collect_burst: burst } = TOPOLOGY.limits;
    collect.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
    });
  });

  it('logs neither addresses nor queries', () => {
    const [stage] = Object.values(collect.findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage?.Properties.AccessLogSettings.Format).not.toMatch(/sourceIp|userAgent|context\.path|querystring/i);
  });

  it('may put on the stream, read sources, and nothing else', () => {
    const allowed = statements(collect).flatMap(actionsOf).toSorted();
    expect(allowed).toEqual([
      'dynamodb:GetItem',
      'kinesis:PutRecord',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });
});
