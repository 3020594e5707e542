import { describe, expect, it } from 'vitest';
import { rowsView } from '../../functions/lake/history.ts';
import { namedQueries } from '../../functions/lake/named-queries.ts';
import { isStackRequest, readTask } from '../../functions/lake/task.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { loadDefinitions } from '../../functions/shared/definitions.ts';
import { DEFAULT_RETENTION, LAKE_RETENTION } from '../../functions/shared/retention.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { viewColumns } from '../../infra/constructs/lake-view.ts';
import { LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import { DEPLOYMENT, statements, synthesise } from '../support/templates.ts';

const lake = synthesise().template('lake');
const all = (type: string) => Object.values(lake.findResources(type)).map(({ Properties }) => Properties);
const inputs = all('AWS::Glue::Table').map(({ TableInput }) => TableInput);
const { Rules: rules } = all('AWS::S3::Bucket')[0].LifecycleConfiguration;
const stream = (name: string) =>
  all('AWS::KinesisFirehose::DeliveryStream').find(
    ({ DeliveryStreamName }) => DeliveryStreamName === `oneriver-${name}`,
  );

describe('what has landed', () => {
  it.each(LAKE_TABLES)('of $name has its columns in the catalogue, by ingest day', (table) => {
    const input = inputs.find(({ Name }) => Name === `${table.name}_landing`);
    expect(input.StorageDescriptor.Columns.map(({ Name, Comment }: Record<string, string>) => [Name, Comment])).toEqual(
      table.columns.map(({ name, comment }) => [name, comment]),
    );
    expect(input.PartitionKeys).toEqual([expect.objectContaining({ Name: 'ingest_day', Type: 'string' })]);
    expect(input.Parameters['projection.ingest_day.range']).toBe('NOW-30DAYS,NOW+1DAYS');
  });

  it.each(LAKE_TABLES)('of $name is Parquet, encrypted', ({ name }) => {
    const { DeliveryStreamEncryptionConfigurationInput, ExtendedS3DestinationConfiguration } = stream(name);
    expect(DeliveryStreamEncryptionConfigurationInput.KeyType).toBe('CUSTOMER_MANAGED_CMK');
    expect(ExtendedS3DestinationConfiguration).toMatchObject({
      Prefix: `landing/${name}/ingest_day=!{timestamp:yyyy-MM-dd}/`,
      EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: expect.anything() } },
      DataFormatConversionConfiguration: {
        Enabled: true,
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'SNAPPY' } } },
      },
    });
  });

  it('is written as soon as the size of the deployment says, where somebody reads it at once', () => {
    const seconds = (template: ReturnType<ReturnType<typeof synthesise>['template']>, name: string) =>
      Object.values(template.findResources('AWS::KinesisFirehose::DeliveryStream')).find(
        ({ Properties }) => Properties.DeliveryStreamName === `oneriver-${name}`,
      )?.Properties.ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds;
    const large = synthesise({ size: 'large' }).template('lake');
    expect(['events', 'audit', 'profiles'].map((name) => seconds(large, name))).toEqual([60, 60, 300]);
    expect(['events', 'audit', 'profiles'].map((name) => seconds(lake, name))).toEqual([300, 300, 300]);
  });

  it('is known to the catalogue before anything is delivered', () => {
    const streams = Object.values(lake.findResources('AWS::KinesisFirehose::DeliveryStream'));
    const converting = streams.filter(({ Properties }) => Properties.DeliveryStreamName !== 'oneriver-raw');
    const tables = lake.findResources('AWS::Glue::Table');
    for (const { Properties } of converting) {
      const { SchemaConfiguration } = Properties.ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration;
      const table = tables[SchemaConfiguration.TableName.Ref];
      expect(table?.DependsOn).toContain(Object.keys(lake.findResources('AWS::Glue::Database'))[0]);
    }
    expect(converting).toHaveLength(LAKE_TABLES.length);
  });
});

