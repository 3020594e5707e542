/**
 * What a failed call to AWS says about trying it again:
 * - `throttled`: too much at once; the same call succeeds later.
 * - `outage`: the service or the way to it is down.
 * - `refused`: not permitted, or the resource is not there; it succeeds once somebody has put that right.
 * - `invalid`: the service will never take this content.
 * - `own`: not an answer of AWS at all, but a defect of ours.
 */
export type CallFault = 'throttled' | 'outage' | 'refused' | 'invalid' | 'own';

const THROTTLED = new Set([
  'KMS.ThrottlingException',
  'KMSThrottlingException',
  'KmsThrottled',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
]);

const OUTAGE = new Set([
  'CredentialsProviderError',
  'InternalFailure',
  'InternalFailureException',
  'InternalServiceError',
  'RequestTimeout',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
]);

const INVALID = new Set([
  'EntityTooLarge',
  'InvalidArgumentException',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'SerializationException',
  'ValidationException',
]);

/** Whether this code, of a call or of one entry of it, says that the service will never take the content. */
export const isInvalid = (code: string): boolean => INVALID.has(code);

/** Codes of Node's sockets and resolver. */
const NETWORK = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

interface SdkError {
  readonly name: string;
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What the language throws. The SDK adds `$metadata` to these too, when they pass through it. */
const LANGUAGE = [TypeError, RangeError, SyntaxError, ReferenceError];

/** Kinesis is spoken to over HTTP/2, which names the failures of its connections in its own way. */
const isNetwork = (code: unknown): boolean =>
  typeof code === 'string' && (NETWORK.has(code) || code.startsWith('ERR_HTTP2_') || code.startsWith('ERR_SSL_'));

/** Sorts an error that an SDK call threw. */
export function callFault(error: unknown): CallFault {
  if (!(error instanceof Error)) return 'own';
  const { name, code, $fault, $metadata }: SdkError = error;
  const status = $metadata?.httpStatusCode ?? 0;
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  if (OUTAGE.has(name) || $fault === 'server' || status >= 500) return 'outage';
  if (isNetwork(code)) return 'outage';
  if (LANGUAGE.some((kind) => error instanceof kind)) return 'own';
  if (INVALID.has(name)) return 'invalid';
  return $fault === undefined && $metadata === undefined ? 'own' : 'refused';
}

/** What the service or the network called the failure; never its message, which may quote what was sent. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};
