import { gunzipSync } from 'node:zlib';
import {
  KmsDisabled,
  KmsThrottled,
  OverLimit,
  QueueDoesNotExist,
  RequestThrottled,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../functions/shared/aws-batch.ts';
import { Breaker } from '../../../functions/shared/breaker.ts';
import { S3LargeRecords } from '../../../functions/shared/large-records.ts';
import { messageOf, RecordTooLarge, readMessage } from '../../../functions/shared/raw-message.ts';
import { StreamOverloaded, StreamUnavailable } from '../../../functions/shared/seams.ts';
import type { Parcel } from '../../../functions/shared/spill.ts';
import { RefusedMessages, readRawLine, SqsRawQueue } from '../../../functions/shared/sqs-raw-queue.ts';
import { unpack } from '../../../functions/shared/stream-codec.ts';
import { fakeAws } from '../../support/fake-aws.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { incompressible } from '../../support/raw-queue.ts';
import { answerCalls, countedDelivery, OFFLINE, type Service } from '../../support/recording-client.ts';

/** A queue that answers so, with everything beside it that a producer may have. */
function queue(service: Service = () => ({}), { withSpill = true, withLarge = true } = {}) {
  const client = new SQSClient(OFFLINE);
  const calls = answerCalls(client, service);
  const spilled: Parcel[] = [];
  const state = { now: 0, spillFails: false };
  const to = {
    put: async (parcel: Parcel) => {
      if (state.spillFails) throw new Error('no bucket');
      spilled.push(parcel);
    },
  };
  const bucket = new MemoryBucket();
  const { waits, options: delivery } = countedDelivery();
  const raw = new SqsRawQueue(client, 'queue', {
    gzip_from_bytes: 1_000,
    delivery,
    ...(withSpill && { spill: { to, breaker: new Breaker({ now: () => state.now }) } }),
    ...(withLarge && { large: new S3LargeRecords(bucket.client, 'failures') }),
  });
  return { raw, calls, spilled, state, bucket, waits };
}
const failing = (name: string, extra: object = { $fault: 'client', $metadata: {} }) =>
  Object.assign(new Error(name), { name, ...extra });
const meta = { message: 'x', $metadata: {} };
const SMALL = Buffer.from('{"v":1}\n{}');

describe('a put', () => {
  it('sends a small record as it is', async () => {
    const { raw, calls } = queue();
    await raw.put(SMALL);
    expect(calls).toEqual([
      { command: 'SendMessage', input: { QueueUrl: 'queue', MessageBody: SMALL.toString('base64') } },
    ]);
  });

  it('zips a large record, and clean unpacks it to the same bytes', async () => {
    const body = Buffer.from(`{"v":1}\n${'{"event":"Product Viewed"}'.repeat(100)}`);
    const { raw, calls } = queue();
    await raw.put(body);
    const message = readMessage(String(calls[0]?.input.MessageBody));
    const data = 'data' in message ? message.data : Buffer.alloc(0);
    expect(data.byteLength).toBeLessThan(body.byteLength);
    expect(gunzipSync(data)).toEqual(body);
    expect(Buffer.from(unpack(data))).toEqual(body);
  });

  it('resolves when the queue has the record, not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { raw } = queue(async () => {
      await promise;
      return {};
    });
    let isDone = false;
    const put = raw.put(SMALL).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    resolve();
    await put;
    expect(isDone).toBe(true);
  });

  it.each([new RequestThrottled(meta), new KmsThrottled(meta), failing('ThrottlingException')])(
    'tells the client to come back while the queue is throttled: $name',
    async (error) => {
      const { raw, spilled, calls } = queue(() => error);
      await expect(raw.put(SMALL)).rejects.toThrow(StreamOverloaded);
      await expect(raw.put(SMALL)).rejects.toThrow(StreamOverloaded);
      expect([spilled, calls.length]).toEqual([[], 2]);
    },
  );

  it.each([failing('InvalidMessageContents'), failing('InvalidParameterValue'), new TypeError('ours')])(
    'throws what the queue will never take, and spills nothing: $name',
    async (error) => {
      const { raw, spilled, calls } = queue(() => error);
      await expect(raw.put(SMALL)).rejects.toThrow(error);
      await expect(raw.put(SMALL)).rejects.toThrow(error);
      expect([spilled, calls.length]).toEqual([[], 2]);
    },
  );

  it('lets any error through where there is no spill', async () => {
    const { raw } = queue(() => failing('ServiceUnavailable'), { withSpill: false });
    await expect(raw.put(SMALL)).rejects.toThrow('ServiceUnavailable');
  });
});

