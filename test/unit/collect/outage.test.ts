import { KmsThrottled, RequestThrottled, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import { Breaker } from '../../../functions/shared/breaker.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { S3Spill } from '../../../functions/shared/s3-spill.ts';
import { readSpillObject } from '../../../functions/shared/spill.ts';
import { readRawLine, SqsRawQueue } from '../../../functions/shared/sqs-raw-queue.ts';
import type { Source } from '../../../schemas/event.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const clock = { now: () => NOW };
const source: Source = {
  source_id: 'web',
  name: 'Web',
  channel: 'web',
  class: 'public',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};
const body = Buffer.from(JSON.stringify({ type: 'track', event: 'Product Viewed', anonymousId: 'a', messageId: 'm1' }));

/** A collector over a queue that fails with `error`, and a bucket beside it. */
function collector(error: Error) {
  const client = new SQSClient(OFFLINE);
  answerCalls(client, () => error);
  const bucket = new MemoryBucket();
  const to = new S3Spill(bucket.client, { bucket: 'failures', by: 'collect', clock, onSpill: () => undefined });
  const raw = new SqsRawQueue(client, 'raw', {
    gzip_from_bytes: 25_000,
    spill: { to, breaker: new Breaker(clock) },
  });
  const deps = {
    clock,
    newRequestId: () => 'request-1',
    sourceByKey: async () => source,
    isAllowedOrigin: () => true,
    raw,
  };
  const headers = {
    authorization: `Basic ${Buffer.from('key:').toString('base64')}`,
    'content-type': 'application/json',
  };
  const send = () => collect({ method: 'POST', path: '/v1/track', query: {}, headers, body }, deps);
  return { bucket, send };
}
const meta = { message: 'x', $metadata: {} };
const down = Object.assign(new Error('down'), { name: 'InternalFailure', $fault: 'server', $metadata: {} });

describe('the collector', () => {
  it.each([new RequestThrottled(meta), new KmsThrottled(meta)])(
    'answers 429 and when to come back while the queue is throttled: $name',
    async (error) => {
      const { bucket, send } = collector(error);
      const { status, headers, body: answer } = await send();
      expect([status, headers['retry-after']]).toEqual([429, '2']);
      expect(JSON.parse(answer)).toMatchObject({ success: false, accepted: 0, reason: 'overloaded' });
      expect(bucket.keys()).toEqual([]);
    },
  );

  it.each([
    down,
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('late'), { name: 'TimeoutError' }),
  ])('answers 200 while the queue is down, as S3 has the request: $name', async (error) => {
    const { bucket, send } = collector(error);
    expect((await send()).status).toBe(200);
    const [[key, stored] = ['', undefined]] = [...bucket.objects];
    const [line = ''] = stored ? readSpillObject({ key, body: stored.body }).lines : [];
    const record = decodeRaw(readRawLine(line));
    expect(record.head).toMatchObject({ source, request_id: 'request-1', received_at: '2026-01-01T00:00:00.000Z' });
    expect(record.body).toEqual(body);
  });

  it('answers 503 and when to come back when neither can be reached', async () => {
    const { bucket, send } = collector(down);
    bucket.failing = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { status, headers, body: answer } = await send();
    expect([status, headers['retry-after']]).toEqual([503, '30']);
    expect(JSON.parse(answer)).toMatchObject({ success: false, accepted: 0, reason: 'unavailable' });
  });

  it('writes one object for a request that is sent again, so that a drain feeds it once', async () => {
    const { bucket, send } = collector(down);
    await send();
    await send();
    expect(bucket.keys()).toHaveLength(1);
  });
});
