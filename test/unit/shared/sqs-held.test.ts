import { describe, expect, it } from 'vitest';
import { SQSClient, SqsHeldMessages } from '../../../functions/shared/sqs-held.ts';
import { answerCalls, OFFLINE, type Service } from '../../support/recording-client.ts';

function messages(service: Service = () => ({})) {
  const client = new SQSClient(OFFLINE);
  const calls = answerCalls(client, service);
  return { calls, held: new SqsHeldMessages(client, 'queue') };
}
const receipts = Array.from({ length: 23 }, (_, n) => `r${n}`);

describe('messages that a function holds', () => {
  it('are removed ten to a call', async () => {
    const { calls, held } = messages();
    await held.remove(receipts);
    expect(calls.map(({ command, input }) => [command, input.QueueUrl])).toEqual(
      Array(3).fill(['DeleteMessageBatch', 'queue']),
    );
    const entries = calls.map(({ input }) => input.Entries as { Id: string; ReceiptHandle: string }[]);
    expect(entries.flat().map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(receipts);
    for (const part of entries) expect(new Set(part.map(({ Id }) => Id)).size).toBe(part.length);
  });

  it('are put off, each for its own time', async () => {
    const { calls, held } = messages();
    await held.postpone([
      { receipt: 'a', seconds: 2 },
      { receipt: 'b', seconds: 900 },
    ]);
    expect(calls).toEqual([
      {
        command: 'ChangeMessageVisibilityBatch',
        input: {
          QueueUrl: 'queue',
          Entries: [
            { Id: '0', ReceiptHandle: 'a', VisibilityTimeout: 2 },
            { Id: '1', ReceiptHandle: 'b', VisibilityTimeout: 900 },
          ],
        },
      },
    ]);
  });

  it('need no call when there are none', async () => {
    const { calls, held } = messages();
    await held.remove([]);
    await held.postpone([]);
    expect(calls).toEqual([]);
  });

  it('are asked for all at once: a queue that hangs takes the time of one call', async () => {
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
    const { calls, held } = messages(() => promise);
    const done = held.postpone(receipts.map((receipt) => ({ receipt, seconds: 1 })));
    await new Promise(setImmediate);
    expect(calls).toHaveLength(3);
    resolve({});
    await done;
  });

  it('do not hide that a call failed', async () => {
    const { held } = messages(() => new Error('no queue'));
    await expect(held.remove(['a'])).rejects.toThrow('no queue');
    await expect(held.postpone([{ receipt: 'a', seconds: 1 }])).rejects.toThrow('no queue');
  });
});
