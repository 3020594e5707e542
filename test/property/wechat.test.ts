import { encrypt, decrypt as theirs } from '@wecom/crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSigned, seal, signatureOf, unseal } from '../../functions/shared/protocols/wechat/crypto.ts';

const RUNS = { numRuns: 500 };

const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64').slice(0, 43));
const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const app = fc.stringMatching(/^[A-Za-z0-9_-]{0,64}$/);
const random = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));

test('what one seals the other opens: we and the library of the platform', () => {
  fc.assert(
    fc.property(key, text, app, random, (encoded, message, receiver, bytes) => {
      const ours = seal(message, { receiver, encoded, random: bytes });
      expect(ours).toBe(encrypt(encoded, message, receiver, bytes));
      expect(theirs(encoded, ours)).toMatchObject({ message, id: receiver });
      const opened = unseal(ours, encoded);
      expect([opened?.message.toString('utf8'), opened?.receiver]).toEqual([message, receiver]);
    }),
    RUNS,
  );
});

test('a sealed text that was changed in one bit of its last blocks opens as nothing, or as nobody of ours', () => {
  const receiver = 'wx5823bf96d3bd56c7';
  fc.assert(
    fc.property(key, text, random, fc.nat(), (encoded, message, bytes, at) => {
      const whole = Buffer.from(seal(message, { receiver, encoded, random: bytes }), 'base64');
      const bit = at % (32 * 8);
      const index = whole.length - 1 - Math.floor(bit / 8);
      whole.writeUInt8(whole.readUInt8(index) ^ (1 << (bit % 8)), index);
      const opened = unseal(whole.toString('base64'), encoded);
      expect(opened === undefined || opened.receiver !== receiver).toBe(true);
    }),
    RUNS,
  );
});

test('a signature fits its own token, time, nonce and text, and no others', () => {
  const parts = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 3, maxLength: 4 });
  fc.assert(
    fc.property(parts, fc.nat(), fc.string({ minLength: 1 }), (all, at, other) => {
      const [token = '', ...rest] = all;
      const signature = signatureOf(token, ...rest);
      expect(isSigned(signature, [token], rest)).toBe(true);
      const changed = all.with(at % all.length, other);
      const same = [...changed].sort().join('') === [...all].sort().join('');
      expect(isSigned(signature, [changed[0] ?? ''], changed.slice(1))).toBe(same);
    }),
    RUNS,
  );
});

test('whatever bytes come, opening gives a message or nothing, and never breaks', () => {
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 200 }), (encoded, bytes) => {
      const opened = unseal(Buffer.from(bytes).toString('base64'), encoded);
      expect(opened === undefined || opened.message.byteLength <= bytes.length).toBe(true);
    }),
    RUNS,
  );
});
