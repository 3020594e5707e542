import { expect, it } from 'vitest';
import { LARGE_PREFIX, S3LargeRecords } from '../../../functions/shared/large-records.ts';
import { pointerTo, readMessage } from '../../../functions/shared/raw-message.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const RECORD = Buffer.from('{"v":1}\nlarge');

function kept() {
  const bucket = new MemoryBucket();
  return { bucket, large: new S3LargeRecords(bucket.client, 'failures') };
}

it('keeps a record under a key that a message may name, and gives it back', async () => {
  const { bucket, large } = kept();
  const key = await large.keep(RECORD);
  expect(key.startsWith(LARGE_PREFIX)).toBe(true);
  expect(readMessage(pointerTo(key))).toEqual({ kept: key });
  expect(Buffer.from(await large.read(key))).toEqual(RECORD);
  expect(bucket.calls.map(({ command, input }) => [command, input.Bucket, input.Key])).toEqual([
    ['PutObject', 'failures', key],
    ['GetObject', 'failures', key],
  ]);
});

it('keeps the same record once, however often it comes, and writes it anew each time so that it does not expire', async () => {
  const { bucket, large } = kept();
  const keys = [
    await large.keep(RECORD),
    await large.keep(Uint8Array.from(RECORD)),
    await large.keep(Buffer.from('x')),
  ];
  expect(keys[0]).toBe(keys[1]);
  expect([new Set(keys).size, bucket.keys().length, bucket.calls.length]).toEqual([2, 2, 3]);
});

it('throws for a record that is gone, or is not what was kept', async () => {
  const { bucket, large } = kept();
  const key = await large.keep(RECORD);
  bucket.objects.set(key, { body: Buffer.from('changed'), modified: 0 });
  await expect(large.read(key)).rejects.toThrow('is not the record that was kept there');
  bucket.objects.delete(key);
  await expect(large.read(key)).rejects.toThrow('no such key');
});

it('does not say that a record is kept when the bucket does not take it', async () => {
  const { bucket, large } = kept();
  bucket.failing = () => new Error('no bucket');
  await expect(large.keep(RECORD)).rejects.toThrow('no bucket');
});