describe('the bucket', () => {
  const expiry = Object.fromEntries(
    rules.flatMap(({ Prefix, ExpirationInDays }: Record<string, unknown>) =>
      Prefix ? [[Prefix, ExpirationInDays]] : [],
    ),
  );

  it('lets expire what nobody deletes', () => {
    const { failures, raw, query_results } = DEFAULT_RETENTION;
    expect(expiry).toEqual({
      'landing/': 30,
      'merged/': 60,
      'undelivered/': failures,
      'raw/': raw,
      'query-results/': query_results,
    });
  });

  it('lets nothing expire that Iceberg counts on, and keeps no version of what was deleted', () => {
    expect(Object.keys(expiry).filter((prefix) => 'tables/events/'.startsWith(prefix))).toEqual([]);
    expect(all('AWS::S3::Bucket')[0].VersioningConfiguration).toBeUndefined();
  });

  it('follows the retention of the deployment', () => {
    const retention = { ...DEPLOYMENT.retention, raw: 3, events: 10 };
    const own = synthesise({ retention }).template('lake');
    const [bucket] = Object.values(own.findResources('AWS::S3::Bucket'));
    expect(bucket?.Properties.LifecycleConfiguration.Rules).toContainEqual(
      expect.objectContaining({ Prefix: 'raw/', ExpirationInDays: 3 }),
    );
    const tasks = Object.values(own.findResources('AWS::Scheduler::Schedule')).map(
      ({ Properties }) => Properties.Target.Input,
    );
    expect(tasks).toContain(JSON.stringify({ task: 'upkeep', table: 'events', retention_days: 10 }));
  });
});

it('says by when somebody who is erased is gone', () => {
  expect(lake.toJSON().Outputs.DeletionDeadlineDays.Value).toBe(String(DEFAULT_RETENTION.failures));
});

