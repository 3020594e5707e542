import { gunzipSync } from 'node:zlib';
import {
  InternalFailureException,
  KinesisClient,
  KMSDisabledException,
  KMSThrottlingException,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { Breaker } from '../../../functions/shared/breaker.ts';
import { KinesisRawStream, readRawLine } from '../../../functions/shared/kinesis-raw-stream.ts';
import { StreamOverloaded, StreamUnavailable } from '../../../functions/shared/seams.ts';
import type { Parcel } from '../../../functions/shared/spill.ts';
import { unpack } from '../../../functions/shared/stream-codec.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

function stream(...answers: Answer[]) {
  const client = new KinesisClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const spilled: Parcel[] = [];
  const state = { now: 0, spillFails: false };
  const to = {
    put: async (parcel: Parcel) => {
      if (state.spillFails) throw new Error('no bucket');
      spilled.push(parcel);
    },
  };
  const spill = { to, breaker: new Breaker({ now: () => state.now }) };
  return { calls, spilled, state, stream: new KinesisRawStream(client, 'raw', { gzip_from_bytes: 1_000, spill }) };
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

  it.each([ProvisionedThroughputExceededException, KMSThrottlingException, LimitExceededException])(
    'tells the client to come back when the stream is full: %o',
    async (Full) => {
      const full = new Full({ message: 'Rate exceeded', $metadata: {} });
      const { stream: raw, spilled } = stream(full);
      await expect(raw.put(Buffer.from('{}'), 'key')).rejects.toThrow(StreamOverloaded);
      expect(spilled).toEqual([]);
    },
  );

  it('lets any other error through where there is no spill', async () => {
    await expect(stream(new Error('denied')).stream.put(Buffer.from('{}'), 'key')).rejects.toThrow('denied');
  });
});

const failing = (name: string, extra: object) => Object.assign(new Error(name), { name, ...extra });

describe('KinesisRawStream while the stream is down', () => {
  const outages = [
    ['InternalFailureException', new InternalFailureException({ message: 'down', $metadata: {} })],
    ['a 503', failing('UnknownError', { $fault: 'server', $metadata: { httpStatusCode: 503 } })],
    ['a connection that is refused', failing('Error', { code: 'ECONNREFUSED' })],
    ['no answer in time', failing('TimeoutError', {})],
    ['a key that is disabled', new KMSDisabledException({ message: 'disabled', $metadata: {} })],
    ['a stream that is not there', new ResourceNotFoundException({ message: 'none', $metadata: {} })],
  ] as const;

  it.each(outages)('spills the record as it would have lain on the stream: %s', async (_, error) => {
    const { stream: raw, spilled } = stream(error);
    const record = Buffer.from('{"v":1}\n{}');
    await raw.put(record, 'request-1');
    expect(spilled.map(({ kind, target }) => [kind, target])).toEqual([['raw', 'raw']]);
    const [entry] = spilled.flatMap(({ lines }) => lines.map(readRawLine));
    expect(entry).toEqual({ PartitionKey: 'raw-request-1', Data: record });
  });

  it('goes straight to the spill for ten seconds, then tries the stream again', async () => {
    const { stream: raw, calls, spilled, state } = stream(...outages.map(([, error]) => error).slice(0, 1), {});
    await raw.put(Buffer.from('1'), 'a');
    await raw.put(Buffer.from('2'), 'b');
    expect({ asked: calls.length, spilled: spilled.length }).toEqual({ asked: 1, spilled: 2 });
    state.now += 10_001;
    await raw.put(Buffer.from('3'), 'c');
    expect({ asked: calls.length, spilled: spilled.length }).toEqual({ asked: 2, spilled: 2 });
  });

  it('never says that a record is durable when it is in neither place', async () => {
    const { stream: raw, state } = stream(outages[0][1]);
    state.spillFails = true;
    await expect(raw.put(Buffer.from('1'), 'a')).rejects.toThrow(StreamUnavailable);
  });

  it('spills nothing that the stream will never take', async () => {
    const { stream: raw, spilled } = stream(failing('ValidationException', { $fault: 'client', $metadata: {} }));
    await expect(raw.put(Buffer.from('1'), 'a')).rejects.toThrow('ValidationException');
    expect(spilled).toEqual([]);
  });
});
