import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';

/** What a test says of a request; the rest is as API Gateway would send it. */
export interface ApiRequest {
  readonly method?: string;
  /** Path and query as the client asked for them. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const split = (url: string): [path: string, query: string] => {
  const [path = '', query = ''] = url.split('?', 2);
  return [path, query];
};
const encoded = (body: string | Buffer | undefined) =>
  Buffer.isBuffer(body)
    ? { body: body.toString('base64'), isBase64Encoded: true }
    : { body: body ?? null, isBase64Encoded: false };

/**
 * A request as a REST API hands it over (payload 1.0), with every field that API Gateway documents. `stage` is the name
 * in front of the path on API Gateway's own host; on a company's domain there is none.
 */
export function restEvent(request: ApiRequest, stage?: string): APIGatewayProxyEvent {
  const { method = 'POST', url, headers = {}, body } = request;
  const [path, query] = split(url);
  const inside = stage !== undefined && path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
  const parameters = new URLSearchParams(query);
  const names = [...new Set(parameters.keys())];
  const identity: Partial<APIGatewayProxyEvent['requestContext']['identity']> = {
    sourceIp: '192.0.2.1',
    userAgent: headers['User-Agent'] ?? null,
    userArn: null,
  };
  const context = {
    accountId: '123456789012',
    apiId: 'abcdef1234',
    authorizer: null,
    domainName: 'abcdef1234.execute-api.eu-central-1.amazonaws.com',
    domainPrefix: 'abcdef1234',
    extendedRequestId: 'JKJaXmPLvHcESHA=',
    httpMethod: method,
    identity,
    path,
    protocol: 'HTTP/1.1',
    requestId: '41b45ea3-70b5-11e6-b7bd-69b5aaebc7d9',
    requestTimeEpoch: 1_583_798_639_428,
    resourceId: 'a1b2c3',
    resourcePath: '/{proxy+}',
    stage: stage ?? 'v1',
  };
  return {
    resource: '/{proxy+}',
    path: inside,
    httpMethod: method,
    headers: { ...headers },
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: names.length === 0 ? null : Object.fromEntries(parameters),
    multiValueQueryStringParameters:
      names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, parameters.getAll(name)])),
    pathParameters: { proxy: inside.slice(1) },
    stageVariables: null,
    requestContext: context as APIGatewayProxyEvent['requestContext'],
    ...encoded(body),
  };
}

/** The same request as an HTTP API hands it over (payload 2.0): names in lower case, the query as it came. */
export function httpEvent(request: ApiRequest): APIGatewayProxyEventV2 {
  const { method = 'POST', url, headers = {}, body } = request;
  const [path, query] = split(url);
  const { body: text, isBase64Encoded } = encoded(body);
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath: path,
    rawQueryString: query,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      domainName: 'abcdef1234.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'abcdef1234',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: headers['User-Agent'] ?? '' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '10/Mar/2020:00:03:59 +0000',
      timeEpoch: 1_583_798_639_428,
    },
    isBase64Encoded,
    ...(text !== null && { body: text }),
  };
}
