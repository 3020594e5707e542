import { describe, expect, test } from 'vitest';
import { addDays, instantOf, wallClock } from '../../../functions/shared/zoned.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

describe('days are calendar days', () => {
  test.each([
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-03-08', -1, '2026-03-07'],
    ['2026-03-01', -400, '2025-01-25'],
  ])('%s and %i days is %s', (date, days, expected) => expect(addDays(date, days)).toBe(expected));
});

describe('a wall clock time as an instant', () => {
  test.each([
    ['an ordinary day', '2026-03-09', '10:00', 'America/New_York', '2026-03-09T14:00:00.000Z'],
    ['no summer time', '2026-07-01', '10:00', 'Asia/Shanghai', '2026-07-01T02:00:00.000Z'],
    ['in the gap: just after it', '2026-03-08', '02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
    ['in the overlap: the earlier', '2026-11-01', '01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['half an hour off', '2026-01-01', '10:00', 'Asia/Kolkata', '2026-01-01T04:30:00.000Z'],
    ['a day that was skipped', '2011-12-30', '10:00', 'Pacific/Apia', '2011-12-30T20:00:00.000Z'],
  ])('%s', (_, date, time, zone, expected) => expect(iso(instantOf(date, time, zone))).toBe(expected));

  test('reads back as the same wall clock, except in the gap', () => {
    for (const zone of ['America/New_York', 'Asia/Shanghai', 'Australia/Lord_Howe', 'Pacific/Kiritimati', 'UTC']) {
      for (let day = 0; day < 365; day += 1) {
        const date = addDays('2026-01-01', day);
        expect(wallClock(instantOf(date, '10:00', zone), zone)).toEqual({ date, time: '10:00' });
      }
    }
    expect(wallClock(instantOf('2026-03-08', '02:30', 'America/New_York'), 'America/New_York').time).toBe('03:30');
  });
});
