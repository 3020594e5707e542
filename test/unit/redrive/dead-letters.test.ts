import { describe, expect, it } from 'vitest';
import { redriveDeadLetters } from '../../../functions/redrive/dead-letters.ts';
import { SqsDeadLetters } from '../../../functions/redrive/sqs-dead-letters.ts';
import type { StreamEntry } from '../../../functions/shared/kinesis-records.ts';
import { failedBatch } from '../../support/failed-batch.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { shardRecord } from '../../support/shard-reader.ts';

const NOW = Date.parse('2026-01-02T00:00:00.000Z');
const timer = { name: 't1', at: '2026-01-01T00:00:00.000Z' };
const triggered = { 'detail-type': 'Campaign Triggered', detail: { timer } };

/** A queue with one letter of each kind, as the services write them. */
function letters() {
  const queue = new MemoryQueue();
  queue.send(JSON.stringify(timer), {
    SCHEDULE_ARN: 'arn:aws:scheduler:r:1:schedule/oneriver/t1',
    ERROR_CODE: 'AWS.Lambda.ServiceException',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    IS_PAYLOAD_TRUNCATED: 'false',
  });
  queue.send(JSON.stringify(triggered), { RULE_ARN: 'arn:aws:events:r:1:rule/oneriver/c', ERROR_CODE: 'THROTTLING' });
  queue.send(
    JSON.stringify({
      version: '1.0',
      timestamp: '2026-01-01T00:00:00.000Z',
      requestContext: { requestId: 'r', functionArn: 'arn', condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: timer,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'x' },
    }),
  );
  return queue;
}

function run(queue: MemoryQueue, over: { dryRun?: boolean; fails?: number } = {}) {
  const called: unknown[] = [];
  const onStream: StreamEntry[] = [];
  let fails = over.fails ?? 0;
  const deps = {
    call: async (input: unknown) => {
      fails -= 1;
      if (fails === 0) throw new Error('Lambda is down');
      called.push(input);
    },
    river: {
      put: async (entries: readonly StreamEntry[]) => void onStream.push(...entries),
      read: async () => [{ PartitionKey: 'owner-1', Data: Buffer.from('r') }],
    },
  };
  const options = { dryRun: over.dryRun ?? false, since: 0, until: NOW };
  return { called, onStream, report: redriveDeadLetters(new SqsDeadLetters(queue.client, 'url'), deps, options) };
}

describe('redrive of dead letters', () => {
  it('calls again what schedules, rules and Lambda gave up on, with the input that each was to have', async () => {
    const queue = letters();
    const { called, report } = run(queue);
    expect(await report).toMatchObject({
      found: 3,
      fed: 3,
      by: {
        'schedule AWS.Lambda.ServiceException': 1,
        'rule THROTTLING': 1,
        'lambda RetriesExhausted': 1,
      },
    });
    expect(called).toEqual([timer, triggered, timer]);
    expect(queue.messages.size).toBe(0);
  });

  it('calls nothing in a dry run, and leaves every message visible', async () => {
    const queue = letters();
    const { called, report } = run(queue, { dryRun: true });
    expect(await report).toMatchObject({ found: 3, fed: 0 });
    expect({ called, visible: queue.visible().length }).toEqual({ called: [], visible: 3 });
  });

  it('keeps a message whose call was not durable', async () => {
    const queue = letters();
    await expect(run(queue, { fails: 2 }).report).rejects.toThrow('Lambda is down');
    expect(queue.visible()).toEqual(['m2', 'm3']);
  });

  it('puts a failed batch back on its stream, where Lambda left only its place', async () => {
    const queue = new MemoryQueue();
    queue.send(failedBatch({ records: [shardRecord(Buffer.from('r'), 1)] }, { payload: false }));
    const { onStream, report } = run(queue);
    expect(await report).toMatchObject({ found: 1, fed: 1 });
    expect(onStream).toEqual([{ PartitionKey: 'owner-1', Data: Buffer.from('r') }]);
  });

  it('leaves what is cut short or no JSON, and what came after the run began', async () => {
    const queue = new MemoryQueue();
    queue.send(JSON.stringify(timer), { IS_PAYLOAD_TRUNCATED: 'true' });
    queue.send('torn');
    queue.send(JSON.stringify(timer), {}, NOW + 1);
    const { called, report } = run(queue);
    expect(await report).toMatchObject({ found: 2, fed: 0, skipped: 1, left: { truncated: 1, unreadable: 1 } });
    expect({ called, visible: queue.visible().length }).toEqual({ called: [], visible: 3 });
  });
});
