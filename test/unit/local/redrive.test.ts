import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { spillObjects } from '../../../functions/shared/spill.ts';
import { readRedriveArgs } from '../../../local/redrive/args.ts';
import { givenNames } from '../../../local/redrive/deployment.ts';
import { isClean, redrive } from '../../../local/redrive/run.ts';
import { failedBatch } from '../../support/failed-batch.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';
import { shardRecord } from '../../support/shard-reader.ts';

const NOW = Date.parse('2026-01-31T00:00:00.000Z');
const GIVEN = [
  ...['--bucket', 'b', '--raw-queue', 'raw', '--archive-stream', 'archive', '--clean-stream', 'river'],
  ...['--raw-dead-letters', 'raw-dead', '--queue', 'url', '--fire-function', 'fire'],
];

describe('the arguments of redrive', () => {
  it.each([
    ['24h', NOW - 86_400_000],
    ['90m', NOW - 5_400_000],
    ['7d', NOW - 604_800_000],
    ['2026-01-30T12:00:00Z', NOW - 43_200_000],
  ])('take --since %s', (text, since) => {
    expect(readRedriveArgs(['--since', text], NOW).since).toBe(since);
  });

  it.each([
    [['--since', 'yesterday'], 'Not an instant or an age'],
    [['--only', 'everything'], '--only knows batches'],
    [['--bucket', 'b', '--raw-queue', 'q'], 'With --bucket, name --raw-queue, --archive-stream and --clean-stream too'],
    [['--dry'], "Unknown option '--dry'"],
  ])('refuse %j and say how it is written', (argv, message) => {
    expect(() => readRedriveArgs(argv, NOW)).toThrow(message);
  });
});

/** A deployment in which something waits everywhere. */
function deployment() {
  const bucket = new MemoryBucket();
  const queues = { raw: new MemoryQueue(), 'raw-dead': new MemoryQueue(), url: new MemoryQueue() };
  const sqs = new SQSClient(OFFLINE);
  const broken = new Set<unknown>();
  answerCalls(sqs, (call) => {
    if (broken.has(call.input.QueueUrl)) return Object.assign(new Error('no'), { name: 'AccessDenied' });
    const queue = Object.entries(queues).find(([url]) => url === call.input.QueueUrl)?.[1];
    return queue?.answer(call) ?? new Error(`There is no queue ${call.input.QueueUrl}.`);
  });
  const fed: string[] = [];
  const clients = {
    s3: bucket.client,
    sqs,
    kinesis: new KinesisClient(OFFLINE),
    firehose: new FirehoseClient(OFFLINE),
    bus: new EventBridgeClient(OFFLINE),
    lambda: new LambdaClient(OFFLINE),
  };
  const ok = { FailedRecordCount: 0, FailedPutCount: 0, FailedEntryCount: 0, StatusCode: 202 };
  for (const client of [clients.kinesis, clients.firehose, clients.bus, clients.lambda]) {
    answerCalls(client, ({ command, input }) => {
      fed.push(`${command} ${input.StreamName ?? input.DeliveryStreamName ?? input.FunctionName}`);
      return ok;
    });
  }
  const batch = failedBatch({ records: [shardRecord(Buffer.from('r'), 1)] });
  bucket.objects.set('aws/lambda/m/s/1', { body: Buffer.from(batch), modified: NOW - 1 });
  const parcel = { kind: 'lake', target: 'events', why: 'Busy', lines: ['{}'] } as const;
  for (const { key, body } of spillObjects(parcel, { by: 'stitch', at: '2026-01-30T00:00:00.000Z' }))
    bucket.objects.set(key, { body, modified: NOW - 1 });
  // What looks like a call, and is not: it came from the raw queue.
  queues['raw-dead'].send('{"name":"t1"}', {}, NOW - 86_400_000);
  queues['raw-dead'].send('cmF3', {}, NOW - 90_000_000);
  queues.url.send('{"name":"t1"}', { SCHEDULE_ARN: 'arn', ERROR_CODE: 'X' });
  const run = (...argv: string[]) => {
    const { parts, dryRun, since, given } = readRedriveArgs([...GIVEN, ...argv], NOW);
    if (!given) throw new Error('the names are given');
    const options = { dryRun, since, until: NOW };
    return redrive(parts, {
      clients,
      names: givenNames(given),
      options,
      clock: { now: () => NOW },
      say: () => undefined,
    });
  };
  return { bucket, queues, broken, fed, run };
}

