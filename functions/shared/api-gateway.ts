import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpRequest, HttpResponse } from './http.ts';
import { objectOr } from './json.ts';

/** An API Gateway HTTP API event (payload 2.0) as the one exchange that the stages know. Bodies keep their bytes. */
export function toHttpRequest(event: APIGatewayProxyEventV2): HttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers))
    if (value !== undefined) headers[name.toLowerCase()] = value;
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    ip: event.requestContext.http.sourceIp,
  };
}

export const toApiResult = (response: HttpResponse): APIGatewayProxyStructuredResultV2 => ({
  statusCode: response.status,
  headers: { ...response.headers },
  body: response.body,
});

/**
 * Who signed the request, as the authorizer found: the ARN of an IAM caller; of an OIDC token its subject, with the mail or
 * user name beside it, since a subject alone tells nobody who it was. `undefined` where there is no authorizer.
 */
export function principalOf(event: APIGatewayProxyEventV2): string | undefined {
  const authorizer = 'authorizer' in event.requestContext ? objectOr(event.requestContext.authorizer) : {};
  const { userArn } = objectOr(authorizer.iam);
  if (typeof userArn === 'string' && userArn !== '') return userArn;
  const { sub, email, preferred_username, username } = objectOr(objectOr(authorizer.jwt).claims);
  if (typeof sub !== 'string' || sub === '') return undefined;
  const name = [email, preferred_username, username].find((claim) => typeof claim === 'string' && claim !== '');
  return name === undefined ? sub : `${name} (${sub})`;
}
