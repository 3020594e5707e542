import { gunzipSync } from 'node:zlib';
import { KinesisClient, ProvisionedThroughputExceededException } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { KinesisRawStream } from '../../../functions/shared/kinesis-raw-stream.ts';
import { StreamOverloaded } from '../../../functions/shared/seams.ts';
import { unpack } from '../../../functions/shared/stream-codec.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

function stream(...answers: Answer[]) {
  const client = new KinesisClient(OFFLINE);
  const calls = recordCalls(client, answers);
  return { calls, stream: new KinesisRawStream(client, 'raw', 1_000) };
}

describe('KinesisRawStream', () => {
  it('puts a small record as it is', async () => {
    const done = stream({ SequenceNumber: '1' });
    await done.stream.put(Buffer.from('{"v":1}\n{}'), 'key');
    expect(done.calls).toEqual([
      {
        command: 'PutRecord',
        input: { StreamName: 'raw', PartitionKey: 'raw-key', Data: Uint8Array.from(Buffer.from('{"v":1}\n{}')) },
      },
    ]);
  });

  it('zips a large record, and clean unpacks it to the same bytes', async () => {
    const body = Buffer.from(`{"v":1}\n${'{"event":"Product Viewed"}'.repeat(100)}`);
    const done = stream({ SequenceNumber: '1' });
    await done.stream.put(body, 'key');
    const data = done.calls[0]?.input.Data as Uint8Array;
    expect(data.byteLength).toBeLessThan(body.byteLength);
    expect(gunzipSync(data)).toEqual(body);
    expect(Buffer.from(unpack(data))).toEqual(body);
  });

  it('tells the client to come back when the stream is full', async () => {
    const full = new ProvisionedThroughputExceededException({ message: 'Rate exceeded', $metadata: {} });
    await expect(stream(full).stream.put(Buffer.from('{}'), 'key')).rejects.toThrow(StreamOverloaded);
  });

  it('lets any other error through: only a full stream is a matter of time', async () => {
    await expect(stream(new Error('denied')).stream.put(Buffer.from('{}'), 'key')).rejects.toThrow('denied');
  });
});
