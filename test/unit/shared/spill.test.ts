import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Spill } from '../../../functions/shared/s3-spill.ts';
import { type Parcel, readSpillObject, SpillError, spillObjects } from '../../../functions/shared/spill.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const STAMP = { by: 'stitch', at: '2026-01-01T00:00:00.000Z' };
const parcel = (lines: readonly string[]): Parcel => ({ kind: 'lake', target: 'events', why: 'Busy', lines });

describe('spilled objects', () => {
  it('hold every line, in order, whatever is in it', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const read = spillObjects(parcel(lines), STAMP).map(readSpillObject);
        expect(read.flatMap((object) => object.lines)).toEqual(lines);
        expect(read[0]?.head).toMatchObject({
          kind: 'lake',
          target: 'events',
          by: 'stitch',
          why: 'Busy',
          at: STAMP.at,
        });
      }),
    );
  });

  it('have the same key for the same content, whenever and for whatever reason it is spilled', () => {
    const [first] = spillObjects(parcel(['{"a":1}']), STAMP);
    const [again] = spillObjects(
      { ...parcel(['{"a":1}']), why: 'Other' },
      { by: 'stitch', at: '2026-02-02T00:00:00.000Z' },
    );
    const [other] = spillObjects(parcel(['{"a":2}']), STAMP);
    expect(first?.key).toMatch(/^spill\/lake\/events\/[\w-]{40}\.jsonl\.gz$/);
    expect(again?.key).toBe(first?.key);
    expect(other?.key).not.toBe(first?.key);
  });

  it('are several where one would be too large to hold, and one line is never cut', () => {
    const lines = Array.from({ length: 5 }, (_, index) => JSON.stringify(`${index}`.repeat(3_000_000)));
    const objects = spillObjects(parcel(lines), STAMP);
    expect(objects.map((object) => readSpillObject(object).lines.length)).toEqual([2, 2, 1]);
  });

  it.each([
    ['no gzip', Buffer.from('{}')],
    ['another head', spillObjects({ ...parcel(['{}']), target: '' }, STAMP)[0]?.body ?? Buffer.of()],
  ])('with %s are refused by name', (_, body) => {
    expect(() => readSpillObject({ key: 'spill/lake/events/x', body })).toThrow(SpillError);
    expect(() => readSpillObject({ key: 'spill/lake/events/x', body })).toThrow('spill/lake/events/x');
  });
});

describe('S3Spill', () => {
  const spillInto = (bucket: MemoryBucket, told: Parcel[]) =>
    new S3Spill(bucket.client, {
      bucket: 'failures',
      by: 'stitch',
      clock: { now: () => Date.parse(STAMP.at) },
      onSpill: (one) => void told.push(one),
    });

  it('writes the same object over again when the batch comes again', async () => {
    const bucket = new MemoryBucket();
    const spill = spillInto(bucket, []);
    await spill.put(parcel(['{"a":1}', '{"a":2}']));
    await spill.put(parcel(['{"a":1}', '{"a":2}']));
    expect(bucket.keys()).toHaveLength(1);
    expect(bucket.calls.map(({ command, input }) => [command, input.Bucket])).toEqual(
      Array(2).fill(['PutObject', 'failures']),
    );
  });

  it('tells of a parcel only once it is durable', async () => {
    const bucket = new MemoryBucket();
    const told: Parcel[] = [];
    bucket.failing = () => new Error('S3 is down');
    await expect(spillInto(bucket, told).put(parcel(['{}']))).rejects.toThrow('S3 is down');
    expect(told).toEqual([]);
    bucket.failing = () => undefined;
    await spillInto(bucket, told).put(parcel(['{}']));
    expect(told).toHaveLength(1);
  });
});
