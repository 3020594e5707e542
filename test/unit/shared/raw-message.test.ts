import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPointer,
  largeKey,
  MAX_PACKED_BYTES,
  messageLength,
  messageOf,
  pointerTo,
  readMessage,
  weightOf,
} from '../../../functions/shared/raw-message.ts';
import { MAX_UNPACKED_BYTES, pack } from '../../../functions/shared/stream-codec.ts';

const KEY = largeKey('0123456789abcdef'.repeat(4));

describe('a message that carries a record', () => {
  it('gives it back byte by byte, and its length is known before it is made', () => {
    const record = fc.uint8Array({ minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(record, fc.nat(3), (bytes, offset) => {
        // As a view on something larger, as a piece of a stream's buffer is.
        const data = Uint8Array.from([...Array(offset).fill(7), ...bytes]).subarray(offset);
        const body = messageOf(data);
        expect(readMessage(body)).toEqual({ data: Buffer.from(bytes) });
        expect(body).toHaveLength(messageLength(data));
        expect(isPointer(body)).toBe(false);
        expect(weightOf(body)).toBeGreaterThanOrEqual(bytes.byteLength);
      }),
    );
  });
});

describe('the weight of a message', () => {
  it.each([1_000, 50_001, 50_002, 500_000])('is what its record unfolds to: %i bytes', (bytes) => {
    const packed = pack(Buffer.alloc(bytes, 'once upon a time '), 0);
    expect(packed.byteLength).toBeLessThan(bytes / 4);
    expect(weightOf(messageOf(packed))).toBe(bytes);
  });

  it('is bounded for one that lies about it, and is its length for one that is only cut', () => {
    const lie = Buffer.from(pack(Buffer.alloc(5_000, 'a'), 0));
    lie.writeUInt32LE(0xffff_ffff, lie.length - 4);
    expect(weightOf(messageOf(lie))).toBe(MAX_UNPACKED_BYTES);
    for (const cut of ['H4sI', 'H4sIA', 'H4sIAAAA']) expect(weightOf(cut)).toBeGreaterThanOrEqual(cut.length);
  });
});

describe('a message that points at a record', () => {
  it('says where it is kept, and weighs as much as a record may', () => {
    const body = pointerTo(KEY);
    expect(readMessage(body)).toEqual({ kept: KEY });
    expect([isPointer(body), weightOf(body)]).toEqual([true, MAX_PACKED_BYTES]);
  });

  it.each([
    'spill/raw/raw/0123.jsonl.gz',
    'large/../vault',
    `large/${'0'.repeat(63)}`,
    `other/${KEY}`,
    `${KEY}/..`,
    '',
    7,
  ])('may not say what else to read: %s', (kept) => {
    const body = JSON.stringify({ kept });
    expect(readMessage(body)).toEqual({ data: Buffer.from(body) });
  });
});

it.each(['{"kept":', '{}', '你好', 'not base64!', 'QUJD\n', '=QUJ', '[1]'])(
  'gives a message that is neither as it is, for quarantine: %s',
  (body) => expect(readMessage(body)).toEqual({ data: Buffer.from(body) }),
);
