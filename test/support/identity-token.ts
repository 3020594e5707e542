import { createHmac } from 'node:crypto';

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Compact JWS with HS256 over whatever header and claims it is given; a string stands for itself. */
export function signToken(claims: unknown, secret: string, header: unknown = { alg: 'HS256', typ: 'JWT' }): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The simple form: hex HMAC-SHA-256 of the user id. */
export const hashUser = (user_id: string, secret: string): string =>
  createHmac('sha256', secret).update(user_id).digest('hex');
