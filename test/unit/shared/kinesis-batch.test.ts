import type { KinesisStreamEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type BatchFault, takeBatch } from '../../../functions/shared/kinesis-batch.ts';

const record = (text: string, index: number) => ({
  kinesis: {
    data: Buffer.from(text).toString('base64'),
    sequenceNumber: `seq-${index}`,
    approximateArrivalTimestamp: 1_700_000_000.5 + index,
    partitionKey: 'k',
    kinesisSchemaVersion: '1.0',
  },
  awsRegion: 'r',
  eventID: `shard:${index}`,
  eventName: 'aws:kinesis:record',
  eventSource: 'aws:kinesis',
  eventSourceARN: 'arn',
  eventVersion: '1.0',
  invokeIdentityArn: 'arn',
});
const batch = (...texts: string[]): KinesisStreamEvent => ({ Records: texts.map(record) });

/** Work that fails on records that say `bad`. */
function worker() {
  const seen: string[][] = [];
  const faults: BatchFault[] = [];
  return {
    seen,
    faults,
    run: (event: KinesisStreamEvent) =>
      takeBatch(
        event,
        async (records) => {
          const texts = records.map(({ bytes }) => Buffer.from(bytes).toString());
          seen.push(texts);
          if (texts.includes('bad')) throw new Error('cannot');
        },
        (fault) => faults.push(fault),
      ),
  };
}

describe('takeBatch', () => {
  it('takes a good batch in one go', async () => {
    const { seen, faults, run } = worker();
    expect(await run(batch('a', 'b'))).toEqual({ batchItemFailures: [] });
    expect({ seen, faults }).toEqual({ seen: [['a', 'b']], faults: [] });
  });

  it.each([
    [['a', 'bad', 'c'], 'seq-1', [['a', 'bad', 'c'], ['a'], ['bad']]],
    [['a', 'b', 'bad'], 'seq-2', [['a', 'b', 'bad'], ['a'], ['b'], ['bad']]],
    [['bad'], 'seq-0', [['bad'], ['bad']]],
  ])('names the failed record of %j and skips nothing after it', async (texts, sequence, calls) => {
    const { seen, run } = worker();
    expect(await run(batch(...texts))).toEqual({ batchItemFailures: [{ itemIdentifier: sequence }] });
    expect(seen).toEqual(calls);
  });

  it('fails as a whole when its first record is bad, so that Lambda halves it', async () => {
    const { seen, run } = worker();
    await expect(run(batch('bad', 'b'))).rejects.toThrow('cannot');
    expect(seen).toEqual([['bad', 'b'], ['bad']]);
  });

  it('reports what failed by sequence number, without its bytes', async () => {
    const { faults, run } = worker();
    await run(batch('a', 'bad'));
    expect(faults).toEqual([
      { sequence_number: 'seq-0', records: 2, error: new Error('cannot') },
      { sequence_number: 'seq-1', records: 1, error: new Error('cannot') },
    ]);
  });

  it('tells when each record arrived', async () => {
    const arrived: string[] = [];
    await takeBatch(
      batch('a', 'b'),
      async (records) => void arrived.push(...records.map((r) => r.arrived_at)),
      () => {},
    );
    expect(arrived).toEqual(['2023-11-14T22:13:20.500Z', '2023-11-14T22:13:21.500Z']);
  });

  it('takes an empty batch', async () => {
    const { run } = worker();
    expect(await run(batch())).toEqual({ batchItemFailures: [] });
  });
});
