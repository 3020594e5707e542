import { expect, it } from 'vitest';
import { unpackSnappy } from '../../../../functions/shared/protocols/growingio/snappy.ts';
import { recordingsOf } from '../../../support/recordings.ts';

const MAX = 500 * 1024;
const unpack = (...bytes: number[]) => unpackSnappy(Buffer.from(bytes), MAX);
const text = (of: ReturnType<typeof unpack>): string => (typeof of === 'string' ? of : of.toString());

it('unpacks what the Java SDK packed', () => {
  const [recording] = recordingsOf('growingio-java-sdk').filter(({ name }) => name.endsWith('02-snappy'));
  const body = recording?.requests[1]?.request.body ?? Buffer.alloc(0);
  expect(JSON.parse(text(unpackSnappy(body, MAX)))[0]).toMatchObject({ n: 'orderPaid', cs1: 'u-1' });
});

it('unpacks every kind of element of the format', () => {
  const [a, b, c] = [0x61, 0x62, 0x63];
  expect(text(unpack(3, 2 << 2, a, b, c))).toBe('abc');
  // A copy that reaches into what it writes: ten more characters, three back.
  expect(text(unpack(10, 2 << 2, a, b, c, (3 << 2) | 1, 3))).toBe('abcabcabca');
  expect(text(unpack(8, 2 << 2, a, b, c, (4 << 2) | 2, 3, 0))).toBe('abcabcab');
  expect(text(unpack(8, 2 << 2, a, b, c, (4 << 2) | 3, 3, 0, 0, 0))).toBe('abcabcab');
  const long = Array.from({ length: 300 }, () => a);
  expect(text(unpack(0xac, 0x02, 61 << 2, 299 & 0xff, 299 >> 8, ...long))).toBe('a'.repeat(300));
  expect(text(unpack(0))).toBe('');
});

it.each([
  ['nothing', []],
  ['a length without an end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ['a literal that is longer than the block', [5, 4 << 2, 0x61]],
  ['a copy from before the beginning', [5, 0, 0x61, (0 << 2) | 1, 2]],
  ['a copy from nowhere', [5, 0, 0x61, (0 << 2) | 1, 0]],
  ['more than the length says', [1, 1 << 2, 0x61, 0x62]],
  ['less than the length says', [3, 1 << 2, 0x61, 0x62]],
  [
    'a literal whose length is negative as a signed number, at which the library goes round for ever',
    [100, 63 << 2, 0xfa, 0xff, 0xff, 0xff, 0, 0],
  ],
])('refuses %s', (_, bytes) => {
  expect(unpackSnappy(Buffer.from(bytes), MAX)).toBe('damaged');
});

it('reads the length before it takes memory', () => {
  expect(unpack(0xff, 0xff, 0xff, 0xff, 0x0f)).toBe('too_long');
  expect(unpackSnappy(Buffer.from([11, 0, 0x61]), 10)).toBe('too_long');
});
