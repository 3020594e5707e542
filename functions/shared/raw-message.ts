import { MAX_UNPACKED_BYTES } from './stream-codec.ts';

/** The most that a raw record may have when it is packed: the archive takes no more in one. Ten times what its body usually has. */
export const MAX_PACKED_BYTES = 1_000 * 1_024;

/** A raw record that nothing could archive; it was not taken. */
export class RecordTooLarge extends Error {
  override name = 'RecordTooLarge';
  constructor(bytes: number, most: number) {
    super(`A raw record has ${bytes} bytes packed; at most ${most} are taken here. Send less at once.`);
  }
}

/** A record that is too large for a message is kept beside the queue; its message says where. */
interface Pointer {
  readonly kept: string;
}

/** Records that are too large for a message lie under it, in the failures bucket, for longer than any message lives. */
export const LARGE_PREFIX = 'large/';

/** The key of a large record whose bytes have this SHA-256, in hexadecimal. */
export const largeKey = (sha256: string): string => `${LARGE_PREFIX}${sha256}`;

const LARGE_KEY = /^large\/[0-9a-f]{64}$/;

/** The text of a message that carries a raw record: queues take text only. */
export const messageOf = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

/** The length of that text, without making it. */
export const messageLength = (data: Uint8Array): number => 4 * Math.ceil(data.byteLength / 3);

/** The text of a message whose record is kept under this key. Base64 never begins with a brace. */
export const pointerTo = (kept: string): string => JSON.stringify({ kept } satisfies Pointer);

/** How every zipped record begins, as base64. */
const ZIPPED = 'H4sI';

/**
 * About how many bytes the record of a message is worked on as, without unpacking it or looking for it: what is zipped says at its end
 * what it unfolds to (RFC 1952, ISIZE).
 */
export function weightOf(body: string): number {
  if (isPointer(body)) return MAX_PACKED_BYTES;
  if (!body.startsWith(ZIPPED)) return body.length;
  const end = Buffer.from(body.slice(-8), 'base64');
  const unpacked = end.length < 4 ? 0 : end.readUInt32LE(end.length - 4);
  return Math.max(body.length, Math.min(MAX_UNPACKED_BYTES, unpacked));
}

/** Whether the record of a message has to be fetched. */
export const isPointer = (body: string): boolean => body.startsWith('{');

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * What a message says: the record itself, or where it is kept. What is neither is given as it is, for quarantine; a message must not
 * say what else to read.
 */
export function readMessage(body: string): { data: Uint8Array } | Pointer {
  if (BASE64.test(body)) return { data: Buffer.from(body, 'base64') };
  return pointerIn(body) ?? { data: Buffer.from(body) };
}

function pointerIn(body: string): Pointer | undefined {
  if (!isPointer(body)) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('kept' in value)) return undefined;
    return typeof value.kept === 'string' && LARGE_KEY.test(value.kept) ? { kept: value.kept } : undefined;
  } catch {
    return undefined;
  }
}
