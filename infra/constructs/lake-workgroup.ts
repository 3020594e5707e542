import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LAKE_PREFIXES } from '../../functions/lake/prefixes.ts';
import { declareStore } from './store.ts';

export interface LakeWorkgroupProps {
  readonly name: string;
  readonly description: string;
  /** A query that scans more is cancelled. */
  readonly scan_bytes: number;
  readonly bucket: IBucket;
  readonly key: IKey;
}

/** Where the results of a workgroup lie in the lake's bucket; ends in a slash. */
export const resultsOf = (workgroup: string): string => `${LAKE_PREFIXES.results}${workgroup}/`;

/** A workgroup with a limit on what one query may scan, and results of its own; what a client asks for instead is ignored. */
export function lakeWorkgroup(scope: Construct, id: string, props: LakeWorkgroupProps): CfnWorkGroup {
  const workgroup = new CfnWorkGroup(scope, id, {
    name: props.name,
    description: props.description,
    recursiveDeleteOption: true,
    workGroupConfiguration: {
      enforceWorkGroupConfiguration: true,
      publishCloudWatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: props.scan_bytes,
      engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
      resultConfiguration: {
        outputLocation: props.bucket.s3UrlForObject(resultsOf(props.name)),
        encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: props.key.keyArn },
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
