import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isFinding } from '../../../../functions/shared/finding.ts';
import { unpackBody, unpackImage } from '../../../../functions/shared/protocols/growingio/open.ts';
import { MAX_BODY_BYTES } from '../../../../functions/shared/segment-limits.ts';
import { cpuClock } from '../../../support/cpu-clock.ts';
import { Dice } from '../../../support/dice.ts';
import { recordingsOf } from '../../../support/recordings.ts';

const CASES = 20_000;
const SEED = 20_261_122;
/** What one body may take, of CPU time: a decoder that goes round in circles would take for ever. */
const MAX_MS = 500;

const { stm, bodyBase64, snappyBase64, protobufBase64 }: Record<string, string> = JSON.parse(
  readFileSync(
    new URL('../../../recordings/growingio-android-codec/protobuf-snappy-xor.json', import.meta.url),
    'utf8',
  ),
);

const packed = recordingsOf('growingio-webjs')[0]?.requests[0]?.request.body ?? Buffer.alloc(0);
const utf16 = recordingsOf('growingio-miniprogram')[1]?.requests[0]?.request.body ?? Buffer.alloc(0);
const PROTOBUF = { 'content-type': 'application/protobuf' };

/** Bodies that can be unpacked, with what says how. */
const SEEDS: readonly (readonly [string, Buffer, Record<string, string>])[] = [
  ['XOR', Buffer.from(bodyBase64 ?? '', 'base64'), { ...PROTOBUF, 'x-compress-codec': '2', 'x-crypt-codec': '1' }],
  ['Snappy', Buffer.from(snappyBase64 ?? '', 'base64'), { ...PROTOBUF, 'x-compress-codec': '2' }],
  ['protobuf', Buffer.from(protobufBase64 ?? '', 'base64'), PROTOBUF],
  ['lz-string bytes', packed, {}],
  ['lz-string text', utf16, { 'x-compress-codec': '1' }],
];

function mutated(dice: Dice, body: Buffer): Buffer {
  const changed = Buffer.from(body.subarray(0, dice.below(4) === 0 ? dice.below(body.byteLength) + 1 : undefined));
  for (let n = dice.below(4); n >= 0; n--) changed[dice.below(changed.byteLength)] = dice.below(256);
  return changed;
}

it.each(SEEDS)('unpacks or refuses %s, whatever was done to it', (_, body, headers) => {
  const dice = new Dice(SEED);
  const said = { stm, compress: '1', data: undefined };
  let unreadable = 0;
  for (let n = 0; n < CASES; n++) {
    const hostile = mutated(dice, body);
    const spent = cpuClock();
    const result = unpackBody(hostile, { headers }, said);
    if (spent() > MAX_MS) expect.fail(`Case ${n} took too long: ${hostile.toString('base64')}`);
    if (isFinding(result)) expect(result.reason).toBe('decompressed_too_large');
    else {
      expect(result.body.byteLength).toBeLessThanOrEqual(2 * MAX_BODY_BYTES);
      if (result.unreadable !== undefined) unreadable += 1;
    }
  }
  expect(unreadable).toBeGreaterThan(0);
});

it('unpacks or refuses a picture’s data in time that grows with their length', () => {
  for (const data of ['%'.repeat(200_000), '%4'.repeat(100_000), '%ff'.repeat(100_000), '&data='.repeat(50_000)]) {
    const spent = cpuClock();
    unpackImage({ stm, compress: '0', data });
    unpackImage({ stm, compress: '11', data });
    expect(spent()).toBeLessThan(MAX_MS);
  }
});
