/** A record that is too large for a message is kept beside the queue; its message says where. */
interface Pointer {
  readonly kept: string;
}

/** The text of a message that carries a raw record: queues take text only. */
export const messageOf = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');

/** The length of that text, without making it. */
export const messageLength = (data: Uint8Array): number => 4 * Math.ceil(data.byteLength / 3);

/** The text of a message whose record is kept under this key. Base64 never begins with a brace. */
export const pointerTo = (kept: string): string => JSON.stringify({ kept } satisfies Pointer);

/** What a message says: the record itself, or where it is kept. What is neither is given as it is, for quarantine. */
export function readMessage(body: string): { data: Uint8Array } | Pointer {
  if (!body.startsWith('{')) return { data: Buffer.from(body, 'base64') };
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'kept' in value && typeof value.kept === 'string') {
      return { kept: value.kept };
    }
  } catch {
    // Nothing of ours: its bytes are looked at as a record, and found unreadable.
  }
  return { data: Buffer.from(body) };
}
