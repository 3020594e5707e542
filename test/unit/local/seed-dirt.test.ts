import { describe, expect, it } from 'vitest';
import { broken, by, DAY, events, HOUR, requests, type Sent, type SentEvent } from './seed-month.ts';

describe('dirt', () => {
  it('has apps that deliver two to four days late, and say so by sentAt', () => {
    const late = events.filter(({ own, sent, at }) => at - sent < HOUR && sent - own > 1.9 * DAY);
    expect(new Set(late.map(({ context }) => context.device?.id)).size).toBeGreaterThanOrEqual(5);
    expect(Math.max(...late.map(({ own, sent }) => sent - own))).toBeLessThan(4.1 * DAY);
  });

  it('has phones whose clock is hours off, in timestamp and sentAt alike', () => {
    const skewed = events.filter(({ at, sent }) => Math.abs(at - sent) > HOUR);
    expect(new Set(skewed.map(({ context }) => context.device?.id)).size).toBeGreaterThanOrEqual(5);
    expect(skewed.every(({ source_id }) => source_id === 'app')).toBe(true);
    expect(skewed.filter(({ own, sent }) => own > sent)).toEqual([]);
  });

  it('sends some batches twice: the same events, another sentAt', () => {
    const twice = [...by(requests, ({ body }) => JSON.stringify(body.batch)).values()].filter(
      ({ length }) => length > 1,
    );
    expect(twice.length).toBeGreaterThan(50);
    for (const [first, second] of twice) expect(second?.body.sentAt).not.toBe(first?.body.sentAt);
  });

  it('repeats a message id only in retries, and once with another body', () => {
    const bodies = by(
      requests.flatMap(({ body }) => body.batch as SentEvent[]),
      ({ messageId }) => messageId,
    );
    const conflicts = [...bodies.values()].filter(
      (list) => new Set(list.map((event) => JSON.stringify(event))).size > 1,
    );
    expect(conflicts.length).toBe(1);
  });

  it('has a till that writes zeros for those who refuse, and one that writes half a number', () => {
    const phones = events.filter(({ source_id }) => source_id === 'pos').map(({ context }) => context.traits?.phone);
    expect(phones.filter((phone) => phone === '00000000000').length).toBeGreaterThan(20);
    expect(phones.filter((phone) => phone === '1380013').length).toBeGreaterThan(2);
  });

  it.each<[string, (event: Sent) => boolean]>([
    ['a price that is text', ({ properties }) => properties?.price === 'abc'],
    ['a negative price', ({ properties }) => properties?.price === -1],
    [
      'no product',
      ({ event, properties }) => event === 'Product Viewed' && !Object.hasOwn(properties ?? {}, 'product_id'),
    ],
    ['no event name', ({ type, event }) => type === 'track' && event === undefined],
    ['an unreadable time', ({ timestamp }) => timestamp === 'yesterday'],
    ['empty ids', ({ userId, anonymousId }) => userId === '' && anonymousId === ''],
    ['a placeholder for an id', ({ userId }) => userId === 'null'],
    ['a name that the plan does not know', ({ event }) => event === 'Lucky Wheel Spun'],
    ['a time in the future', ({ own, sent }) => own > sent + DAY],
    [
      'an order without id whose total is text',
      ({ event, properties }) => event === 'Order Completed' && properties?.total === '¥199.00',
    ],
    ['nothing wrong with it', ({ event, properties }) => event === 'Product Viewed' && Number(properties?.price) > 1],
  ])('has events with %s', (_, wrong) => {
    expect(broken.filter(wrong).length).toBeGreaterThanOrEqual(3);
  });
});
