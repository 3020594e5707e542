import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LAKE_PREFIXES, tablePrefix } from '../../functions/lake/prefixes.ts';
import { LAKE_RETENTION, type Retention } from '../../functions/shared/retention.ts';
import {
  classificationOf,
  erasureColumns,
  LAKE_TABLES,
  type LakeTable,
  type LakeTableName,
} from '../../schemas/lake.ts';
import { daysOf, declareStore, type StoreDeclaration, worstOf } from './store.ts';

/**
 * Landed files are removed once they are merged. That they also expire is for the day when nobody looked at a failing merge
 * for a month: then that people are forgotten in time counts more.
 */
export const LANDED_DAYS = 30;

/** What lies under a prefix and expires there. */
const EXPIRING: Readonly<Record<Exclude<keyof typeof LAKE_PREFIXES, 'tables'>, StoreDeclaration>> = {
  landing: {
    holds: 'rows of the lake that are on their way into its tables; for two days',
    pii: 'personal',
    retention: { days: LANDED_DAYS },
    erasure: 'expires',
  },
  merged: {
    holds: 'which days are in the tables already',
    pii: 'none',
    retention: { days: 2 * LANDED_DAYS },
    erasure: 'not_needed',
  },
  undelivered: {
    holds: 'rows that Firehose could not write',
    pii: 'personal',
    retention: { class: 'failures' },
    erasure: 'expires',
  },
  raw: {
    holds: 'raw records as they came, to be fed in again',
    pii: 'personal',
    retention: { class: 'raw' },
    erasure: 'expires',
  },
  results: { holds: 'results of queries', pii: 'personal', retention: { class: 'query_results' }, erasure: 'expires' },
};

const tableStore = (table: LakeTable): StoreDeclaration => ({
  holds: table.comment,
  pii: worstOf(table.columns.map(classificationOf)),
  retention: { class: LAKE_RETENTION[table.name as LakeTableName], by: 'upkeep' },
  erasure: Object.values(erasureColumns(table)).some((columns) => columns.length > 0) ? 'rows' : 'expires',
});

export interface LakeBucketProps {
  readonly key: IKey;
  readonly accessLogs: IBucket;
  readonly retention: Retention;
}

/**
 * The lake's bucket. It keeps no versions: a file that was deleted is gone. Under `tables/` nothing expires: a file of Iceberg's is
 * needed for as long as its metadata names it, and rows go by DELETE.
 */
export function lakeBucket(scope: Construct, id: string, { key, accessLogs, retention }: LakeBucketProps): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: 'lake/',
    removalPolicy: RemovalPolicy.RETAIN,
  });
  bucket.addLifecycleRule({ abortIncompleteMultipartUploadAfter: Duration.days(1) });
  const prefixes: Record<string, StoreDeclaration> = {};
  for (const table of LAKE_TABLES) prefixes[tablePrefix(table.name)] = tableStore(table);
  for (const [name, store] of Object.entries(EXPIRING)) {
    const prefix = LAKE_PREFIXES[name as keyof typeof EXPIRING];
    const days = 'class' in store.retention ? retention[store.retention.class] : daysOf(bucket, store.retention);
    bucket.addLifecycleRule({ prefix, expiration: Duration.days(days ?? 1) });
    prefixes[prefix] = store;
  }
  return declareStore(bucket, { prefixes });
}
