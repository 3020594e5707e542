import type { Found } from './routes.ts';

/** Headers that the browser SDKs of Segment, RudderStack and their kin ask for in a preflight. */
const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'content-encoding',
  'x-retry-count',
  'anonymousid',
  'sentat',
  'rsa-retry-attempt',
  'rsa-retry-reason',
  'rsa-since-first-attempt',
  'rsa-since-last-attempt',
  'sp-anonymous',
  'x-write-key',
];

/** Seconds for which a browser may remember a preflight; Chromium takes at most two hours. */
const MAX_AGE_SECONDS = 7200;

/** On every answer: what is answered depends on the origin, so no cache may mix two of them up. */
const VARY = { vary: 'Origin' };

/** Headers that let the page at `origin` read an answer; `undefined` stands for "not allowed, or no browser". */
export const corsHeaders = (origin: string | undefined): Record<string, string> =>
  origin === undefined
    ? VARY
    : {
        ...VARY,
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Retry-After',
      };

/** Headers of the answer to a preflight. A foreign origin gets none of them, and the browser then sends nothing. */
export const preflightHeaders = (origin: string | undefined, found: readonly Found[]): Record<string, string> =>
  origin === undefined
    ? VARY
    : {
        ...corsHeaders(origin),
        'access-control-allow-methods': [...new Set(found.flatMap(({ route }) => route.methods)), 'OPTIONS'].join(', '),
        'access-control-allow-headers': [
          ...REQUEST_HEADERS,
          ...new Set(found.flatMap(({ receiver }) => receiver.requestHeaders ?? [])),
        ].join(', '),
        'access-control-max-age': String(MAX_AGE_SECONDS),
      };
