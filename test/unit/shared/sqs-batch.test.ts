import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { largeKey, messageOf, pointerTo } from '../../../functions/shared/raw-message.ts';
import { failingSeconds, logFault, retrySeconds, takeMessages } from '../../../functions/shared/sqs-batch.ts';
import type { MessageFault } from '../../../functions/shared/sqs-groups.ts';
import { pack } from '../../../functions/shared/stream-codec.ts';
import { sqsRecord } from '../../support/raw-queue.ts';

/** Work that fails on messages that say `bad`, and records that cannot be had when they are `far`; what it asks of the queue is noted. */
function worker({
  remainingMs = (): number => 60_000,
  failing = (text: string) => text.includes('bad'),
  random = (): number => 0.5,
} = {}) {
  const seen: string[][] = [];
  const faults: MessageFault[] = [];
  const removed: string[][] = [];
  const postponed: { receipt: string; seconds: number }[] = [];
  const state = { queueFails: false };
  const held = {
    remove: async (receipts: readonly string[]) => {
      if (state.queueFails) throw new Error('no queue');
      removed.push([...receipts]);
    },
    postpone: async (waits: readonly { receipt: string; seconds: number }[]) => {
      if (state.queueFails) throw new Error('no queue');
      postponed.push(...waits);
    },
  };
  const run = async (...Records: SQSRecord[]): Promise<string[]> => {
    const { batchItemFailures } = await takeMessages(
      { Records },
      {
        open: async (body) => {
          if (body.startsWith('{')) throw new Error('no bucket');
          return Buffer.from(body);
        },
        work: async (records) => {
          const texts = records.map(({ bytes }) => Buffer.from(bytes).toString());
          seen.push(texts);
          if (texts.some(failing)) throw new Error('cannot');
        },
        held: async () => held,
        remainingMs,
        // By default in the order in which they came.
        random,
        onFault: (fault) => faults.push(fault),
      },
    );
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { run, seen, faults, removed, postponed, state };
}
const all = (...texts: string[]) => texts.map((text) => sqsRecord(text));
const far = (digit: string) => pointerTo(largeKey(digit.repeat(64)));

describe('a batch', () => {
  it('is taken in one go, and nothing is asked of the queue', async () => {
    const { run, seen, faults, removed, postponed } = worker();
    expect(await run(...all('a', 'b', 'c'))).toEqual([]);
    expect({ seen, faults, removed, postponed }).toEqual({
      seen: [['a', 'b', 'c']],
      faults: [],
      removed: [],
      postponed: [],
    });
  });

  it.each([
    [
      ['a', 'bad', 'c'],
      [['a', 'bad', 'c'], ['a'], ['bad', 'c'], ['bad'], ['c']],
    ],
    [
      ['bad', 'b', 'c'],
      [['bad', 'b', 'c'], ['bad'], ['b'], ['c']],
    ],
    [['bad'], [['bad']]],
  ])('with a bad message gives back that one alone: %j', async (texts, calls) => {
    const { run, seen } = worker();
    expect(await run(...all(...texts))).toEqual(['bad']);
    expect(seen).toEqual(calls);
  });

  it('of two hundred with a bad one costs few calls, not two hundred', async () => {
    const { run, seen } = worker();
    const texts = Array.from({ length: 200 }, (_, n) => (n === 117 ? 'bad' : `m${n}`));
    expect(await run(...all(...texts))).toEqual(['bad']);
    expect(seen.length).toBeLessThan(40);
    expect(new Set(seen.flat()).size).toBe(200);
  });

  it('is given back after three failures in a row, as nothing goes well now', async () => {
    const { run, seen } = worker({ failing: () => true });
    const texts = Array.from({ length: 20 }, (_, n) => `m${n}`);
    expect((await run(...all(...texts))).toSorted()).toEqual(texts.toSorted());
    expect(seen.map((call) => call.length)).toEqual([20, 1, 1, 1]);
  });

  it('is given back as it is when there is no time left', async () => {
    const { run, seen, postponed } = worker({ remainingMs: () => 14_999 });
    expect(await run(...all('a', 'b'))).toEqual(['a', 'b']);
    expect([seen, postponed.length]).toEqual([[], 2]);
  });

  it('asks nothing of the queue when only the answer can still be given', async () => {
    const { run, postponed } = worker({ remainingMs: () => 9_999 });
    expect(await run(...all('a', 'b'))).toEqual(['a', 'b']);
    expect(postponed).toEqual([]);
  });

  it('that holds a message twice takes it once', async () => {
    const { run, seen, postponed } = worker();
    const again = { ...sqsRecord('bad'), receiptHandle: 'newer' };
    expect(await run(...all('a', 'bad', 'a'), again)).toEqual(['bad']);
    expect(seen[0]).toEqual(['a', 'bad']);
    expect(postponed.map(({ receipt }) => receipt)).toEqual(['newer']);
  });
});

describe('records that have to be fetched', () => {
  it('wait alone when they cannot be had: all others are done at once', async () => {
    const { run, seen, faults } = worker();
    expect(await run(...all(far('1'), 'a', far('2'), 'b'))).toEqual([far('1'), far('2')]);
    expect(seen).toEqual([['a', 'b']]);
    expect(faults).toMatchObject([{ message_id: far('1'), messages: 2 }]);
  });

  it('do not hold the others up when they are many', async () => {
    const { run, seen } = worker();
    const pointers = Array.from({ length: 100 }, (_, n) => sqsRecord(far('3'), { id: `far ${n}` }));
    const failed = await run(...pointers, ...all('a', 'b'));
    expect(failed).toHaveLength(100);
    expect(seen).toEqual([['a', 'b']]);
  });

  it('are worked on few at a time: they must fit into memory', async () => {
    const sizes: number[] = [];
    const Records = Array.from({ length: 20 }, (_, n) => sqsRecord(far('4'), { id: `far ${n}` }));
    await takeMessages(
      { Records },
      {
        open: async () => Buffer.alloc(1_000 * 1_024),
        work: async (records) => void sizes.push(records.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)),
        held: () => Promise.reject(new Error('nobody asks')),
        remainingMs: () => 60_000,
        random: () => 0.5,
        onFault: () => undefined,
      },
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBe(20 * 1_000 * 1_024);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
  });
});

describe('messages that unfold to much', () => {
  it('are worked on few at a time: two hundred of half a MiB do not fit into memory, nor into the time', async () => {
    const body = messageOf(pack(Buffer.alloc(500 * 1024, '{"event":"Product Viewed"},'), 0));
    const Records = Array.from({ length: 200 }, (_, n) => sqsRecord(body, { id: `m${n}` }));
    const sizes: number[] = [];
    const answer = await takeMessages(
      { Records },
      {
        open: async () => Buffer.from(body, 'base64'),
        work: async (records) => void sizes.push(records.length),
        held: () => Promise.reject(new Error('nobody asks')),
        remainingMs: () => 60_000,
        random: () => 0.5,
        onFault: () => undefined,
      },
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sizes.reduce((sum, size) => sum + size)).toBe(200);
    expect(Math.max(...sizes)).toBe(8);
  });
});

describe('messages that have come often', () => {
  const old = (text: string) => sqsRecord(text, { receives: 4 });

  it('are taken after the others are done and gone, in growing groups', async () => {
    const { run, seen, removed } = worker();
    expect(await run(old('x'), ...all('a', 'b'), old('y'), old('z'), old('bad'), old('u'), old('v'))).toEqual(['bad']);
    expect(seen).toEqual([['a', 'b'], ['x'], ['y', 'z'], ['bad', 'u', 'v'], ['bad'], ['u'], ['v']]);
    const done = seen.filter((texts) => !texts.includes('bad'));
    expect(removed.map((receipts) => receipts.map((receipt) => receipt.split(' ')[2]))).toEqual(done);
  });

  it('are taken in an order by dice, so that what ends the function is not always before the same ones', async () => {
    const dice = [0.9, 0.1, 0.5];
    const { run, seen } = worker({ random: () => dice.shift() ?? 0.5 });
    await run(old('x'), old('y'), old('z'));
    expect(seen).toEqual([['y'], ['z', 'x']]);
  });

  it('are as many at once as there is time for, as slow as they are: what is done is acknowledged', async () => {
    let leftMs = 60_000;
    const { run, seen } = worker({
      remainingMs: () => leftMs,
      failing: () => {
        leftMs -= 5_000;
        return false;
      },
    });
    const failed = await run(...Array.from({ length: 30 }, (_, n) => old(`m${n}`)));
    expect(leftMs).toBeGreaterThanOrEqual(10_000);
    expect([seen.flat().length + failed.length, seen.flat().length]).toEqual([30, 10]);
  });

  it('are never removed undone, the others neither', async () => {
    const { run, removed } = worker({ failing: () => true });
    expect(await run(old('x'), old('y'), ...all('a', 'b'))).toHaveLength(4);
    expect(removed).toEqual([]);
  });

  it('are each put off for longer than the rest before they are begun', async () => {
    const done = worker({ failing: (text) => text === 'x' });
    expect(await done.run(old('x'), old('y'), old('z'))).toEqual(['x']);
    expect(done.postponed.slice(0, 3).map(({ receipt, seconds }) => [receipt.split(' ')[2], seconds])).toEqual([
      ['x', 900],
      ['y', 900],
      ['z', 900],
    ]);
    // What failed by itself comes again as soon as others that do.
    expect(done.postponed.at(-1)).toEqual({ receipt: 'receipt of x 4', seconds: 12 });
  });

  it('are done all the same when the queue cannot be asked; that is in the log', async () => {
    const done = worker();
    done.state.queueFails = true;
    expect(await done.run(old('x'), old('y'), ...all('a', 'bad'))).toEqual(['bad']);
    expect(new Set(done.seen.flat())).toEqual(new Set(['a', 'bad', 'x', 'y']));
    expect(done.faults.filter(({ messages }) => messages === 0)).toHaveLength(6);
  });
});

describe('the wait of a message that failed', () => {
  it('is doubled with each delivery, up to a quarter of an hour', () => {
    const waits = [1, 2, 3, 9, 10, 100, 5_000].map((receives) => retrySeconds(receives, () => 0));
    expect(waits).toEqual([2, 4, 8, 512, 900, 900, 900]);
    expect(retrySeconds(100, () => 0.999)).toBe(450);
    expect(retrySeconds(1, () => 0.999)).toBe(1);
  });

  it('is told to the queue for each that failed, by how often it came', async () => {
    const { run, postponed } = worker();
    await run(sqsRecord('bad', { receives: 2 }), sqsRecord('bad too', { receives: 3 }), sqsRecord('a'));
    expect(postponed).toEqual([
      { receipt: 'receipt of bad 2', seconds: 3 },
      { receipt: 'receipt of bad too 3', seconds: 6 },
    ]);
  });
});

describe('what is told of failures', () => {
  it('is how long the oldest of them has waited', () => {
    const Records = [
      sqsRecord('a', { sentAt: 1_000 }),
      sqsRecord('b', { sentAt: 5_000 }),
      sqsRecord('c', { sentAt: 9_000 }),
    ];
    const failed = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
    expect(failingSeconds({ Records }, failed('b', 'c'), 65_000)).toBe(60);
    expect(failingSeconds({ Records }, failed(), 65_000)).toBeUndefined();
  });

  it('names the message in the log, and nothing that is in it', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    logFault({
      message_id: 'id-1',
      messages: 3,
      error: new SyntaxError('Unexpected token in {"phone":"13812345678"}'),
    });
    const said = JSON.stringify(log.mock.calls);
    log.mockRestore();
    expect(said).toMatch(/messages failed.*id-1.*SyntaxError/);
    expect(said).not.toContain('138');
  });
});
