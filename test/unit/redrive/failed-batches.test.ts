import { InvalidArgumentException, KinesisClient } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { S3Failures } from '../../../functions/redrive/bucket.ts';
import { redriveBatches } from '../../../functions/redrive/failed-batches.ts';
import { KinesisRiver } from '../../../functions/redrive/kinesis-river.ts';
import { failedBatch } from '../../support/failed-batch.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { type Answer, answerCalls, countedDelivery, OFFLINE } from '../../support/recording-client.ts';
import { shardRecord } from '../../support/shard-reader.ts';

const NOW = Date.parse('2026-01-02T00:00:00.000Z');
const KEY = 'aws/lambda/5b0b5b5e-8c0e-4f0e-9a57-9fc6f3a4f1d2/shardId-000000000000/2026-01-01T00.00.00-uuid';
const clean = (text: string, index: number) => shardRecord(Buffer.from(text), index, `owner-${text}`);

/** A deployment whose streams note what is put on them; a stream still holds `kept`. */
function deployment(kept: readonly KinesisStreamRecord[] = []) {
  const bucket = new MemoryBucket();
  const kinesis = new KinesisClient(OFFLINE);
  const put: string[] = [];
  const state = { down: false };
  const read = (input: Record<string, unknown>): Answer => {
    const from = kept.findIndex(({ kinesis: one }) => one.sequenceNumber === input.StartingSequenceNumber);
    if (from < 0) return new InvalidArgumentException({ message: 'trimmed', $metadata: {} });
    return { ShardIterator: String(from) };
  };
  answerCalls(kinesis, ({ command, input }) => {
    if (command === 'GetShardIterator') return read(input);
    if (command === 'GetRecords') {
      const at = Number(input.ShardIterator);
      const own = kept.slice(at, at + 2).map((record) => ({
        SequenceNumber: record.kinesis.sequenceNumber,
        PartitionKey: record.kinesis.partitionKey,
        Data: Buffer.from(record.kinesis.data, 'base64'),
      }));
      return { Records: own, NextShardIterator: String(at + 2) };
    }
    if (state.down) return Object.assign(new Error('down'), { name: 'ServiceUnavailable', $fault: 'server' });
    for (const { PartitionKey, Data } of input.Records as { PartitionKey: string; Data: Uint8Array }[])
      put.push(`${input.StreamName} ${PartitionKey} ${Buffer.from(Data).toString()}`);
    return { FailedRecordCount: 0 };
  });
  const river = new KinesisRiver(kinesis, 'river', countedDelivery(2).options);
  const run = (over: { dryRun?: boolean; since?: number; until?: number } = {}) =>
    redriveBatches(new S3Failures(bucket.client, 'failures'), river, { dryRun: false, since: 0, until: NOW, ...over });
  const give = (key: string, text: string, modified = NOW - 3_600_000) =>
    bucket.objects.set(key, { body: Buffer.from(text), modified });
  return { bucket, put, state, run, give };
}

describe('redrive of failed batches', () => {
  it('puts each record back on its stream under its own key, byte by byte, and removes the object', async () => {
    const { bucket, put, run, give } = deployment();
    give(KEY, failedBatch({ records: [clean('a', 1), clean('b', 2)] }));
    expect(await run()).toMatchObject({
      found: 1,
      records: 2,
      fed: 2,
      by: { 'stitch-function RetryAttemptsExhausted': 1 },
      left: {},
      oldest: '2026-01-01T00:00:00.000Z',
    });
    expect(put).toEqual(['river owner-a a', 'river owner-b b']);
    expect(bucket.keys()).toEqual([]);
  });

  it('feeds nothing in a dry run, and says what there is', async () => {
    const { bucket, put, run, give } = deployment();
    give(KEY, failedBatch({ records: [clean('a', 1)] }));
    expect(await run({ dryRun: true })).toMatchObject({ found: 1, records: 1, fed: 0 });
    expect({ put, keys: bucket.keys() }).toEqual({ put: [], keys: [KEY] });
  });

  it('keeps the object while the stream does not take its records, and goes on another time', async () => {
    const { bucket, put, state, run, give } = deployment();
    give(KEY, failedBatch({ records: [clean('a', 1)] }));
    state.down = true;
    await expect(run()).rejects.toThrow('ServiceUnavailable');
    expect(bucket.keys()).toEqual([KEY]);
    state.down = false;
    expect(await run()).toMatchObject({ fed: 1 });
    expect(put).toEqual(['river owner-a a']);
  });

  it('leaves what failed outside the time asked for', async () => {
    const { put, run, give } = deployment();
    give(`${KEY}-old`, failedBatch({ records: [clean('a', 1)] }), NOW - 7_200_000);
    give(`${KEY}-new`, failedBatch({ records: [clean('b', 2)] }), NOW + 1);
    expect(await run({ since: NOW - 3_600_000 })).toMatchObject({ found: 0, skipped: 2 });
    expect(put).toEqual([]);
  });

  it('reads from the stream what Lambda did not keep', async () => {
    const records = [clean('a', 1), clean('b', 2), clean('c', 3), clean('d', 4)];
    const { put, run, give } = deployment(records);
    give(KEY, failedBatch({ records: records.slice(0, 3) }, { payload: false }));
    expect(await run()).toMatchObject({ records: 3, fed: 3 });
    expect(put).toEqual(['river owner-a a', 'river owner-b b', 'river owner-c c']);
  });

  it.each([
    ['expired', failedBatch({ records: [clean('gone', 99)] }, { payload: false })],
    ['unreadable', '{"requestContext":{}}'],
    ['unreadable', 'torn'],
    ['unreadable', failedBatch({ records: [clean('a', 1)] }).replace(/"payload":"/, '"payload":"x')],
  ])('leaves an object that it cannot feed and says why: %s', async (why, text) => {
    const { bucket, run, give } = deployment([clean('a', 1)]);
    give(KEY, text);
    give(`${KEY}-good`, failedBatch({ records: [clean('b', 2)] }));
    expect(await run()).toMatchObject({ found: 2, fed: 1, left: { [why]: 1 } });
    expect(bucket.keys()).toEqual([KEY]);
  });
});
