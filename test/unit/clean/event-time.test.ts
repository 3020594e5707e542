import { describe, expect, it } from 'vitest';
import { eventTime } from '../../../functions/clean/event-time.ts';

const ARRIVAL = Date.parse('2026-03-01T12:00:00.000Z');
const at = (time: string) => `2026-03-01T${time}.000Z`;

describe('eventTime', () => {
  it.each([
    ['sent at once', { timestamp: at('11:59:58'), sentAt: at('11:59:59') }, at('11:59:58'), []],
    [
      'sent late by an offline app',
      { timestamp: '2026-02-20T08:00:00.000Z', sentAt: at('11:59:59') },
      '2026-02-20T08:00:00.000Z',
      [],
    ],
    ['a clock two minutes off', { timestamp: at('11:57:00'), sentAt: at('11:57:30') }, at('11:57:00'), []],
    ['a clock exactly five minutes off', { timestamp: at('11:54:00'), sentAt: at('11:55:00') }, at('11:54:00'), []],
    ['a clock an hour slow', { timestamp: at('10:59:00'), sentAt: at('11:00:00') }, at('11:59:00'), ['clock_skewed']],
    ['a clock an hour fast', { timestamp: at('12:59:00'), sentAt: at('13:00:00') }, at('11:59:00'), ['clock_skewed']],
    [
      'originalTimestamp alone',
      { originalTimestamp: at('10:59:00'), sentAt: at('11:00:00') },
      at('11:59:00'),
      ['clock_skewed'],
    ],
    [
      'an explicit time beside it',
      { originalTimestamp: at('10:59:00'), timestamp: '2024-05-01T12:00:00.123Z', sentAt: at('11:00:00') },
      '2024-05-01T12:00:00.123Z',
      [],
    ],
    ['no sent time', { timestamp: '2020-01-01T00:00:00+08:00' }, '2019-12-31T16:00:00.000Z', []],
    ['nothing', {}, at('12:00:00'), ['time_missing']],
    ['only a sent time', { sentAt: at('11:00:00') }, at('12:00:00'), ['time_missing']],
    ['the future', { timestamp: at('13:00:00') }, at('12:00:00'), ['clock_ahead']],
    [
      'after the sending',
      { timestamp: at('11:30:00'), sentAt: at('11:00:00') },
      at('12:00:00'),
      ['clock_skewed', 'clock_ahead'],
    ],
    ['the near future, as of a clock that is a little fast', { timestamp: at('12:02:00') }, at('12:02:00'), []],
    ['a number', { timestamp: ARRIVAL - 1000 }, at('11:59:59'), []],
  ])('%s', (_, item, occurred, flags) => {
    const time = eventTime(item, ARRIVAL);
    if ('reason' in time) throw new Error(time.detail);
    expect([new Date(time.occurredMs).toISOString(), time.flags]).toEqual([occurred, flags]);
  });

  it.each([
    ['timestamp', 'yesterday', 'got "yesterday"'],
    ['timestamp', '2026-03-01T10:00:00', 'got "2026-03-01T10:00:00"'],
    ['originalTimestamp', {}, 'got an object'],
    ['sentAt', true, 'got a boolean'],
  ])('names an unreadable %s', (field, value, got) => {
    expect(eventTime({ timestamp: at('11:00:00'), [field]: value }, ARRIVAL)).toMatchObject({
      reason: 'invalid_time',
      field: `/${field}`,
      detail: expect.stringContaining(got),
    });
  });

  it('is the same for every retry: a new sent time and a later arrival change nothing', () => {
    const times = [0, 1000, 90_000, 240_000].map((later) =>
      eventTime(
        { timestamp: at('12:01:30'), sentAt: new Date(ARRIVAL + later).toISOString() },
        ARRIVAL + later + 20_000,
      ),
    );
    expect(new Set(times.map((time) => JSON.stringify(time))).size).toBe(1);
  });
});
