import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
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
const GIVEN = ['--bucket', 'b', '--raw-stream', 'river', '--queue', 'url', '--fire-function', 'fire'];

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
    [['--bucket', 'b'], 'name the streams too'],
    [['--dry'], "Unknown option '--dry'"],
  ])('refuse %j and say how it is written', (argv, message) => {
    expect(() => readRedriveArgs(argv, NOW)).toThrow(message);
  });
});

/** A deployment in which something waits everywhere. */
function deployment() {
  const bucket = new MemoryBucket();
  const queue = new MemoryQueue();
  const fed: string[] = [];
  const clients = {
    s3: bucket.client,
    sqs: queue.client,
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
  queue.send('{"name":"t1"}', { SCHEDULE_ARN: 'arn', ERROR_CODE: 'X' });
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
  return { bucket, queue, fed, run };
}

describe('redrive', () => {
  it('feeds failed batches, dead letters and the spill', async () => {
    const { bucket, queue, fed, run } = deployment();
    const report = await run();
    expect(fed).toEqual(['PutRecords river', 'Invoke fire', 'PutRecordBatch oneriver-events']);
    expect({ objects: bucket.keys(), letters: queue.messages.size }).toEqual({ objects: [], letters: 0 });
    expect(isClean(report)).toBe(true);
  });

  it('finds nothing more the second time', async () => {
    const { fed, run } = deployment();
    await run();
    await run();
    expect(fed).toHaveLength(3);
  });

  it('only says what there is in a dry run', async () => {
    const { fed, run } = deployment();
    expect(JSON.parse(JSON.stringify(await run('--dry-run')))).toMatchObject({
      dry_run: true,
      batches: { found: 1, by: { 'clean-function RetryAttemptsExhausted': 1 } },
      'dead-letters': { url: { found: 1, by: { 'schedule X': 1 } } },
      spill: { by: { 'lake events': 1 }, oldest: '2026-01-30T23:59:59.999Z' },
    });
    expect(fed).toEqual([]);
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
