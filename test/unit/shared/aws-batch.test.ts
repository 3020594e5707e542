import { describe, expect, it } from 'vitest';
import { chunk, DeliveryError, deliver, refused } from '../../../functions/shared/aws-batch.ts';
import { countedDelivery } from '../../support/recording-client.ts';

describe('deliver', () => {
  it('sends again only what failed, in order, with doubled waits', async () => {
    const { waits, options } = countedDelivery(4);
    const sent: string[][] = [];
    const failing = [['b', 'd'], ['d'], []];
    await deliver(
      'Test',
      ['a', 'b', 'c', 'd'],
      async (items) => {
        sent.push([...items]);
        return (failing.shift() ?? []).map((item) => ({ item, code: 'Throttled' }));
      },
      options,
    );
    expect(sent).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']]);
    expect(waits).toEqual([100, 200]);
  });

  it('throws after the last attempt, with the code', async () => {
    const { waits, options } = countedDelivery(2);
    const always = deliver('Test', ['a'], async (items) => items.map((item) => ({ item, code: 'Throttled' })), options);
    await expect(always).rejects.toThrow(new DeliveryError('Test', 1, 'Throttled').message);
    expect(waits).toEqual([100]);
  });

  it('lets an error of the call itself through', async () => {
    const { options } = countedDelivery();
    const fails = deliver('Test', ['a'], () => Promise.reject(new Error('denied')), options);
    await expect(fails).rejects.toThrow('denied');
  });

  it('calls nobody for nothing', async () => {
    const { options } = countedDelivery();
    await deliver('Test', [], () => Promise.reject(new Error('called')), options);
  });
});

describe('chunk', () => {
  const length = (item: string) => item.length;

  it.each([
    [
      { items: 2, bytes: 100 },
      [
        ['a', 'bb'],
        ['ccc', 'd'],
      ],
    ],
    [{ items: 10, bytes: 3 }, [['a', 'bb'], ['ccc'], ['d']]],
    [{ items: 10, bytes: 7 }, [['a', 'bb', 'ccc', 'd']]],
  ])('keeps order within %j', (limits, chunks) => {
    expect(chunk(['a', 'bb', 'ccc', 'd'], limits, length)).toEqual(chunks);
  });

  it('refuses an entry that fits in no call', () => {
    expect(() => chunk(['abcd'], { items: 1, bytes: 3 }, length)).toThrow(RangeError);
  });
});

describe('refused', () => {
  it('takes an entry without a reply as not taken', () => {
    expect(refused(['a', 'b', 'c'], [{}, { ErrorCode: 'Full' }])).toEqual([
      { item: 'b', code: 'Full' },
      { item: 'c', code: 'NoReply' },
    ]);
  });
});
