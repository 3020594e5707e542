import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownZone, localDate, localHour, parseTime } from '../../../functions/shared/time.ts';
import { wallClock } from '../../../functions/shared/zoned.ts';

describe('parseTime', () => {
  it.each([
    ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T18:00:00.1+08:00', '2026-03-01T10:00:00.100Z'],
    ['2026-03-01 18:00+0800', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T02:00:00.123456-08', '2026-03-01T10:00:00.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    [1772359200000, '2026-03-01T10:00:00.000Z'],
  ])('%j is %s', (value, expected) => expect(new Date(parseTime(value) ?? Number.NaN).toISOString()).toBe(expected));

  it.each([
    '2026-03-01T10:00:00',
    '2026-03-01',
    '2026-02-30T10:00:00Z',
    '2025-02-29T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-03-01T25:00:00Z',
    '0001-01-01T00:00:00Z',
    'yesterday',
    '1772359200',
    1772359200,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    {},
    undefined,
  ])('%j is no time', (value) => expect(parseTime(value)).toBeUndefined());

  it('reads every time that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) }), (ms) => {
        expect(parseTime(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });
});

describe('knownZone', () => {
  it.each([
    ['Asia/Shanghai', 'Asia/Shanghai'],
    ['asia/shanghai', 'Asia/Shanghai'],
    ['UTC', 'UTC'],
    ['GMT+0800', 'Etc/GMT-8'],
    ['GMT-0500', 'Etc/GMT+5'],
    ['GMT+0000', 'Etc/GMT'],
    ['GMT+0530', undefined],
    ['+08:00', undefined],
    ['Mars/Olympus', undefined],
    ['', undefined],
    [8, undefined],
  ])('%j is %j', (name, expected) => expect(knownZone(name)).toBe(expected));
});

describe('localDate', () => {
  it('agrees with Temporal at every moment and in every kind of zone', () => {
    const zones = [
      'UTC',
      'Asia/Shanghai',
      'Asia/Kathmandu',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/St_Johns',
      'Etc/GMT-8',
      'Pacific/Apia',
    ];
    const span = { min: Date.UTC(1990, 0, 1), max: Date.UTC(2040, 0, 1) };
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(span), (zone, ms) => {
        expect(localDate(ms, zone)).toBe(wallClock(ms, zone).date);
      }),
      { numRuns: 500 },
    );
  });

  it('turns at midnight, on both sides of it, cached or not', () => {
    const midnight = Date.parse('2026-03-01T16:00:00.000Z');
    for (let i = 0; i < 2; i++) {
      expect(localDate(midnight - 1, 'Asia/Shanghai')).toBe('2026-03-01');
      expect(localDate(midnight, 'Asia/Shanghai')).toBe('2026-03-02');
    }
  });

  it('follows clocks that are put back across midnight, a minute after it', () => {
    for (let i = 0; i < 2; i++) {
      expect(localDate(Date.parse('2000-10-29T02:30:30Z'), 'America/St_Johns')).toBe('2000-10-29');
      expect(localDate(Date.parse('2000-10-29T02:31:00Z'), 'America/St_Johns')).toBe('2000-10-28');
    }
  });

  it('tells a wrong zone', () => expect(() => localDate(0, 'Mars/Olympus')).toThrow(RangeError));
});

describe('localHour', () => {
  it('agrees with Temporal at every moment and in every kind of zone', () => {
    const zones = [
      'UTC',
      'Asia/Shanghai',
      'Asia/Kathmandu',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Monrovia',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: Date.UTC(2040, 0, 1) }), (zone, ms) => {
        expect(localHour(ms, zone)).toBe(wallClock(ms, zone).time.slice(0, 2));
      }),
      { numRuns: 500 },
    );
  });

  it('turns where the hour does, cached or not, also inside a quarter', () => {
    // Until 1972 Liberia was 44 minutes and 30 seconds behind Greenwich.
    const turn = Date.parse('1971-06-01T12:44:30.000Z');
    for (let i = 0; i < 2; i++) {
      expect(localHour(turn - 1, 'Africa/Monrovia')).toBe('11');
      expect(localHour(turn, 'Africa/Monrovia')).toBe('12');
    }
  });

  it('tells a wrong zone', () => expect(() => localHour(0, 'Mars/Olympus')).toThrow(RangeError));
});
