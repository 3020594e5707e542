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

/** The finding for a resource with a wildcard, as cdk-nag writes it in the template of `stack`. */
export const resourceFinding = (stack: Stack, arn: string): string =>
  `AwsSolutions-IAM5[Resource::${flat(stack.resolve(arn))}]`;

/** The finding that names the objects under a prefix of a bucket, as it is written in a stack other than the bucket's. */
export function objectsFinding(bucket: IBucket, prefix: string): string {
  const owner = Stack.of(bucket);
  return `AwsSolutions-IAM5[Resource::${flat(owner.resolve(owner.exportValue(bucket.bucketArn)))}/${prefix}*]`;
}

/** An intrinsic function as text: what cdk-nag calls it in the name of a finding. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(flat).join('');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${flat(value.Ref)}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::ImportValue' in value) return flat(value['Fn::ImportValue']);
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) return flat(value['Fn::Join'][1]);
  throw new Error(`No name for ${JSON.stringify(value)} in a finding; add its form to acknowledge.ts.`);
}
