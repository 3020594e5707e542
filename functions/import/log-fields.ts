/** The columns of an access log, whatever wrote it. */
export type LogField =
  | 'time'
  | 'ip'
  | 'forwarded_for'
  | 'user'
  | 'method'
  | 'path'
  | 'query'
  | 'host'
  | 'status'
  | 'bytes'
  | 'seconds'
  | 'referrer'
  | 'user_agent'
  | 'cookie'
  | 'request_id'
  | 'request';

/** Fields that stand apart by single spaces; one in quotes may hold spaces, and quotes behind a backslash. */
export const SPACED_FIELDS = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/** nginx with `escape=json`: names are the company's own, so the usual ones are known. */
export const JSON_FIELDS: Readonly<Record<string, LogField>> = {
  time: 'time',
  time_iso8601: 'time',
  timestamp: 'time',
  '@timestamp': 'time',
  remote_addr: 'ip',
  client_ip: 'ip',
  ip: 'ip',
  remote_user: 'user',
  method: 'method',
  request_method: 'method',
  uri: 'path',
  request_uri: 'path',
  url: 'path',
  path: 'path',
  query: 'query',
  args: 'query',
  query_string: 'query',
  request: 'request',
  host: 'host',
  http_host: 'host',
  server_name: 'host',
  status: 'status',
  bytes: 'bytes',
  body_bytes_sent: 'bytes',
  bytes_sent: 'bytes',
  rt: 'seconds',
  request_time: 'seconds',
  referer: 'referrer',
  referrer: 'referrer',
  http_referer: 'referrer',
  ua: 'user_agent',
  user_agent: 'user_agent',
  http_user_agent: 'user_agent',
  cookie: 'cookie',
  http_cookie: 'cookie',
  xff: 'forwarded_for',
  http_x_forwarded_for: 'forwarded_for',
  rid: 'request_id',
  request_id: 'request_id',
};

/** By their names in `#Fields`; `date` and `time` are read apart. */
export const W3C_FIELDS: Readonly<Record<string, LogField>> = {
  'c-ip': 'ip',
  'cs-username': 'user',
  'cs-method': 'method',
  'cs-uri': 'path',
  'cs-uri-stem': 'path',
  'cs-uri-query': 'query',
  'x-host-header': 'host',
  'cs-host': 'host',
  'sc-status': 'status',
  'sc-bytes': 'bytes',
  'time-taken': 'seconds',
  'cs(referer)': 'referrer',
  'cs(user-agent)': 'user_agent',
  'cs(cookie)': 'cookie',
  'x-forwarded-for': 'forwarded_for',
  'x-edge-request-id': 'request_id',
};

/** Application Load Balancer, by position; those that nobody asks for have no name. */
export const ALB_FIELDS: readonly (LogField | undefined)[] = [
  undefined,
  'time',
  undefined,
  'ip',
  undefined,
  undefined,
  undefined,
  undefined,
  'status',
  undefined,
  undefined,
  'bytes',
  'request',
  'user_agent',
];
