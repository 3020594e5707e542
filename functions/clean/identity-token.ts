import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Finding } from '../../schemas/reasons.ts';
import { isObject, type JsonObject } from '../shared/json.ts';

/** Longer text is no token of ours. */
export const MAX_TOKEN_CHARS = 4096;
/** A token that leaks is of use only so long; a page fetches a new one. */
export const MAX_TOKEN_SECONDS = 86_400;
/** How far the clocks of the signer and of the collector may be apart. */
export const CLOCK_TOLERANCE_SECONDS = 60;

/** Whom a signed token vouches for. */
export interface VouchedFor {
  readonly user_id: string;
  readonly phone?: string;
  readonly email?: string;
}

/** 43 base64url characters are the 32 bytes of HMAC-SHA-256; padding and other alphabets are not JWS. */
const COMPACT_JWS = /^([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const HEX_HMAC = /^[0-9a-f]{64}$/i;

/**
 * Reads an identity token: compact JWS (RFC 7515, 7519) with HS256 and nothing else. Claims: `sub` and `exp` are required, `exp`
 * at most a day ahead; `aud`, if there, names the source; `iat` and `nbf`, if there, have passed; `phone` and `email` are optional.
 * Nothing in the token is read before its signature holds, so `alg`, `kid` or `jwk` cannot choose how it is verified.
 * @param at when the event arrived, not when it is cleaned: so a replay of the stream gives the same
 * @returns whom it vouches for, or a finding with the claim at fault; never the token or a claim's value
 */
export function readIdentityToken(
  token: unknown,
  keys: readonly KeyObject[],
  at: { readonly nowMs: number; readonly source_id: string },
): VouchedFor | Finding {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_CHARS) return invalid('', 'It is no compact JWS.');
  const match = COMPACT_JWS.exec(token);
  if (match === null) return invalid('', 'It is no compact JWS with HS256.');
  const [, signed = '', signature = ''] = match;
  if (!keys.some((key) => isSame(createHmac('sha256', key).update(signed).digest('base64url'), signature))) {
    return invalid('', 'No secret of the source gives this signature.');
  }
  const [head, body] = signed.split('.').map(decodePart);
  if (head?.alg !== 'HS256' || 'crit' in head) return invalid('', 'Its header must say HS256 and nothing critical.');
  if (body === undefined) return invalid('', 'Its claims are no JSON object.');
  return claimsAt(body, at);
}

/**
 * True when `hash` is the hex HMAC-SHA-256 of a user id under one of the keys: the simple form of identity verification, which
 * chat widgets ask for. It never ends, so a token is better.
 */
export function isUserHash(hash: unknown, user_id: string, keys: readonly KeyObject[]): boolean {
  if (typeof hash !== 'string' || !HEX_HMAC.test(hash)) return false;
  const given = Buffer.from(hash, 'hex');
  return keys.some((key) => timingSafeEqual(createHmac('sha256', key).update(user_id).digest(), given));
}

/** Takes the same time wherever two texts of one length differ. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

function decodePart(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function claimsAt(
  { sub, exp, iat, nbf, aud, phone, email }: JsonObject,
  { nowMs, source_id }: { nowMs: number; source_id: string },
): VouchedFor | Finding {
  const now = nowMs / 1000;
  if (typeof sub !== 'string' || sub === '') return invalid('sub', 'sub must be the user id.');
  if (!isNumber(exp)) return invalid('exp', 'exp must be seconds since 1970.');
  if (exp + CLOCK_TOLERANCE_SECONDS <= now) {
    return { reason: 'identity_token_expired', field: `${TOKEN_FIELD}/exp`, detail: 'The identity token has ended.' };
  }
  for (const [name, value] of [
    ['iat', iat],
    ['nbf', nbf],
  ] as const) {
    if (value === undefined) continue;
    if (!isNumber(value)) return invalid(name, `${name} must be seconds since 1970.`);
    if (value > now + CLOCK_TOLERANCE_SECONDS) return invalid(name, `${name} lies in the future.`);
  }
  if (exp - now > MAX_TOKEN_SECONDS + CLOCK_TOLERANCE_SECONDS || (isNumber(iat) && exp - iat > MAX_TOKEN_SECONDS)) {
    return invalid('exp', `exp may be at most ${MAX_TOKEN_SECONDS} seconds ahead.`);
  }
  if (aud !== undefined && aud !== source_id && !(Array.isArray(aud) && aud.includes(source_id))) {
    return invalid('aud', 'aud names another source.');
  }
  return {
    user_id: sub,
    ...(typeof phone === 'string' && { phone }),
    ...(typeof email === 'string' && { email }),
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const TOKEN_FIELD = '/context/identityToken';

const invalid = (claim: string, detail: string): Finding => ({
  reason: 'identity_token_invalid',
  field: claim === '' ? TOKEN_FIELD : `${TOKEN_FIELD}/${claim}`,
  detail,
});
