import { Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { glueType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { rowsRelation } from '../../functions/lake/rows.ts';
import type { LakeTable as Description } from '../../schemas/lake.ts';

/** The first day that a partition can have; partitions are computed, never registered. */
const FIRST_DAY = '2025-01-01';

/** A table of rows in the Glue catalogue, with the columns of `schemas/lake.ts` and Parquet files by ingest day. */
export class LakeTable extends Construct {
  readonly table: CfnTable;
  /** Where the rows lie in the bucket, ending in a slash. */
  readonly prefix: string;

  constructor(scope: Construct, id: string, props: { table: Description; database: string; bucket: IBucket }) {
    super(scope, id);
    const { table, database, bucket } = props;
    this.prefix = `${table.name}/`;
    const location = bucket.s3UrlForObject(this.prefix);
    const day = PARTITION_COLUMN.name;
    this.table = new CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: database,
      tableInput: {
        name: rowsRelation(table.name),
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [{ name: day, type: glueType(PARTITION_COLUMN.type), comment: PARTITION_COLUMN.comment }],
        parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          [`projection.${day}.type`]: 'date',
          [`projection.${day}.format`]: 'yyyy-MM-dd',
          [`projection.${day}.range`]: `${FIRST_DAY},NOW+1DAYS`,
          'storage.location.template': `${location}${day}=\${${day}}/`,
        },
        storageDescriptor: {
          location,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          columns: table.columns.map(({ name, type, comment }) => ({ name, type: glueType(type), comment })),
        },
      },
    });
  }
}
