import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DICTIONARY_1 } from '../../../functions/shared/dynamo-dictionary.ts';
import {
  DocumentUnreadable,
  decodeItem,
  encodeItem,
  readUnits,
  writeUnits,
} from '../../../functions/shared/dynamo-item.ts';

const item = (json: string) => encodeItem({ key: 'k', version: 3, writeId: 'w', json });

it('keeps a body plain while it fits one write unit, and where packing would save none', () => {
  expect(item('{"a":1}')).toEqual({ k: { S: 'k' }, v: { N: '3' }, w: { S: 'w' }, b: { S: '{"a":1}' } });
  expect(item(JSON.stringify('a'.repeat(900))).d).toBeUndefined();
  // 1,468 characters of base64 noise: packing takes a quarter off, which leaves two units.
  const noise = createHash('shake256', { outputLength: 1_100 }).digest('base64');
  expect(item(JSON.stringify(noise)).d).toBeUndefined();
});

it('packs a body where that saves a unit', () => {
  const packed = item(JSON.stringify('river '.repeat(2_000)));
  expect([packed.b, writeUnits(packed), readUnits(packed)]).toEqual([undefined, 1, 1]);
  expect(decodeItem(packed)).toEqual({ key: 'k', document: { version: 3, body: 'river '.repeat(2_000) } });
});

it('reads items that were gzipped', () => {
  const z = { B: gzipSync(JSON.stringify({ a: '一川' })) };
  expect(decodeItem({ k: { S: 'k' }, v: { N: '3' }, z }).document.body).toEqual({ a: '一川' });
});

it('keeps the dictionary that stored items were packed against', () => {
  const digest = createHash('sha256').update(DICTIONARY_1).digest('hex');
  expect(digest, 'never change it: add another under a new attribute').toBe(
    'c9e6552cff1be8065bed2186ef4c2f0f5371feb8adb7f9c7ca6c852c86235c44',
  );
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
  [{ k: { S: 'k' }, v: { N: '1' }, d: { B: Buffer.from('not deflated') } }],
])('refuses an item that it did not write %#', (stored) => {
  expect(() => decodeItem(stored)).toThrow(DocumentUnreadable);
});

it('counts a missing item as one unit', () => {
  expect([writeUnits(undefined), readUnits(undefined)]).toEqual([1, 1]);
});
