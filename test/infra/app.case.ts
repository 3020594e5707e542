import { describe, expect, it } from 'vitest';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { actionsOf, statements, synthesise } from '../support/templates.ts';

const { template, names } = synthesise();
const templates = names.map((name) => [name, template(name)] as const);
const resources = (type: string) =>
  templates.flatMap(([, found]) => Object.values(found.findResources(type)).map(({ Properties }) => Properties));

describe('every stack', () => {
  it.each(templates)('%s names no partition, account or region', (_, found) => {
    expect(JSON.stringify(found.toJSON())).not.toMatch(/arn:aws[a-z-]*:|\b[a-z]{2}-[a-z]+-\d\b|"\d{12}"/);
  });

  it.each(templates)('%s permits no wildcard action', (_, found) => {
    expect(
      statements(found)
        .flatMap(actionsOf)
        .filter((action) => action.includes('*')),
    ).toEqual([]);
  });

  it.each(templates)('%s permits only X-Ray on every resource', (_, found) => {
    const open = statements(found).filter(({ Resource }) => Resource === '*');
    expect(new Set(open.flatMap(actionsOf))).toEqual(
      new Set(open.length > 0 ? ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'] : []),
    );
  });

  it.each(templates)('%s attaches no managed policy but the one that API Gateway insists on', (_, found) => {
    const attached = Object.values(found.findResources('AWS::IAM::Role')).flatMap(
      ({ Properties }) => Properties.ManagedPolicyArns ?? [],
    );
    for (const arn of attached) expect(JSON.stringify(arn)).toContain('/AmazonAPIGatewayPushToCloudWatchLogs"');
  });

  it("can stand in a second region of the account: what is the account's is named after the region", () => {
    const { template: own, names: all } = synthesise({ monthly_budget_usd: 100, alarm_email: 'ops@example.com' });
    const given = all.flatMap((name) =>
      Object.values<{ Properties?: Record<string, unknown> }>(own(name).toJSON().Resources).flatMap(
        ({ Properties: { RoleName, DashboardName, Budget } = {} }) =>
          [RoleName, DashboardName, Reflect.get(Object(Budget), 'BudgetName')].filter(Boolean),
      ),
    );
    expect(given).toHaveLength(3);
    for (const name of given) expect(JSON.stringify(name)).toContain('{"Ref":"AWS::Region"}');
  });

  it.each(templates)('%s keeps its data when it goes', (_, found) => {
    const data = [
      'AWS::DynamoDB::Table',
      'AWS::Kinesis::Stream',
      'AWS::S3::Bucket',
      'AWS::KMS::Key',
      'AWS::SQS::Queue',
    ];
    for (const type of data) {
      for (const [id, resource] of Object.entries(found.findResources(type))) {
        expect({ id, policy: resource.DeletionPolicy }).toEqual({ id, policy: expect.stringMatching(/^Retain/) });
      }
    }
  });
});

describe('functions', () => {
  const functions = resources('AWS::Lambda::Function');

  it('are the nine stages, on Node 24, arm64, with logs of their own', () => {
    expect(
      functions.map(({ Runtime, Architectures, Handler }) => ({
        Runtime,
        Architectures,
        Handler,
      })),
    ).toEqual(Array(9).fill({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' }));
    expect(functions.map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref)).not.toContain(undefined);
  });

  it.each([
    [true, ['collect', 'serve']],
    [false, ['serve']],
  ])(
    'decide on traces themselves only where few call them, or a REST API has decided (firewall: %s)',
    (firewall, expected) => {
      const { template: own } = synthesise({ firewall });
      const traced = names.filter((name) =>
        Object.values(own(name).findResources('AWS::Lambda::Function')).some(
          ({ Properties }) => Properties.TracingConfig.Mode === 'Active',
        ),
      );
      expect(traced.toSorted()).toEqual(expected);
    },
  );

  it('each have a role that no other has', () => {
    const roles = functions.map(({ Role }) => Role['Fn::GetAtt'][0]);
    expect(roles).toHaveLength(9);
    for (const [, found] of templates) {
      const own = Object.values(found.findResources('AWS::Lambda::Function'));
      expect(own.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('stores', () => {
  it('encrypts each table with our key, restorable, protected', () => {
    const tables = resources('AWS::DynamoDB::Table');
    expect(tables).toHaveLength(5);
    for (const table of tables) {
      expect(table).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: expect.anything() },
      });
    }
  });

  it('encrypts each stream with our key', () => {
    const streams = resources('AWS::Kinesis::Stream');
    expect(streams).toHaveLength(1);
    for (const stream of streams) {
      expect(stream.StreamEncryption).toEqual({ EncryptionType: 'KMS', KeyId: expect.anything() });
    }
  });

  it('closes each bucket to the public', () => {
    const buckets = resources('AWS::S3::Bucket');
    expect(buckets).toHaveLength(4);
    for (const bucket of buckets) {
      expect(Object.values(bucket.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(bucket.BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
    }
  });

  it('takes only TLS on each bucket, topic and queue', () => {
    const policies = ['AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'].flatMap(resources);
    const refuses = policies.filter(({ PolicyDocument }) =>
      PolicyDocument.Statement.some(
        (statement: { Effect: string; Condition?: { Bool?: Record<string, string> } }) =>
          statement.Effect === 'Deny' && statement.Condition?.Bool?.['aws:SecureTransport'] === 'false',
      ),
    );
    expect(policies).toHaveLength(10);
    expect(refuses).toHaveLength(10);
  });

  it('rotates each key', () => {
    const rotated = expect.objectContaining({ EnableKeyRotation: true });
    expect(resources('AWS::KMS::Key')).toEqual([rotated, rotated]);
  });

  it('keeps logs for a month', () => {
    const groups = resources('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays);
    expect(groups).toEqual(Array(12 + LAKE_TABLES.length).fill(30));
  });
});