describe('the upkeep', () => {
  const schedules = all('AWS::Scheduler::Schedule');

  it.each(LAKE_TABLES)('merges $name each hour and keeps it up each day, as its function reads it', ({ name }) => {
    const own = schedules.map(({ ScheduleExpression, Target }) => ({
      when: ScheduleExpression,
      task: readTask(JSON.parse(Target.Input)),
    }));
    expect(own.filter(({ task }) => task.table === name)).toEqual([
      { when: 'rate(1 hour)', task: { task: 'merge', table: name } },
      {
        when: 'cron(30 2 * * ? *)',
        task: { task: 'upkeep', table: name, retention_days: DEFAULT_RETENTION[LAKE_RETENTION[name as LakeTableName]] },
      },
    ]);
  });

  it('is begun by a role that can do nothing else', () => {
    const roles = new Set(schedules.map(({ Target }) => JSON.stringify(Target.RoleArn)));
    expect(roles.size).toBe(1);
    const [policy] = all('AWS::IAM::Policy').filter(({ Roles }) => JSON.stringify(Roles).includes('ScheduleRole'));
    expect(policy.PolicyDocument.Statement).toEqual([
      { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: expect.anything() },
    ]);
  });

  it('makes the tables while the stack is deployed, once it may', () => {
    const [tables] = Object.values(lake.findResources('Custom::LakeTables'));
    expect(
      isStackRequest({
        RequestType: 'Create',
        ResponseURL: 'https://a',
        StackId: '',
        RequestId: '',
        LogicalResourceId: '',
      }),
    ).toBe(true);
    expect(tables?.Properties).toMatchObject({
      ServiceTimeout: '900',
      Description: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const waitsFor = tables?.DependsOn.map((id: string) => lake.toJSON().Resources[id].Type);
    expect(waitsFor).toEqual(
      expect.arrayContaining(['AWS::Athena::WorkGroup', 'AWS::Glue::Database', 'AWS::IAM::Policy', 'AWS::IAM::Role']),
    );
  });

  it('may delete files of the tables, without which VACUUM says that it did and does not', () => {
    const may = statements(lake).filter(({ Action }) => JSON.stringify(Action).includes('s3:DeleteObject'));
    expect(may.map(({ Resource }) => JSON.stringify(Resource)).join()).toMatch(/\/landing\/\*.*\/tables\/\*/);
  });
});

describe('the archive', () => {
  it('takes raw records as they are, encrypted on the way, zipped, by day', () => {
    const { DeliveryStreamType, DeliveryStreamEncryptionConfigurationInput, ExtendedS3DestinationConfiguration } =
      stream('raw');
    expect(DeliveryStreamType).toBe('DirectPut');
    expect(DeliveryStreamEncryptionConfigurationInput).toEqual({
      KeyType: 'CUSTOMER_MANAGED_CMK',
      KeyARN: { 'Fn::ImportValue': expect.stringMatching(/foundation.*Key/) },
    });
    expect(ExtendedS3DestinationConfiguration).toMatchObject({
      Prefix: 'raw/ingest_day=!{timestamp:yyyy-MM-dd}/',
      CompressionFormat: 'GZIP',
    });
    // Nothing between records, and nothing that would change them: each says itself where it ends.
    expect(ExtendedS3DestinationConfiguration.ProcessingConfiguration).toBeUndefined();
    expect(ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration).toBeUndefined();
  });

  it('is fed by clean, and by what drains its spill, under the name that both know', () => {
    const names = ['clean', 'redrive'] as const;
    for (const name of names) {
      synthesise()
        .template(name)
        .hasResourceProperties('AWS::Lambda::Function', {
          Environment: { Variables: { ARCHIVE_STREAM: 'oneriver-raw' } },
        });
    }
    expect(stream('raw').DeliveryStreamName).toBe('oneriver-raw');
  });
});

describe('questions', () => {
  const groups = new Map(all('AWS::Athena::WorkGroup').map((group) => [group.Name, group.WorkGroupConfiguration]));
  const { sql_scan_bytes, analyst_scan_bytes, upkeep_scan_bytes } = TOPOLOGY.limits;

  it.each([
    ['oneriver-api', sql_scan_bytes],
    ['oneriver-analyst', analyst_scan_bytes],
    ['oneriver-upkeep', upkeep_scan_bytes],
  ])('in %s may scan %d bytes, and their results are encrypted and apart', (name, bytes) => {
    expect(groups.get(name)).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: bytes,
      ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: expect.anything() } },
    });
    expect(JSON.stringify(groups.get(name).ResultConfiguration.OutputLocation)).toContain(`/query-results/${name}/`);
    expect(groups.size).toBe(3);
  });

  it.each([...LAKE_TABLES.map(rowsView), ...lakeViews('at_least_once')])(
    'find the view $name, and the statement that makes it',
    ({ name, sql, comment }) => {
      const view = inputs.find((input) => input.Name === name);
      const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText) ?? [];
      expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
        originalSql: sql,
        catalog: 'awsdatacatalog',
        schema: 'oneriver',
        columns: viewColumns(name).map((column) => ({ name: column.name, type: column.type })),
      });
      expect(view.Description).toBe(comment);
      const query = all('AWS::Athena::NamedQuery').find((found) => found.Name === `view ${name}`);
      expect(query).toMatchObject({
        WorkGroup: 'oneriver-upkeep',
        QueryString: `CREATE OR REPLACE VIEW ${name} AS\n${sql}`,
      });
    },
  );

  it('that are always asked are there for analysts, and nothing else is', () => {
    const theirs = all('AWS::Athena::NamedQuery').filter(({ WorkGroup }) => WorkGroup === 'oneriver-analyst');
    expect(theirs.map(({ Name, QueryString }) => [Name, QueryString])).toEqual(
      namedQueries(loadDefinitions().tags.map(({ id }) => id)).map(({ name, sql }) => [name, sql]),
    );
  });

  it('are asked by a role that reads the lake, and through its key nothing but the lake', () => {
    const [role] = all('AWS::IAM::Role').filter(({ RoleName }) => JSON.stringify(RoleName ?? '').includes('analyst'));
    expect(role.AssumeRolePolicyDocument.Statement).toHaveLength(1);
    const [policy] = all('AWS::IAM::Policy').filter(({ Roles }) => JSON.stringify(Roles).includes('Analyst'));
    const text = JSON.stringify(policy.PolicyDocument);
    expect(text).not.toMatch(/DeleteObject|UpdateTable|CreateTable|\/raw\/|\/undelivered\//);
    const [key] = policy.PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
      JSON.stringify(Action).includes('kms:'),
    );
    expect(key.Condition).toEqual({
      StringLike: { 'kms:ViaService': { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.*']] } },
    });
  });
});
