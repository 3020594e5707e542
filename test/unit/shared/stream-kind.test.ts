import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../../../functions/clean/clean-stream.ts';
import { cleanKey, kindOf, rawKey, recordsOnly } from '../../../functions/shared/stream-kind.ts';

const record = (partitionKey: string): KinesisStreamRecord => ({
  awsRegion: 'eu-central-1',
  eventID: partitionKey,
  eventName: 'aws:kinesis:record',
  eventSource: 'aws:kinesis',
  eventSourceARN: 'stream',
  eventVersion: '1.0',
  invokeIdentityArn: 'role',
  kinesis: {
    approximateArrivalTimestamp: 0,
    data: '',
    kinesisSchemaVersion: '1.0',
    partitionKey,
    sequenceNumber: partitionKey,
  },
});

/** Which records a handler of a kind is given; none when it is not called at all. */
async function given(kind: 'raw' | 'clean', partitionKeys: readonly string[]) {
  const calls: string[][] = [];
  const handler = recordsOnly(kind, async (event: KinesisStreamEvent) => {
    calls.push(event.Records.map(({ kinesis }) => kinesis.sequenceNumber));
    return { batchItemFailures: [{ itemIdentifier: 'as the handler says' }] };
  });
  const answer = await handler({ Records: partitionKeys.map(record) });
  return { calls, answer };
}

describe('the kind of a stream record', () => {
  it('is clean where clean made its partition key, and raw where collect did, whatever it was given', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (key, bucket) => {
        expect(kindOf(rawKey(key))).toBe('raw');
        expect(kindOf(cleanKey(bucket))).toBe('clean');
      }),
    );
    expect(kindOf(bucketOf('anonymous_id:a', 64))).toBe('clean');
    expect(kindOf(rawKey('owner-7'))).toBe('raw');
  });

  it('of a record that was on the stream before keys said it is raw', () => {
    expect(kindOf('5f0c1d3e-1f8e-4a0b-9d57-8d6e2e9b7a11')).toBe('raw');
  });
});

describe('a handler of one kind', () => {
  const mixed = ['raw-a', 'owner-1', 'raw-b', 'owner-2', 'owner-1'];

  it.each([
    ['raw', ['raw-a', 'raw-b']],
    ['clean', ['owner-1', 'owner-2', 'owner-1']],
  ] as const)('sees the %s records, in order, and answers for the batch', async (kind, expected) => {
    const { calls, answer } = await given(kind, mixed);
    expect(calls).toEqual([expected]);
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'as the handler says' }]);
  });

  it('is not called for a batch without any', async () => {
    expect(await given('raw', ['owner-1'])).toEqual({ calls: [], answer: { batchItemFailures: [] } });
    expect(await given('clean', ['raw-a'])).toEqual({ calls: [], answer: { batchItemFailures: [] } });
  });
});
