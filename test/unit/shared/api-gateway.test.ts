import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type ApiEvent, principalOf, toHttpRequest } from '../../../functions/shared/api-gateway.ts';
import { type ApiRequest, httpEvent, restEvent } from '../../support/api-events.ts';

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

const KINDS: readonly (readonly [name: string, make: (request: ApiRequest) => ApiEvent])[] = [
  ['an HTTP API', httpEvent],
  ['a REST API on its own host', (request) => restEvent(request, 'v1')],
  ["a REST API on a company's domain", (request) => restEvent(request)],
];

describe.each(KINDS)('a request through %s', (_, make) => {
  it('keeps method, path, query, headers in lower case, address, and the bytes of its body', () => {
    const body = gzipSync('{"batch":[]}');
    const headers = { 'Content-Encoding': 'gzip', 'X-Write-Key': 'k' };
    const { rawQuery, ...request } = toHttpRequest(make({ url: '/v1/batch?writeKey=a%20b&writeKey=c', headers, body }));
    // A REST API hands the query over decoded; what it was is lost.
    expect([undefined, 'writeKey=a%20b&writeKey=c']).toContain(rawQuery);
    expect(request).toEqual({
      method: 'POST',
      path: '/v1/batch',
      query: { writeKey: 'c' },
      headers: { 'content-encoding': 'gzip', 'x-write-key': 'k' },
      body,
      ip: '192.0.2.1',
    });
  });

  it('keeps text as UTF-8, and has an empty body where there was none', () => {
    expect(toHttpRequest(make({ url: '/v1/track', body: '{"a":"河"}' })).body.toString()).toBe('{"a":"河"}');
    expect(toHttpRequest(make({ method: 'GET', url: '/v1/projects/k/settings' })).body).toHaveLength(0);
    expect(toHttpRequest(make({ method: 'GET', url: '/v1/projects/k/settings' })).query).toEqual({});
  });
});

it('puts cookies back where they came from, which an HTTP API takes out of the headers', () => {
  const event = httpEvent({ url: '/v1/track', body: '{}', headers: { 'X-Write-Key': 'k' } });
  const { headers } = toHttpRequest({ ...event, cookies: ['a=b', 'sp=c0ffee00'] } as APIGatewayProxyEventV2);
  expect(headers).toEqual({ 'x-write-key': 'k', cookie: 'a=b; sp=c0ffee00' });
});

it('joins a header that came twice, as an HTTP API does', () => {
  const event = restEvent({ url: '/v1/track', headers: { Accept: 'b' } });
  const twice = { ...event, multiValueHeaders: { Accept: ['a', 'b'] } };
  expect(toHttpRequest(twice).headers).toEqual({ accept: 'a,b' });
});

it('reads an event whose lists are missing, as some test tools send it', () => {
  const event = restEvent({ url: '/v1/track?writeKey=k', headers: { Accept: 'b' } });
  const { headers, query } = toHttpRequest({
    ...event,
    multiValueHeaders: {},
    multiValueQueryStringParameters: null,
  });
  expect({ headers, query }).toEqual({ headers: { accept: 'b' }, query: { writeKey: 'k' } });
});
