import { KinesisClient } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { KinesisRecords } from '../../../functions/shared/kinesis-records.ts';
import { answerCalls, countedDelivery, OFFLINE } from '../../support/recording-client.ts';

const entry = (PartitionKey: string, text: string) => ({ PartitionKey, Data: Buffer.from(text) });
const entries = [entry('a', 'a1'), entry('b', 'b1'), entry('a', 'a2'), entry('c', 'c1'), entry('a', 'a3')];

/** A stream that refuses some records once, and has the others in the order in which it took them. */
function stream(refusesOnce: readonly string[], name = 'clean') {
  const client = new KinesisClient(OFFLINE);
  const taken: string[] = [];
  const refusals = new Set(refusesOnce);
  const calls = answerCalls(client, ({ input }) => {
    const Records = (input.Records as { Data: Uint8Array }[]).map(({ Data }) => {
      const text = Buffer.from(Data).toString();
      if (refusals.delete(text)) return { ErrorCode: 'ProvisionedThroughputExceededException' };
      taken.push(text);
      return { SequenceNumber: '1' };
    });
    return { FailedRecordCount: Records.filter((reply) => 'ErrorCode' in reply).length, Records };
  });
  return { taken, calls, records: new KinesisRecords(client, name, countedDelivery(3).options) };
}

describe('KinesisRecords', () => {
  it.each(['a1', 'a2', 'a3', 'b1'])('keeps the records of one key in order when %s is refused', async (refused) => {
    const { taken, records } = stream([refused]);
    await records.put(entries);
    expect(taken.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(taken.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
  });

  it('puts what has keys of its own in one call', async () => {
    const { calls, records } = stream([]);
    await records.put([entry('a', '1'), entry('b', '2'), entry('c', '3')]);
    expect(calls.map(({ input }) => input.StreamName)).toEqual(['clean']);
  });

  it('knows a stream by its ARN too', async () => {
    const { calls, records } = stream([], 'arn:aws:kinesis:r:1:stream/clean');
    await records.put([entry('a', '1')]);
    expect(calls[0]?.input).toMatchObject({ StreamARN: 'arn:aws:kinesis:r:1:stream/clean' });
    expect(calls[0]?.input).not.toHaveProperty('StreamName');
  });
});
