import { Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { glueType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { landingRelation } from '../../functions/lake/history.ts';
import { landedPrefix } from '../../functions/lake/prefixes.ts';
import type { LakeTable as Description } from '../../schemas/lake.ts';
import { LANDED_DAYS } from './lake-bucket.ts';

/**
 * What has landed of a table, in the Glue catalogue: Parquet files by the day that Firehose took them. Days are computed, never
 * registered, and a query looks at no more of them than can have files.
 */
export class LakeTable extends Construct {
  readonly table: CfnTable;
  /** The table's own name, as in `schemas/lake.ts`. */
  readonly name: string;
  /** Where the files lie in the bucket, ending in a slash. */
  readonly prefix: string;

  constructor(scope: Construct, id: string, props: { table: Description; database: string; bucket: IBucket }) {
    super(scope, id);
    const { table, database, bucket } = props;
    this.name = table.name;
    this.prefix = landedPrefix(table.name);
    const location = bucket.s3UrlForObject(this.prefix);
    const day = PARTITION_COLUMN.name;
    this.table = new CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: database,
      tableInput: {
        name: landingRelation(table.name),
        description: `${table.comment}; what has landed and is on its way into history`,
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: [{ name: day, type: glueType(PARTITION_COLUMN.type), comment: PARTITION_COLUMN.comment }],
        parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          [`projection.${day}.type`]: 'date',
          [`projection.${day}.format`]: 'yyyy-MM-dd',
          [`projection.${day}.range`]: `NOW-${LANDED_DAYS}DAYS,NOW+1DAYS`,
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
