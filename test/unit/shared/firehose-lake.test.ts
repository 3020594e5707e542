import { FirehoseClient } from '@aws-sdk/client-firehose';
import { describe, expect, it } from 'vitest';
import { FirehoseLake, firehoseLine } from '../../../functions/shared/firehose-lake.ts';
import { type Answer, countedDelivery, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const row = (owner: string) => ({ owner, one_id: 'p1', shared: false, valid_from: '2026-01-31T08:00:00.000Z', seq: 1 });

function lake(answers: Answer[]) {
  const client = new FirehoseClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const { waits, options } = countedDelivery(3);
  return { calls, waits, sink: new FirehoseLake(client, 'oneriver', { delivery: options }) };
}
const records = (input: Record<string, unknown>) =>
  (input.Records as { Data: Uint8Array }[]).map(({ Data }) => Buffer.from(Data).toString());

describe('FirehoseLake', () => {
  it('writes times as the Parquet conversion reads them, and leaves all else', () => {
    expect(firehoseLine('identity_map', row('user_id:1'))).toBe(
      '{"owner":"user_id:1","one_id":"p1","shared":false,"valid_from":"2026-01-31 08:00:00.000","seq":1}',
    );
  });

  it('puts many rows into one record', async () => {
    const { calls, sink } = lake([{ FailedPutCount: 0 }]);
    await sink.put('identity_map', [row('a'), row('b')]);
    expect(calls.map(({ command, input }) => [command, input.DeliveryStreamName])).toEqual([
      ['PutRecordBatch', 'oneriver-identity_map'],
    ]);
    expect(calls.map(({ input }) => records(input))).toEqual([
      [`${firehoseLine('identity_map', row('a'))}\n${firehoseLine('identity_map', row('b'))}\n`],
    ]);
  });

  it('sends again only the records that were refused', async () => {
    const big = Array.from({ length: 3 }, (_, index) => ({ ...row(`${index}`), one_id: 'x'.repeat(600_000) }));
    const { calls, waits, sink } = lake([
      { FailedPutCount: 2, RequestResponses: [{ ErrorCode: 'Busy' }, { RecordId: '1' }, { ErrorCode: 'Busy' }] },
      { FailedPutCount: 1, RequestResponses: [{ RecordId: '0' }, { ErrorCode: 'Busy' }] },
      { FailedPutCount: 0, RequestResponses: [{ RecordId: '2' }] },
    ]);
    await sink.put('identity_map', big);
    const owners = calls.map(({ input }) => records(input).map((line) => JSON.parse(line).owner));
    expect(owners).toEqual([['0', '1', '2'], ['0', '2'], ['2']]);
    expect(waits).toEqual([100, 200]);
  });

  it('keeps a call under 4 MiB and 500 records', async () => {
    const big = Array.from({ length: 8 }, (_, index) => ({ ...row(`${index}`), one_id: 'x'.repeat(900_000) }));
    const { calls, sink } = lake([{ FailedPutCount: 0 }, { FailedPutCount: 0 }]);
    await sink.put('identity_map', big);
    expect(calls.map(({ input }) => records(input).length)).toEqual([4, 4]);
  });

  it('throws when rows are still refused in the end', async () => {
    const refusal = { FailedPutCount: 1, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }] };
    const { sink } = lake([refusal, refusal, refusal]);
    await expect(sink.put('identity_map', [row('a')])).rejects.toThrow('ServiceUnavailableException');
  });

  it('asks nobody for no rows', async () => {
    const { calls, sink } = lake([]);
    await sink.put('events', []);
    expect(calls).toEqual([]);
  });
});
