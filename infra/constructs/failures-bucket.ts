import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { FAILED_BATCH_PREFIX } from '../../functions/redrive/failed-batches.ts';
import { LARGE_PREFIX } from '../../functions/shared/large-records.ts';
import type { Retention } from '../../functions/shared/retention.ts';
import { SPILL_PREFIX } from '../../functions/shared/spill.ts';
import type { Topology } from '../../functions/shared/topology.ts';
import { declareStore, type StoreDeclaration } from './store.ts';

export interface FailuresBucketProps {
  readonly key: IKey;
  readonly accessLogs: IBucket;
  readonly retention: Retention;
  readonly topology: Topology;
}

/**
 * Where what could not be processed or delivered waits. No rule is about the whole of it: S3 goes by the shortest rule, and a large
 * record has to outlive its message however soon a deployment forgets its failures.
 */
export function failuresBucket(scope: Construct, id: string, props: FailuresBucketProps): Bucket {
  const { raw_queue } = props.topology;
  const failure = { pii: 'personal', retention: { class: 'failures' }, erasure: 'expires' } as const;
  const prefixes: Record<string, StoreDeclaration> = {
    [FAILED_BATCH_PREFIX]: { holds: 'batches that a function gave up on, as they were', ...failure },
    [SPILL_PREFIX]: { holds: 'what could not be delivered yet, as it was', ...failure },
    [LARGE_PREFIX]: {
      holds: 'requests as they came, too large for a message of the raw queue',
      pii: 'personal',
      retention: { days: raw_queue.large_retention_days },
      erasure: 'expires',
    },
  };
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.KMS,
    encryptionKey: props.key,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    serverAccessLogsBucket: props.accessLogs,
    serverAccessLogsPrefix: 'failures/',
    lifecycleRules: Object.entries(prefixes).map(([prefix, { retention }]) => ({
      prefix,
      expiration: Duration.days('days' in retention ? retention.days : props.retention.failures),
    })),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  return declareStore(bucket, { prefixes });
}
