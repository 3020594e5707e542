import { createHash } from 'node:crypto';
import type { SourceClass } from '../../../schemas/event.ts';

/** Two are enough for a rotation; more are forgotten ones. */
export const MAX_KEYS_PER_SOURCE = 4;
const KEY_BYTES = 32;
const ID_CHARS = 12;
const SHOWN_CHARS = 4;

/** Write keys and aliases are stored and looked up only as this. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** A key as it is stored: by its hash, of which the beginning serves as its name. */
export interface StoredKey {
  readonly id: string;
  readonly hash: string;
  /** The last four characters, to tell keys apart by; absent where they were not noted. */
  readonly last4?: string;
  /** ISO 8601; empty where it was put by hand. */
  readonly created_at: string;
  /** Epoch ms from which it is refused; absent while it has not been replaced. */
  readonly valid_until?: number;
}

/** A new key of 256 bits. The first letters say whether it may be shown: `pk_` in pages and apps, `sk_` on servers alone. */
export const makeWriteKey = (of: { readonly class: SourceClass }, random: (bytes: number) => Buffer): string =>
  `${of.class === 'public' ? 'pk' : 'sk'}_${random(KEY_BYTES).toString('base64url')}`;

/** What is kept of a key. @param now epoch ms */
export function storedKey(key: string, now: number): StoredKey {
  const hash = hashKey(key);
  const last4 = key.slice(-SHOWN_CHARS);
  return { id: hash.slice(0, ID_CHARS), hash, last4, created_at: new Date(now).toISOString() };
}

/** Whether it still opens anything. @param now epoch ms */
export const isValid = ({ valid_until }: { readonly valid_until?: number }, now: number): boolean =>
  valid_until === undefined || valid_until > now;
