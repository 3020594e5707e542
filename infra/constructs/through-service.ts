import { Aws } from 'aws-cdk-lib';

/**
 * The condition that a key is used by a service on the caller's behalf, and not by the caller. Every example of the
 * names of services that we know has no suffix of a partition; none is about mainland China, where endpoints have one: either is taken.
 */
export const throughService = (service: 's3' | 'dynamodb') => ({
  StringLike: { 'kms:ViaService': `${service}.${Aws.REGION}.amazonaws.*` },
});
