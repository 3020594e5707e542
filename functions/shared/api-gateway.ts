import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpRequest, HttpResponse } from './http.ts';
import { objectOr } from './json.ts';

/** What a function behind API Gateway gets: payload 1.0 from a REST API (behind the firewall), 2.0 from an HTTP API. */
export type ApiEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2;

/** What both kinds of API take as an answer. */
export interface ApiResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** The body is base64 of bytes. */
  readonly isBase64Encoded?: boolean;
}

const isV2 = (event: ApiEvent): event is APIGatewayProxyEventV2 => 'rawPath' in event;

/** An event of either kind of API as the one exchange that the stages know. Bodies keep their bytes. */
export const toHttpRequest = (event: ApiEvent): HttpRequest => (isV2(event) ? fromV2(event) : fromV1(event));

function fromV2(event: APIGatewayProxyEventV2): HttpRequest {
  const { http } = event.requestContext;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.headers))
    if (value !== undefined) headers[name.toLowerCase()] = value;
  // Payload 2.0 takes cookies out of the headers.
  if (event.cookies !== undefined && event.cookies.length > 0) headers.cookie = event.cookies.join('; ');
  return {
    method: http.method,
    path: event.rawPath,
    query: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
    rawQuery: event.rawQueryString,
    headers,
    body: bytesOf(event),
    ip: http.sourceIp,
  };
}

/**
 * Payload 1.0 has each header and each query parameter as a list, and the query already decoded. The path is that of the
 * request context: what the client asked for, the stage's name included, whereas `path` lacks the stage on API Gateway's
 * own host name and has it on a company's domain.
 */
function fromV1(event: APIGatewayProxyEvent): HttpRequest {
  const { httpMethod, path, identity } = event.requestContext;
  return {
    method: httpMethod ?? event.httpMethod,
    path: path ?? event.path,
    query: lastOf(event.multiValueQueryStringParameters, event.queryStringParameters),
    headers: joined(event.multiValueHeaders, event.headers),
    body: bytesOf(event),
    ...(identity.sourceIp && { ip: identity.sourceIp }),
  };
}

const bytesOf = ({ body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean }): Buffer =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

type Lists = Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
type Single = Readonly<Record<string, string | undefined>> | null | undefined;

/** Of a parameter that is given twice, the last one counts, as in a query read into an object. */
function lastOf(lists: Lists, single: Single): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(single ?? {})) if (value !== undefined) all[name] = value;
  for (const [name, values] of Object.entries(lists ?? {})) {
    const last = values?.at(-1);
    if (last !== undefined) all[name] = last;
  }
  return all;
}

/** A header that is given twice is one list with commas, as HTTP API joins it (RFC 9110, section 5.3). */
function joined(lists: Lists, single: Single): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(single ?? {}))
    if (value !== undefined) headers[name.toLowerCase()] = value;
  for (const [name, values] of Object.entries(lists ?? {}))
    if (values !== undefined && values.length > 0) headers[name.toLowerCase()] = values.join(',');
  return headers;
}

export const toApiResult = (response: HttpResponse): ApiResult => ({
  statusCode: response.status,
  headers: { ...response.headers },
  ...(response.bytes === undefined
    ? { body: response.body }
    : { body: response.bytes.toString('base64'), isBase64Encoded: true }),
});

/**
 * Who signed the request, as the authorizer found: the ARN of an IAM caller; of an OIDC token its subject, with the mail or
 * user name beside it, since a subject alone tells nobody who it was. `undefined` where there is no authorizer.
 */
export function principalOf(event: ApiEvent): string | undefined {
  const authorizer = 'authorizer' in event.requestContext ? objectOr(event.requestContext.authorizer) : {};
  const { userArn } = objectOr(authorizer.iam);
  if (typeof userArn === 'string' && userArn !== '') return userArn;
  const { sub, email, preferred_username, username } = objectOr(objectOr(authorizer.jwt).claims);
  if (typeof sub !== 'string' || sub === '') return undefined;
  const name = [email, preferred_username, username].find((claim) => typeof claim === 'string' && claim !== '');
  return name === undefined ? sub : `${name} (${sub})`;
}
