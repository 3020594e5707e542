import type { HttpRequest } from '../../http.ts';
import type { ReceiveDeps } from '../protocol.ts';

const NAME = 'sp';
const YEAR_SECONDS = 365 * 86_400;
const MAX_COOKIES_CHARS = 8192;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * The network user id that a browser sent back. One that has only just been given out is not taken for an identifier: a browser that
 * keeps no foreign cookies gets another with every answer.
 */
export function networkUserId({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
  for (const pair of (headers.cookie ?? '').slice(0, MAX_COOKIES_CHARS).split(';')) {
    const [name = '', value = ''] = pair.split('=', 2).map((part) => part.trim());
    if (name === NAME && UUID.test(value.toLowerCase())) return value.toLowerCase();
  }
  return undefined;
}

/** Lets the cookie live for another year, or hands a new one out. Undefined where there is no randomness. */
export function networkUserCookie(
  request: Pick<HttpRequest, 'headers'>,
  { random }: Pick<ReceiveDeps, 'random'>,
): string | undefined {
  const id = networkUserId(request) ?? uuid(random(16));
  return id && `${NAME}=${id}; Max-Age=${YEAR_SECONDS}; Path=/; Secure; HttpOnly; SameSite=None`;
}

/** A UUID of version 4 (RFC 9562, section 5.4). */
function uuid(bytes: Buffer): string | undefined {
  if (bytes.byteLength < 16) return undefined;
  const own = Buffer.from(bytes.subarray(0, 16));
  own[6] = ((own[6] ?? 0) & 0x0f) | 0x40;
  own[8] = ((own[8] ?? 0) & 0x3f) | 0x80;
  const hex = own.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
