import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPointer,
  largeKey,
  MAX_PACKED_BYTES,
  messageLength,
  messageOf,
  mostBytesOf,
  pointerTo,
  readMessage,
} from '../../../functions/shared/raw-message.ts';

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
        expect(mostBytesOf(body)).toBeGreaterThanOrEqual(bytes.byteLength);
      }),
    );
  });
});

describe('a message that points at a record', () => {
  it('says where it is kept, and weighs as much as a record may', () => {
    const body = pointerTo(KEY);
    expect(readMessage(body)).toEqual({ kept: KEY });
    expect([isPointer(body), mostBytesOf(body)]).toEqual([true, MAX_PACKED_BYTES]);
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