describe('a put while the queue is down', () => {
  const outages = [
    ['InternalFailure', failing('InternalFailure')],
    ['a 503', failing('UnknownError', { $fault: 'server', $metadata: { httpStatusCode: 503 } })],
    ['a connection that is refused', failing('Error', { code: 'ECONNREFUSED' })],
    ['no answer in time', failing('TimeoutError', {})],
    ['a key that is disabled', new KmsDisabled(meta)],
    ['a queue that is not there', new QueueDoesNotExist(meta)],
    ['too much in flight', new OverLimit(meta)],
  ] as const;

  it.each(outages)('spills the record as it would have been sent: %s', async (_, error) => {
    const { raw, spilled } = queue(() => error);
    await raw.put(SMALL);
    expect(spilled.map(({ kind, target }) => [kind, target])).toEqual([['raw', 'raw']]);
    expect(spilled.flatMap(({ lines }) => lines.map(readRawLine))).toEqual([SMALL]);
  });

  it('goes straight to the spill for ten seconds, then tries the queue again', async () => {
    const answers = [outages[0][1], {}];
    const { raw, calls, spilled, state } = queue(() => answers.shift() ?? {});
    await raw.put(Buffer.from('1'));
    await raw.put(Buffer.from('2'));
    expect({ asked: calls.length, spilled: spilled.length }).toEqual({ asked: 1, spilled: 2 });
    state.now += 10_001;
    await raw.put(Buffer.from('3'));
    await raw.put(Buffer.from('4'));
    expect({ asked: calls.length, spilled: spilled.length }).toEqual({ asked: 3, spilled: 2 });
  });

  it('never says that a record is durable when it is in neither place', async () => {
    const { raw, state } = queue(() => outages[0][1]);
    state.spillFails = true;
    await expect(raw.put(SMALL)).rejects.toThrow(StreamUnavailable);
    await expect(raw.put(SMALL), 'with the breaker open').rejects.toThrow(StreamUnavailable);
  });
});

describe('a record that is too large for a message', () => {
  // 192 KiB are 256 KiB of base64.
  const fits = incompressible(192 * 1024);
  const large = incompressible(192 * 1024 + 1);

  it('is the first that does not fit: its message points at it', async () => {
    const { raw, calls, bucket } = queue();
    await raw.put(fits);
    await raw.put(large);
    await raw.put(large);
    const [first, second, third] = calls.map(({ input }) => readMessage(String(input.MessageBody)));
    expect(first).toEqual({ data: fits });
    const [key = ''] = bucket.keys();
    expect([second, third, bucket.keys().length]).toEqual([{ kept: key }, { kept: key }, 1]);
    expect(Buffer.from(await new S3LargeRecords(bucket.client, 'failures').read(key))).toEqual(large);
  });

  it('is kept before its message is sent', async () => {
    const done = queue(({ input }) => {
      const [entry = input] = (input.Entries ?? []) as { MessageBody?: string }[];
      const message = readMessage(String(entry.MessageBody));
      return 'kept' in message && done.bucket.objects.has(message.kept) ? {} : new Error('not there yet');
    });
    await done.raw.put(large);
    await done.raw.putPacked([large]);
    expect(done.calls).toHaveLength(2);
  });

  it.each([
    ['tells the client to come back when the bucket is throttled', failing('SlowDown'), StreamOverloaded],
    ['is not taken when the bucket is down', failing('InternalError', { $fault: 'server' }), StreamUnavailable],
    ['is not taken when the bucket may not be written to', failing('AccessDenied'), StreamUnavailable],
  ])('%s, and small ones are taken all the same', async (_, error, Thrown) => {
    const { raw, bucket, calls, spilled } = queue();
    bucket.failing = () => error;
    await expect(raw.put(large)).rejects.toThrow(Thrown);
    expect(calls).toEqual([]);
    await raw.put(SMALL);
    expect([calls.length, spilled]).toEqual([1, []]);
  });

  it('is refused where none can be kept, and above what the archive takes in one', async () => {
    const { raw, calls, spilled } = queue(() => ({}), { withLarge: false });
    await raw.put(fits);
    await expect(raw.put(large)).rejects.toThrow(RecordTooLarge);
    const { raw: keeping, bucket } = queue();
    await keeping.put(incompressible(1_000 * 1_024));
    await expect(keeping.put(incompressible(1_000 * 1_024 + 1))).rejects.toThrow(RecordTooLarge);
    await expect(keeping.putPacked([incompressible(1_000 * 1_024 + 1)])).rejects.toThrow(RecordTooLarge);
    expect([calls.length, spilled, bucket.keys().length]).toEqual([1, [], 1]);
  });
});

