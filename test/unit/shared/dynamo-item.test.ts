import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  DocumentUnreadable,
  decodeItem,
  encodeItem,
  readUnits,
  writeUnits,
} from '../../../functions/shared/dynamo-item.ts';

const item = (json: string) => encodeItem({ key: 'k', version: 3, writeId: 'w', json });

it('keeps a body plain while it fits one write unit, and where gzip would save none', () => {
  expect(item('{"a":1}')).toEqual({ k: { S: 'k' }, v: { N: '3' }, w: { S: 'w' }, b: { S: '{"a":1}' } });
  expect(item(JSON.stringify('a'.repeat(900))).z).toBeUndefined();
  // 1,468 characters of base64 noise: gzip takes a quarter off, which leaves two units.
  const noise = createHash('shake256', { outputLength: 1_100 }).digest('base64');
  expect(item(JSON.stringify(noise)).z).toBeUndefined();
});

it('gzips a body where that saves a unit', () => {
  const zipped = item(JSON.stringify('river '.repeat(2_000)));
  expect([zipped.b, writeUnits(zipped), readUnits(zipped)]).toEqual([undefined, 1, 1]);
  expect(decodeItem(zipped)).toEqual({ key: 'k', document: { version: 3, body: 'river '.repeat(2_000) } });
});

it('gives every body back, and never costs more than the plain one', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 1, max: 400 }), (value, times) => {
      const body = Array.from({ length: times }, () => value);
      const json = JSON.stringify(body);
      const encoded = item(json);
      expect(JSON.stringify(decodeItem(encoded).document.body)).toBe(json);
      expect(writeUnits(encoded)).toBeLessThanOrEqual(Math.ceil((Buffer.byteLength(json) + 32) / 1024));
    }),
  );
});

it.each([
  [{}],
  [{ k: { S: 'k' } }],
  [{ k: { S: 'k' }, v: { N: '0' }, b: { S: '1' } }],
  [{ k: { S: 'k' }, v: { N: '1' } }],
  [{ k: { S: 'k' }, v: { N: '1' }, b: { S: '{' } }],
  [{ k: { S: 'k' }, v: { N: '1' }, z: { B: Buffer.from('not gzip') } }],
])('refuses an item that it did not write %#', (stored) => {
  expect(() => decodeItem(stored)).toThrow(DocumentUnreadable);
});

it('counts a missing item as one unit', () => {
  expect([writeUnits(undefined), readUnits(undefined)]).toEqual([1, 1]);
});
