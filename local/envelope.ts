import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** A sealed value: its data key wrapped by the master key, and the value under the data key. */
export interface Envelope {
  /** Initialisation vector, wrapped data key, tag. */
  readonly key: Uint8Array;
  /** Initialisation vector of `body`. */
  readonly iv: Uint8Array;
  /** Encrypted value, tag. */
  readonly body: Uint8Array;
}

function encrypt(key: KeyObject, iv: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, iv: Uint8Array, context: string, sealed: Uint8Array): Buffer {
  const end = sealed.byteLength - TAG_BYTES;
  if (end < 0) throw new Error('The sealed bytes are shorter than a tag.');
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
}

/**
 * Seals a value under a random key of its own, so that destroying one small row makes it unreadable for ever. `context` is
 * authenticated: an envelope that is moved to another name does not open. `random` gives n random bytes. Keys are
 * `KeyObject`s because a cipher takes them four times as fast as bytes.
 */
export function seal(master: KeyObject, context: string, value: string, random = randomBytes): Envelope {
  const dataKey = random(KEY_BYTES);
  const keyIv = random(IV_BYTES);
  const iv = random(IV_BYTES);
  return {
    key: Buffer.concat([keyIv, encrypt(master, keyIv, `key|${context}`, dataKey)]),
    iv,
    body: encrypt(createSecretKey(dataKey), iv, `value|${context}`, Buffer.from(value)),
  };
}

/** @throws Error when the master key is another one, or anything was changed. */
export function open(master: KeyObject, context: string, envelope: Envelope): string {
  const keyIv = envelope.key.subarray(0, IV_BYTES);
  const dataKey = createSecretKey(decrypt(master, keyIv, `key|${context}`, envelope.key.subarray(IV_BYTES)));
  return decrypt(dataKey, envelope.iv, `value|${context}`, envelope.body).toString('utf8');
}
