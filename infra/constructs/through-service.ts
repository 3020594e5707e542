import { Aws } from 'aws-cdk-lib';

/**
 * The condition that a key is used by a service on the caller's behalf, and not by the caller. KMS documents the names of services
 * without the suffix of a partition, for mainland China too, where endpoints and some service principals have one: either is taken.
 */
export const throughService = (service: 's3' | 'dynamodb') => ({
  StringLike: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.*` },
});
