import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, it } from 'vitest';
import { principalOf } from '../../../functions/shared/api-gateway.ts';

const signedBy = (authorizer?: object): APIGatewayProxyEventV2 => {
  const event: Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers'> & { requestContext: object } = {
    rawPath: '/api/identity/merge',
    headers: { 'x-operator': 'somebody else' },
    requestContext: authorizer === undefined ? {} : { authorizer },
  };
  return event as APIGatewayProxyEventV2;
};
const claims = (found: object) => ({ jwt: { claims: found, scopes: [] } });

it.each([
  ['an IAM user', { iam: { userArn: 'arn:aws:iam::1:user/anna' } }, 'arn:aws:iam::1:user/anna'],
  ['a subject with mail', claims({ sub: 's-1', email: 'anna@example.com' }), 'anna@example.com (s-1)'],
  ['a subject with a user name', claims({ sub: 's-1', username: 'anna' }), 'anna (s-1)'],
  ['a subject alone', claims({ sub: 's-1' }), 's-1'],
  ['mail without a subject', claims({ email: 'anna@example.com' }), undefined],
  ['empty claims', claims({}), undefined],
  ['another authorizer', { lambda: {} }, undefined],
  ['nobody, whatever a header says', undefined, undefined],
])('names %s', (_, authorizer, expected) => {
  expect(principalOf(signedBy(authorizer))).toBe(expected);
});
