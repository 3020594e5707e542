import { createHmac, createSecretKey } from 'node:crypto';
import { BoundedCache } from './bounded-cache.ts';

/** Makes the token that stands for a personal value in graph, lake and logs. Same type, value and key: same token. */
export type Tokenise = (type: string, normalised: string) => string;

/** Version of the token key; a rotated key gets a new prefix, so that old tokens are still told apart. */
const PREFIX = 't1.';
/** 22 base64url characters are 132 bits of the HMAC. */
const DIGEST_CHARS = 22;
const CACHED_TOKENS = 10_000;

const TOKEN = /^t\d+\.[A-Za-z0-9_-]{22}$/;

/** True for text that has the form of a token. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/**
 * Keyed tokens: HMAC-SHA-256 over type and normalised value. Without the key nobody can try out all phone numbers.
 * The last tokens are cached: an SDK repeats a person's traits in every event.
 */
export function tokeniser(key: Buffer): Tokenise {
  const cache = new BoundedCache<string>(CACHED_TOKENS);
  // As bytes, the key would be prepared anew for each token, which costs six times as much as the HMAC itself.
  const secret = createSecretKey(key);
  return (type, normalised) => {
    const text = `${type}:${normalised}`;
    return cache.get(
      text,
      () => PREFIX + createHmac('sha256', secret).update(text).digest('base64url').slice(0, DIGEST_CHARS),
    );
  };
}
