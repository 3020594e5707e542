import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { rawReturn, redriveRawLetters } from '../../../functions/redrive/raw-letters.ts';
import { SqsDeadLetters } from '../../../functions/redrive/sqs-dead-letters.ts';
import { S3LargeRecords } from '../../../functions/shared/large-records.ts';
import { messageOf, pointerTo } from '../../../functions/shared/raw-message.ts';
import { SqsRawQueue } from '../../../functions/shared/sqs-raw-queue.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { answerCalls, countedDelivery, OFFLINE } from '../../support/recording-client.ts';

const NOW = Date.parse('2026-01-20T00:00:00.000Z');
const DAY = 86_400_000;

/** A raw queue that may be down, its dead letters, and the bucket beside it; what was called, in order. */
function deployment() {
  const raw = new MemoryQueue();
  const dead = new MemoryQueue();
  const bucket = new MemoryBucket();
  const calls: string[] = [];
  const state = { down: false };
  const client = new SQSClient(OFFLINE);
  answerCalls(client, (call) => {
    const { Entries, QueueUrl } = call.input;
    calls.push(`${call.command}${Array.isArray(Entries) ? ` ${Entries.length}` : ''}`);
    if (QueueUrl === 'dead') return dead.answer(call);
    return state.down ? Object.assign(new Error('down'), { $fault: 'server' }) : raw.answer(call);
  });
  const large = new S3LargeRecords(bucket.client, 'b');
  const { options: delivery } = countedDelivery(2);
  const back = rawReturn(new SqsRawQueue(client, 'raw', { gzip_from_bytes: 1, large, delivery }), large);
  const run = (over: { dryRun?: boolean; since?: number; until?: number } = {}) =>
    redriveRawLetters(new SqsDeadLetters(client, 'dead'), back, { dryRun: false, since: 0, until: NOW, ...over });
  return { raw, dead, bucket, large, calls, state, run };
}

const nth = (index: number): string => messageOf(Buffer.of(0xff, index));

describe('redrive of what clean could not take', () => {
  it('puts each text back byte by byte, whatever it looks like, and removes it', async () => {
    const { raw, dead, run } = deployment();
    const texts = [nth(1), '{"name":"t1","at":"2026-01-01T00:00:00.000Z"}', '{"KinesisBatchInfo":{}}', 'tórn ☃', '{'];
    for (const text of texts) dead.send(text, {}, NOW - DAY);
    expect(await run()).toMatchObject({ found: 5, records: 5, fed: 5, by: { raw: 5 }, left: {} });
    expect(raw.bodies()).toEqual(texts);
    expect(dead.bodies()).toEqual([]);
  });

  it('sends ten in a call, and removes none before they are durable', async () => {
    const { raw, dead, calls, run } = deployment();
    for (let index = 0; index < 25; index += 1) dead.send(nth(index), {}, NOW - DAY);
    expect(await run()).toMatchObject({ found: 25, fed: 25, oldest: new Date(NOW - DAY).toISOString() });
    expect(raw.messages.size).toBe(25);
    expect(calls.filter((call) => call.startsWith('SendMessageBatch'))).toEqual([
      'SendMessageBatch 10',
      'SendMessageBatch 10',
      'SendMessageBatch 5',
    ]);
    const first = (name: string) => calls.findIndex((call) => call.startsWith(name));
    expect(first('SendMessageBatch')).toBeLessThan(first('DeleteMessage'));
  });

  it('keeps everything visible where the queue does not take it, and goes on another time', async () => {
    const { raw, dead, state, run } = deployment();
    dead.send(nth(1), {}, NOW - DAY);
    state.down = true;
    await expect(run()).rejects.toThrow('The raw queue: 1 entries were not taken');
    expect(dead.visible()).toEqual(['m1']);
    state.down = false;
    expect(await run()).toMatchObject({ fed: 1 });
    expect({ raw: raw.bodies(), dead: dead.bodies() }).toEqual({ raw: [nth(1)], dead: [] });
  });

  it('feeds nothing in a dry run, and leaves every message visible', async () => {
    const { raw, dead, run } = deployment();
    for (let index = 0; index < 12; index += 1) dead.send(nth(index), {}, NOW - DAY);
    expect(await run({ dryRun: true })).toMatchObject({ found: 12, records: 12, fed: 0 });
    expect({ sent: raw.bodies(), visible: dead.visible().length }).toEqual({ sent: [], visible: 12 });
  });

  it('takes what came in the time asked for, and counts the rest', async () => {
    const { raw, dead, run } = deployment();
    dead.send(nth(1), {}, NOW - 3 * DAY);
    dead.send(nth(2), {}, NOW - DAY);
    dead.send(nth(3), {}, NOW + 1);
    expect(await run({ since: NOW - 2 * DAY })).toMatchObject({ found: 1, fed: 1, skipped: 2 });
    expect({ sent: raw.bodies(), visible: dead.visible() }).toEqual({ sent: [nth(2)], visible: ['m1', 'm3'] });
  });

  it('lets a large record live as long as its new message', async () => {
    const { raw, dead, bucket, large, run } = deployment();
    const key = await large.keep(Buffer.from('large'));
    dead.send(pointerTo(key), {}, NOW - DAY);
    bucket.now = NOW;
    expect(await run({ dryRun: true })).toMatchObject({ found: 1 });
    expect(bucket.objects.get(key)?.modified, 'a dry run writes nothing').toBeLessThan(NOW);
    expect(await run()).toMatchObject({ found: 1, fed: 1 });
    expect(bucket.objects.get(key)).toEqual({ body: Buffer.from('large'), modified: NOW });
    expect(raw.bodies()).toEqual([pointerTo(key)]);
  });

  it.each([
    ['expired', '0'],
    ['changed', '1'],
  ])('leaves a message whose record cannot be had, says why, and feeds the others: %s', async (why, digit) => {
    const { raw, dead, bucket, run } = deployment();
    bucket.objects.set(`large/${'1'.repeat(64)}`, { body: Buffer.from('another'), modified: 0 });
    dead.send(pointerTo(`large/${digit.repeat(64)}`), {}, NOW - DAY);
    dead.send(nth(1), {}, NOW - DAY);
    expect(await run()).toMatchObject({ found: 2, fed: 1, left: { [why]: 1 } });
    expect({ sent: raw.bodies(), visible: dead.visible() }).toEqual({ sent: [nth(1)], visible: ['m1'] });
  });

  it('reads no other object, whatever a message says', async () => {
    const { raw, dead, bucket, run } = deployment();
    dead.send(pointerTo('spill/lake/events/secret'), {}, NOW - DAY);
    expect(await run()).toMatchObject({ found: 1, fed: 1 });
    expect({ sent: raw.bodies(), read: bucket.calls }).toEqual({
      sent: ['{"kept":"spill/lake/events/secret"}'],
      read: [],
    });
  });
});