describe('redrive', () => {
  it('feeds failed batches, dead letters and the spill', async () => {
    const { bucket, queues, fed, run } = deployment();
    const report = await run();
    expect(fed).toEqual(['PutRecords river', 'Invoke fire', 'PutRecordBatch oneriver-events']);
    expect(bucket.keys()).toEqual([]);
    expect(isClean(report)).toBe(true);
    expect(report['dead-letters']).toMatchObject({ 'raw-dead': { found: 2, fed: 2 }, url: { found: 1, fed: 1 } });
    const { raw, ...dead } = queues;
    expect(raw.bodies(), 'byte for byte, whatever a raw record looks like').toEqual(['{"name":"t1"}', 'cmF3']);
    expect(Object.values(dead).flatMap((queue) => queue.bodies())).toEqual([]);
  });

  it.each([
    ['raw-dead', { 'raw-dead': { failed: 'AccessDenied: no' }, url: { fed: 1 } }],
    ['url', { 'raw-dead': { fed: 2 }, url: { failed: 'AccessDenied: no' } }],
  ])('goes on with the other dead letters where one queue cannot be read: %s', async (url, found) => {
    const { queues, broken, fed, run } = deployment();
    broken.add(url);
    const report = await run('--only', 'dead-letters');
    expect(report['dead-letters']).toMatchObject(found);
    expect(isClean(report)).toBe(false);
    broken.clear();
    expect(isClean(await run('--only', 'dead-letters'))).toBe(true);
    expect({ fed, raw: queues.raw.messages.size }).toEqual({ fed: ['Invoke fire'], raw: 2 });
  });

  it('takes of the raw dead letters what came since, and counts the others', async () => {
    const { queues, run } = deployment();
    const report = await run('--since', '24h');
    expect(report['dead-letters']).toMatchObject({ 'raw-dead': { found: 1, fed: 1, skipped: 1 } });
    expect(queues['raw-dead'].bodies()).toEqual(['cmF3']);
  });

  it('finds nothing more the second time', async () => {
    const { fed, run } = deployment();
    await run();
    await run();
    expect(fed).toHaveLength(3);
  });

  it('only says what there is in a dry run', async () => {
    const { queues, fed, run } = deployment();
    expect(JSON.parse(JSON.stringify(await run('--dry-run')))).toMatchObject({
      dry_run: true,
      batches: { found: 1, by: { 'stitch-function RetryAttemptsExhausted': 1 } },
      'dead-letters': {
        'raw-dead': { found: 2, fed: 0, by: { raw: 2 }, oldest: '2026-01-29T23:00:00.000Z' },
        url: { found: 1, by: { 'schedule X': 1 } },
      },
      spill: { by: { 'lake events': 1 }, oldest: '2026-01-30T23:59:59.999Z' },
    });
    expect({ fed, raw: queues.raw.bodies(), letters: queues['raw-dead'].visible() }).toEqual({
      fed: [],
      raw: [],
      letters: ['m1', 'm2'],
    });
  });

  it('does the parts that are asked for', async () => {
    const { fed, run } = deployment();
    await run('--only', 'spill');
    expect(fed).toEqual(['PutRecordBatch oneriver-events']);
  });

  it('says of a part that failed why, and does the others', async () => {
    const { bucket, fed, run } = deployment();
    bucket.failing = ({ input }) =>
      input.Prefix === 'aws/lambda/' ? Object.assign(new Error('no'), { name: 'AccessDenied' }) : undefined;
    const report = await run();
    expect(report.batches).toEqual({ failed: 'AccessDenied: no' });
    expect(fed).toEqual(['Invoke fire', 'PutRecordBatch oneriver-events']);
    expect(isClean(report)).toBe(false);
  });
});
