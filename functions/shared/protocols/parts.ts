import type { HttpRequest, HttpResponse } from '../http.ts';

/** Longer keys are not looked up. */
const MAX_KEY_CHARS = 200;

const BASIC = /^Basic\s+([A-Za-z0-9+/_-]+=*)\s*$/i;
const BEARER = /^Bearer\s+(\S{1,300})\s*$/i;

/** User name of Basic authentication; the password is empty in tracking SDKs. */
export function basicUser({ headers }: HttpRequest): string | undefined {
  const encoded = BASIC.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  return Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0];
}

/** Token of `Authorization: Bearer`. */
export const bearerToken = ({ headers }: HttpRequest): string | undefined =>
  BEARER.exec(headers.authorization ?? '')?.[1];

/** Of the places where a key may be, those that have something that can be one, in their order. */
export const usableKeys = (...candidates: readonly unknown[]): string[] =>
  candidates.filter(
    (key): key is string => typeof key === 'string' && key !== '' && key.length <= MAX_KEY_CHARS && !key.includes('\0'),
  );

/** A transparent picture of one pixel. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** The picture that image tags wait for; never kept by a cache. */
export const gif = (headers: Record<string, string> = {}): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'image/gif', 'cache-control': 'no-cache, no-store, must-revalidate', ...headers },
  body: '',
  bytes: GIF,
});

/** An answer without a body. */
export const empty = (status: number, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: '',
});

/** A bare text, e.g. the `success` that a platform waits for. */
export const text = (status: number, body: string, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});
