import type { HttpRequest } from '../shared/http.ts';
import { isObject } from '../shared/json.ts';

/** Longer keys are not looked up. */
const MAX_KEY_CHARS = 200;

const BASIC = /^Basic\s+([A-Za-z0-9+/_-]+=*)\s*$/i;

/** The write key in the request's head: Basic user name (the password is empty), else `?writeKey=` (beacons). */
export function keyInHead(request: HttpRequest): string | undefined {
  const encoded = BASIC.exec(request.headers.authorization ?? '')?.[1];
  const user = encoded === undefined ? '' : (Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0] ?? '');
  return usable(user) ?? usable(request.query.writeKey);
}

/** The write key in a parsed body. */
export const keyInBody = (body: unknown): string | undefined => (isObject(body) ? usable(body.writeKey) : undefined);

const usable = (key: unknown): string | undefined =>
  typeof key === 'string' && key !== '' && key.length <= MAX_KEY_CHARS ? key : undefined;
