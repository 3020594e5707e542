import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveError, readArchive } from '../../../functions/shared/raw-archive.ts';
import { decodeRaw, encodeRaw } from '../../../functions/shared/raw-record.ts';
import { pack, unpack } from '../../../functions/shared/stream-codec.ts';
import type { RawHead } from '../../../schemas/event.ts';
import { ARRIVAL, WEB } from '../../support/ingest.ts';

const head: RawHead = {
  v: 1,
  protocol: 'segment',
  route: 'batch',
  source: WEB,
  request_id: 'r',
  received_at: ARRIVAL,
};
const raw = (body: Uint8Array, gzipFrom = 25_000): Buffer => Buffer.from(pack(encodeRaw(head, body), gzipFrom));
/** As Firehose writes them: one behind the other, zipped. */
const archived = (...records: Uint8Array[]): Buffer => gzipSync(Buffer.concat(records));
const read = (object: Uint8Array) => [...readArchive(object)];

describe('reading the archive', () => {
  it('gives back every record as it was, whatever is in its body', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      // What could be taken for the beginning of another record.
      fc.constantFrom(
        Buffer.from('\n\n{"v":1}\n'),
        gzipSync('x'),
        encodeRaw(head, Buffer.from('inner')),
        Buffer.alloc(0),
      ),
    );
    const record = fc.oneof(
      body.map((bytes) => raw(bytes)),
      body.map((bytes) => raw(Buffer.concat([bytes, Buffer.alloc(500)]), 0)),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        expect(read(archived(...records))).toEqual(records);
      }),
    );
  });

  it('gives records that the stages read', () => {
    const [found] = read(archived(raw(Buffer.from('{"batch":[]}'))));
    expect(decodeRaw(unpack(found ?? Buffer.alloc(0)))).toEqual({ head, body: Buffer.from('{"batch":[]}') });
  });

  it('holds large records that are zipped beside small ones that are not', () => {
    const large = raw(Buffer.from(JSON.stringify('x'.repeat(60_000))));
    expect(large.byteLength).toBeLessThan(10_000);
    const small = raw(Buffer.from('{}'));
    expect(read(archived(small, large, small))).toEqual([small, large, small]);
  });
});

describe('an archive that is damaged', () => {
  const first = raw(Buffer.from('{}'));
  const zipped = raw(Buffer.alloc(500), 0);

  it('gives what comes before the damage, and says where it is', () => {
    const seen: unknown[] = [];
    const reading = () => {
      for (const record of readArchive(archived(first, zipped, Buffer.from('garbage')))) seen.push(record);
    };
    expect(reading).toThrow(`At byte ${first.byteLength + zipped.byteLength} begins no record`);
    expect(seen).toEqual([first, zipped]);
  });

  it.each([
    ['is not gzip', Buffer.from('x'), 'not gzip'],
    ['has a record that is cut', archived(first.subarray(0, first.byteLength - 1)), 'is a record that is cut'],
    ['has a zipped record that is cut', archived(zipped.subarray(0, 15)), 'zipped record'],
    ['lacks the end of a zipped record', archived(zipped.subarray(0, zipped.byteLength - 1)), 'cut or changed'],
    ['has a record without a length', archived(Buffer.from('{"v":1,"protocol":"segment"}\n{}')), 'how long it is'],
    ['has a header of another gzip', archived(Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3])), 'does not write'],
  ])('%s', (_, object, message) => {
    expect(() => read(object)).toThrow(ArchiveError);
    expect(() => read(object)).toThrow(message);
  });

  it('is noticed when a bit of a zipped record flipped', () => {
    const flipped = Buffer.from(zipped);
    flipped[flipped.byteLength - 6] = (flipped[flipped.byteLength - 6] ?? 0) ^ 1;
    expect(() => read(archived(flipped))).toThrow(ArchiveError);
  });
});
