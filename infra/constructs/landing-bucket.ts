import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LANDING_PREFIXES } from '../../functions/import/landing-bucket.ts';
import type { Foundation } from './foundation.ts';
import { declareStore } from './store.ts';

/** Where files are dropped. They and their reports expire with the raw records that were made of them; settings stay. */
export function landingBucket(scope: Construct, id: string, { key, accessLogs, retention }: Foundation): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: 'landing/',
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      { prefix: LANDING_PREFIXES.incoming, expiration: Duration.days(retention.raw) },
      { prefix: LANDING_PREFIXES.reports, expiration: Duration.days(retention.raw) },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // The property of the construct would bring a function of the CDK's own with it, for what CloudFormation can do by itself.
  const made = bucket.node.defaultChild as CfnBucket; // what a Bucket is made of
  made.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return declareStore(bucket, {
    prefixes: {
      [LANDING_PREFIXES.incoming]: {
        holds: 'files as they were dropped',
        pii: 'personal',
        retention: { class: 'raw' },
        erasure: 'expires',
      },
      [LANDING_PREFIXES.reports]: {
        holds: 'what became of each file: counts, and reasons with the numbers of rows',
        pii: 'none',
        retention: { class: 'raw' },
        erasure: 'not_needed',
      },
      [LANDING_PREFIXES.settings]: {
        holds: 'how the files of each source are read',
        pii: 'none',
        retention: { until: 'erasure' },
        erasure: 'not_needed',
      },
    },
  });
}
