import { check, property, string } from 'fast-check';
import lz from 'lz-string';
import { describe, expect, it } from 'vitest';
import { LZ_FORMS, unpackLz } from '../../../../functions/shared/protocols/growingio/lz-string.ts';

const MAX = 500 * 1024;

/** What the library packs into, as the bytes of a request. */
const FORMS = {
  bytes: (text: string) => Buffer.from(lz.compressToUint8Array(text)),
  utf16: (text: string) => Buffer.from(lz.compressToUTF16(text)),
  address: (text: string) => Buffer.from(lz.compressToEncodedURIComponent(text)),
} as const;

const NAMES = ['bytes', 'utf16', 'address'] as const;

describe.each(NAMES)('the form %s', (name) => {
  it('gives back any text that the library packs', () => {
    const arbitrary = string({ unit: 'grapheme', maxLength: 300 });
    const { failed, counterexample } = check(
      property(arbitrary, arbitrary, (once, again) => {
        const text = `${once}${again}${once}${once}`;
        expect(unpackLz(FORMS[name](text), LZ_FORMS[name], MAX)).toEqual({ text });
      }),
      { numRuns: 300, seed: 20_261_122 },
    );
    expect(counterexample).toBeNull();
    expect(failed).toBe(false);
  });

  it('gives back a text that fills the dictionary many times over', () => {
    const text = JSON.stringify(Array.from({ length: 3000 }, (_, n) => ({ n, name: `猴子 ${n % 97}`, at: n * n })));
    expect(unpackLz(FORMS[name](text), LZ_FORMS[name], MAX)).toEqual({ text });
  });

  it('says that a text is cut off, wherever it is', () => {
    const packed = FORMS[name]('[{"eventType":"VISIT","title":"首页"}]');
    for (let end = 0; end < packed.byteLength - 4; end++) {
      expect(unpackLz(packed.subarray(0, end), LZ_FORMS[name], MAX), `${end} bytes`).toBe('damaged');
    }
  });
});

it('stops at the bound, however little was sent', () => {
  const packed = FORMS.bytes('a'.repeat(200_000));
  expect(packed.byteLength).toBeLessThan(1_000);
  expect(unpackLz(packed, LZ_FORMS.bytes, 199_999)).toBe('too_long');
  expect(unpackLz(packed, LZ_FORMS.bytes, 200_000)).toEqual({ text: 'a'.repeat(200_000) });
});

it('refuses letters that are not of its alphabet', () => {
  expect(unpackLz(Buffer.from('No<w'), LZ_FORMS.address, MAX)).toBe('damaged');
});
