import { type HttpResponse, jsonResponse } from '../shared/http.ts';

/** A request that cannot be answered; the message says what was wrong and what to do. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly status: number;
  readonly code: string;
  /** When to try again, for refusals that pass. */
  readonly retryAfterSeconds: number | undefined;
  constructor(status: number, code: string, message: string, more: { readonly retryAfterSeconds?: number } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export const errorResponse = ({ status, code, message, retryAfterSeconds: seconds }: RequestError): HttpResponse =>
  jsonResponse(status, { error: code, message }, seconds === undefined ? {} : { 'retry-after': String(seconds) });

/** A whole number from the query string, within bounds. @throws RequestError 400 */
export function intParameter(
  query: Readonly<Record<string, string>>,
  name: string,
  bounds: { min: number; max: number; fallback: number },
): number {
  const text = query[name];
  if (text === undefined || text === '') return bounds.fallback;
  const n = Number(text);
  if (!Number.isInteger(n) || n < bounds.min || n > bounds.max) {
    const range = `${bounds.min} to ${bounds.max}`;
    throw new RequestError(
      400,
      'invalid_parameter',
      `${name} must be a whole number from ${range}; got "${text.slice(0, 40)}".`,
    );
  }
  return n;
}
