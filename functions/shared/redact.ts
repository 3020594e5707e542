const NAMED = /("(?:identityToken|userHash)"\s*:\s*")[^"]*/g;
/** Bounded as tokens are: a body of nothing but beginnings would be read to its end from each of them. */
const COMPACT_JWS = /\beyJ[A-Za-z0-9_-]{1,1000}\.[A-Za-z0-9_-]{1,4096}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g;

/** A write key as it is made; one of another shape cannot be told from a word. */
const WRITE_KEY = /(?:(?<=%[0-9A-Fa-f]{2})|(?<![A-Za-z0-9_-]))[ps]k_[A-Za-z0-9_-]{20,100}(?![A-Za-z0-9_-])/g;

/** Text of which no identity token and no write key is left, in whatever shape the rest of it is. */
export const withoutCredentials = (text: string): string =>
  text.replace(NAMED, '$1').replace(COMPACT_JWS, '').replace(WRITE_KEY, '');

/**
 * The same for bytes in which no events can be told apart: whoever may read the quarantine must not be able to pass as somebody.
 * All other bytes stay as they are, also where they are no text.
 */
export function bytesWithoutCredentials(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const clear = withoutCredentials(text);
  return clear === text ? bytes : Buffer.from(clear, 'latin1');
}
