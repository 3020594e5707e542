import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hexOf, sameText } from '../signature.ts';

const BLOCK_BYTES = 32;
const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const ENCODED_KEY = /^[A-Za-z0-9+/]{43}$/;

/** What was in a sealed message: its text's bytes, and the id of the app, corp or suite that it is for. */
export interface Unsealed {
  readonly message: Buffer;
  readonly receiver: string;
}

/** Hex SHA-1 of the sorted parts: `signature` of (token, timestamp, nonce), and with the cipher text `msg_signature`. */
export const signatureOf = (...parts: readonly string[]): string => hexOf('sha1', [...parts].sort().join(''));

/** Whether one of the tokens signed the parts; each is tried, in a time that tells nothing. */
export function isSigned(signature: string, tokens: readonly string[], parts: readonly string[]): boolean {
  let fits = false;
  for (const token of tokens) if (sameText(signatureOf(token, ...parts), signature)) fits = true;
  return fits;
}

/** AES key behind the 43 characters that the platform's console shows; undefined for anything else. */
export const aesKey = (encoded: string): Buffer | undefined =>
  ENCODED_KEY.test(encoded) ? Buffer.from(`${encoded}=`, 'base64') : undefined;

/**
 * Opens `Encrypt`: AES-256-CBC, the key's first 16 bytes as IV, PKCS#7 to 32 bytes, over
 * random(16) ‖ length of the message (4 bytes, big endian) ‖ message ‖ id of the receiver.
 * @param encoded the EncodingAESKey
 * @returns undefined whatever was wrong, after the same work: an answer that told wrong padding from a wrong length would give the text away
 */
export function unseal(sealed: string, encoded: string): Unsealed | undefined {
  const key = aesKey(encoded);
  const bytes = BASE64.test(sealed) ? Buffer.from(sealed, 'base64') : Buffer.alloc(0);
  if (key === undefined || bytes.byteLength < BLOCK_BYTES || bytes.byteLength % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const padding = plain[plain.byteLength - 1] ?? 0;
  let wrong = padding < 1 || padding > BLOCK_BYTES ? 1 : 0;
  for (let back = 1; back <= BLOCK_BYTES; back += 1) {
    if (back <= padding) wrong |= (plain[plain.byteLength - back] ?? 0) ^ padding;
  }
  const length = plain.readUInt32BE(RANDOM_BYTES);
  const start = RANDOM_BYTES + LENGTH_BYTES;
  const end = plain.byteLength - padding;
  if (wrong !== 0 || start + length > end) return undefined;
  return {
    message: plain.subarray(start, start + length),
    receiver: plain.subarray(start + length, end).toString('utf8'),
  };
}

/** Seals a message as `unseal` opens it. @param random 16 bytes @throws RangeError for a key that is none */
export function seal(message: string, { receiver, encoded, random }: Seal): string {
  const key = aesKey(encoded);
  if (key === undefined) throw new RangeError('An EncodingAESKey has 43 characters of base64.');
  const text = Buffer.from(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(text.byteLength);
  const plain = Buffer.concat([random, length, text, Buffer.from(receiver)]);
  const padding = BLOCK_BYTES - (plain.byteLength % BLOCK_BYTES);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]).toString(
    'base64',
  );
}

interface Seal {
  readonly receiver: string;
  /** The EncodingAESKey. */
  readonly encoded: string;
  readonly random: Buffer;
}
