import { Stack, Validations } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/**
 * Records why one finding of a rule is accepted on one construct. A finding is named in full: for wildcard permissions
 * with its resource or action, so that a new wildcard is a new finding.
 */
export function acknowledge(construct: IConstruct, reason: string, ...findings: readonly string[]): void {
  for (const id of findings) Validations.of(construct).acknowledge({ id, reason });
}

/** The finding that names the objects under a prefix of a bucket, as it is written in a stack other than the bucket's. */
export function objectsFinding(bucket: IBucket, prefix: string): string {
  const owner = Stack.of(bucket);
  const imported: { readonly 'Fn::ImportValue': string } = owner.resolve(owner.exportValue(bucket.bucketArn));
  return `AwsSolutions-IAM5[Resource::${imported['Fn::ImportValue']}/${prefix}*]`;
}
