import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** DynamoDB could not serve the call within the bounded attempts; `cause` is the last error. Try again later. */
export class DocStoreUnavailable extends Error {
  override name = 'DocStoreUnavailable';
}

/**
 * Whether a failed call is worth another attempt. `refused`: DynamoDB said no, nothing was done. `unknown`: the answer was
 * lost, it may have been done. `permanent`: it would fail again.
 */
export type Transience = 'refused' | 'unknown' | 'permanent';

const CONDITION_FAILED = 'ConditionalCheckFailed';
const TRANSACTION_CONFLICT = 'TransactionConflict';

const REFUSED_NAMES = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
]);
const UNKNOWN_NAMES = new Set([
  'InternalServerError',
  'ServiceUnavailable',
  'TransactionInProgressException',
  'ReplicatedWriteConflictException',
  'TimeoutError',
]);
const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** A cancelled transaction is tried again when none of its reasons speaks against it. */
const REFUSED_REASONS = new Set(['None', 'ThrottlingError', 'ProvisionedThroughputExceeded', TRANSACTION_CONFLICT]);

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

export function transienceOf(error: unknown): Transience {
  if (error instanceof TransactionCanceledException) {
    const codes = reasonCodes(error);
    return codes.length > 0 && codes.every((code) => REFUSED_REASONS.has(code)) ? 'refused' : 'permanent';
  }
  const name = String(property(error, 'name'));
  if (REFUSED_NAMES.has(name)) return 'refused';
  const status = Number(property(property(error, '$metadata'), 'httpStatusCode'));
  if (UNKNOWN_NAMES.has(name) || status >= 500) return 'unknown';
  return NETWORK_CODES.has(String(property(error, 'code'))) ? 'unknown' : 'permanent';
}

/** In the order of the writes; `None` for those that would have gone through. */
const reasonCodes = (error: TransactionCanceledException): string[] =>
  (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');

/**
 * The positions of the writes that lost against another writer; empty when the failure has other reasons. `mayBeDone`: the
 * reply of an earlier attempt was lost; then another transaction being in the way says nothing about what came of ours.
 */
export function conflictPositions(error: TransactionCanceledException, mayBeDone: boolean): number[] {
  const codes = reasonCodes(error);
  if (mayBeDone && !codes.includes(CONDITION_FAILED)) return [];
  return codes.flatMap((code, i) => (code === CONDITION_FAILED || code === TRANSACTION_CONFLICT ? [i] : []));
}