describe('many records', () => {
  const records = Array.from({ length: 23 }, (_, n) => Buffer.from(`record ${n}`));
  const bodiesIn = (calls: ReturnType<typeof queue>['calls']): string[][] =>
    calls.map(({ input }) => (input.Entries as { MessageBody: string }[]).map(({ MessageBody }) => MessageBody));

  it('are sent ten to a call', async () => {
    const { raw, calls } = queue();
    await raw.putAll(records);
    expect(bodiesIn(calls).map((bodies) => bodies.length)).toEqual([10, 10, 3]);
    expect(bodiesIn(calls).flat()).toEqual(records.map(messageOf));
    expect(new Set(calls.map(({ command }) => command))).toEqual(new Set(['SendMessageBatch']));
  });

  it('are never more than 256 KiB of text in a call', async () => {
    const { raw, calls } = queue();
    await raw.putPacked([150, 40, 2, 1, 192, 100].map((kib) => incompressible(kib * 1024)));
    const sums = bodiesIn(calls).map((bodies) => bodies.reduce((sum, body) => sum + body.length, 0));
    expect(Math.max(...sums)).toBe(256 * 1024);
    expect(sums).toHaveLength(4);
  });

  it('are sent again where single ones are refused for now, and only those', async () => {
    let first = true;
    const { raw, calls, waits } = queue(() => {
      const Failed = first ? [{ Id: '3', SenderFault: true, Code: 'RequestThrottled' }] : [];
      first = false;
      return { Failed };
    });
    await raw.putAll(records.slice(0, 5));
    expect(bodiesIn(calls)).toEqual([records.slice(0, 5).map(messageOf), records.slice(3, 4).map(messageOf)]);
    expect(waits).toEqual([100]);
  });

  it('are not said to be there when some are refused to the end', async () => {
    const { raw, calls } = queue(() => ({ Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }] }));
    await expect(raw.putAll(records)).rejects.toThrow(DeliveryError);
    expect(calls).toHaveLength(3);
  });

  it('are all sent but those that are refused for what is in them, which nobody sends again', async () => {
    const bad = messageOf(records[4] ?? SMALL);
    const { raw, calls, waits } = queue(({ input }) => {
      const index = (input.Entries as { MessageBody: string }[]).findIndex(({ MessageBody }) => MessageBody === bad);
      return { Failed: index < 0 ? [] : [{ Id: String(index), SenderFault: true, Code: 'InvalidMessageContents' }] };
    });
    await expect(raw.putAll(records)).rejects.toThrow(RefusedMessages);
    expect([bodiesIn(calls).flat().length, waits]).toEqual([23, []]);
  });
});

describe('what a real client throws', () => {
  it.each([
    ['RequestThrottled', 403, StreamOverloaded],
    ['KmsThrottled', 400, StreamOverloaded],
    ['KMS.ThrottlingException', 400, StreamOverloaded],
    ['ThrottlingException', 400, StreamOverloaded],
    ['InternalFailure', 500, StreamUnavailable],
    ['ServiceUnavailable', 503, StreamUnavailable],
    ['AccessDeniedException', 403, StreamUnavailable],
  ])('is understood: %s', async (error, status, Thrown) => {
    const aws = await fakeAws(() => ({ error, status, says: 'x' }));
    const client = new SQSClient({ ...OFFLINE, endpoint: aws.url, maxAttempts: 1 });
    const to = { put: async () => Promise.reject(new Error('no bucket')) };
    const spill = { to, breaker: new Breaker({ now: () => 0 }) };
    const raw = new SqsRawQueue(client, `${aws.url}/1/raw`, { gzip_from_bytes: 1_000, spill });
    await expect(raw.put(SMALL)).rejects.toThrow(Thrown);
    await aws.close();
  });
});
