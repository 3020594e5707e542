import { describe, expect, it } from 'vitest';
import { duckdbType } from '../../functions/lake/column-types.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { viewColumns } from '../../infra/constructs/lake-view.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { query as answer } from '../support/lake-views.ts';
import { synthesise } from '../support/templates.ts';

const lake = synthesise().template('lake');
const all = (type: string) => Object.values(lake.findResources(type)).map(({ Properties }) => Properties);
const inputs = all('AWS::Glue::Table').map(({ TableInput }) => TableInput);

describe('the lake', () => {
  it.each(LAKE_TABLES)('has the columns of $name in the catalogue, by ingest day', (table) => {
    const input = inputs.find(({ Name }) => Name === `${table.name}_rows`);
    expect(input.StorageDescriptor.Columns.map(({ Name }: { Name: string }) => Name)).toEqual(
      table.columns.map(({ name }) => name),
    );
    expect(input.PartitionKeys).toEqual([expect.objectContaining({ Name: 'ingest_day', Type: 'string' })]);
  });

  it.each(LAKE_TABLES)('writes $name as Parquet, encrypted, buffered as the topology says', ({ name }) => {
    const stream = all('AWS::KinesisFirehose::DeliveryStream').find(
      ({ DeliveryStreamName }) => DeliveryStreamName === `oneriver-${name}`,
    );
    const { lake: buffer } = TOPOLOGY;
    expect(stream.DeliveryStreamEncryptionConfigurationInput.KeyType).toBe('CUSTOMER_MANAGED_CMK');
    expect(stream.ExtendedS3DestinationConfiguration).toMatchObject({
      Prefix: `${name}/ingest_day=!{timestamp:yyyy-MM-dd}/`,
      BufferingHints: { IntervalInSeconds: buffer.buffer_seconds, SizeInMBs: buffer.buffer_mib },
      EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: expect.anything() } },
      DataFormatConversionConfiguration: {
        Enabled: true,
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'SNAPPY' } } },
      },
    });
  });

  it.each(LAKE_TABLES)('forgets $name after its retention', ({ name, retention_days }) => {
    const [bucket] = all('AWS::S3::Bucket');
    expect(bucket.LifecycleConfiguration.Rules).toContainEqual({
      ExpirationInDays: retention_days,
      Prefix: `${name}/`,
      Status: 'Enabled',
    });
  });

  it('bounds what a query may scan, and encrypts its results', () => {
    expect(all('AWS::Athena::WorkGroup')).toEqual([
      expect.objectContaining({
        WorkGroupConfiguration: expect.objectContaining({
          EnforceWorkGroupConfiguration: true,
          BytesScannedCutoffPerQuery: TOPOLOGY.limits.sql_scan_bytes,
          ResultConfiguration: expect.objectContaining({
            EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: expect.anything() },
          }),
        }),
      }),
    ]);
  });

  it.each(lakeViews('at_least_once'))('has the view $name, and the statement that makes it', ({ name, sql }) => {
    const view = inputs.find((input) => input.Name === name);
    const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText) ?? [];
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
      originalSql: sql,
      catalog: 'awsdatacatalog',
      schema: 'oneriver',
      columns: viewColumns(name).map((column) => ({ name: column.name, type: column.type })),
    });
    const query = all('AWS::Athena::NamedQuery').find((found) => found.Name === `view ${name}`);
    expect(query.QueryString).toBe(`CREATE OR REPLACE VIEW ${name} AS\n${sql}`);
  });

  // Athena refuses a view as stale where one column has another name, place or type than its query gives.
  it.each(lakeViews('at_least_once'))('describes the view $name as its query answers', async ({ name }) => {
    const described = await answer({}, `DESCRIBE SELECT * FROM ${name}`);
    expect(described.map(([column, type]) => [column, type])).toEqual(
      viewColumns(name).map((column) => [column.name, duckdbType(column.type)]),
    );
  });
});
