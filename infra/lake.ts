import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { rowsRelation } from '../functions/lake/rows.ts';
import { lakeViews } from '../functions/lake/views.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { LAKE_TABLES, type LakeTableName } from '../schemas/lake.ts';
import { classificationOf, erasureColumns } from '../schemas/lake-table.ts';
import type { Foundation } from './constructs/foundation.ts';
import { LakeDelivery } from './constructs/lake-delivery.ts';
import { LakeTable } from './constructs/lake-table.ts';
import { LakeView } from './constructs/lake-view.ts';
import { declareStore, type StoreDeclaration, worstOf } from './constructs/store.ts';

const DATABASE = 'oneriver';
const RESULT_RETENTION_DAYS = 7;
const UNDELIVERED_RETENTION_DAYS = 90;

/** Where events come to rest: files by day, a catalogue that gives them columns, and SQL over them. */
export class LakeStack extends Stack {
  readonly bucket: Bucket;
  readonly workgroup: CfnWorkGroup;
  readonly database = DATABASE;
  /** Name that every delivery stream begins with; what the functions know as LAKE_PREFIX. */
  readonly prefix = TOPOLOGY.lake.prefix;
  readonly resultPrefix = 'query-results/';
  readonly #deliveries = new Map<string, LakeDelivery>();

  constructor(scope: Construct, id: string, props: StackProps & { readonly foundation: Foundation }) {
    super(scope, id, props);
    const { foundation } = props;
    this.bucket = this.#lakeBucket(foundation);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: DATABASE, description: 'Oneriver: events, persons and decisions' },
    });
    this.workgroup = this.#sqlWorkgroup(foundation);
    for (const table of LAKE_TABLES) {
      const lakeTable = new LakeTable(this, `Table-${table.name}`, { table, database: DATABASE, bucket: this.bucket });
      lakeTable.table.addResourceDependency(database);
      const delivery = new LakeDelivery(this, `Delivery-${table.name}`, {
        name: `${this.prefix}-${table.name}`,
        lakeTable,
        database: DATABASE,
        bucket: this.bucket,
        key: foundation.key,
        alarmTopic: foundation.alarmTopic,
      });
      this.#deliveries.set(table.name, delivery);
    }
    for (const view of lakeViews('at_least_once')) {
      const made = new LakeView(this, `View-${view.name}`, {
        view,
        database: DATABASE,
        catalog: this.account,
        workgroup: this.workgroup,
      });
      made.view.addResourceDependency(database);
    }
  }

  /** ARNs of the delivery streams of some tables, to permit a stage to write to exactly those. */
  deliveryArns(...tables: readonly LakeTableName[]): string[] {
    return tables.flatMap((table) => this.#deliveries.get(table)?.arn ?? []);
  }

  /** Names of the tables in the catalogue. */
  get tableNames(): string[] {
    return LAKE_TABLES.map(({ name }) => rowsRelation(name));
  }

  #lakeBucket({ key, accessLogs }: Foundation): Bucket {
    const expire = (prefix: string, days: number): LifecycleRule => ({ prefix, expiration: Duration.days(days) });
    const bucket = new Bucket(this, 'Lake', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'lake/',
      lifecycleRules: [
        ...LAKE_TABLES.map((table) => expire(`${table.name}/`, table.retention_days)),
        expire('undelivered/', UNDELIVERED_RETENTION_DAYS),
        expire(this.resultPrefix, RESULT_RETENTION_DAYS),
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const rows = LAKE_TABLES.map((table) => [`${table.name}/`, rowsOf(table)]);
    return declareStore(bucket, {
      prefixes: {
        ...Object.fromEntries(rows),
        'undelivered/': {
          holds: 'rows that Firehose could not write',
          pii: 'personal',
          retention: { days: UNDELIVERED_RETENTION_DAYS },
          erasure: 'expires',
        },
        [this.resultPrefix]: {
          holds: 'results of queries',
          pii: 'personal',
          retention: { days: RESULT_RETENTION_DAYS },
          erasure: 'expires',
        },
      },
    });
  }

  #sqlWorkgroup({ key }: Foundation): CfnWorkGroup {
    const workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: 'oneriver',
      description: 'SQL over the lake, with a limit on what one query may scan',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: TOPOLOGY.limits.sql_scan_bytes,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: this.bucket.s3UrlForObject(this.resultPrefix),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    return declareStore(workgroup, {
      holds: 'texts of queries that were run, as Athena keeps them',
      pii: 'personal',
      retention: { days: 45 },
      erasure: 'expires',
    });
  }
}

const rowsOf = (table: (typeof LAKE_TABLES)[number]): StoreDeclaration => ({
  holds: table.comment,
  pii: worstOf(table.columns.map(classificationOf)),
  retention: { days: table.retention_days },
  erasure: erasureColumns(table).owners.length + erasureColumns(table).persons.length > 0 ? 'rows' : 'expires',
});
