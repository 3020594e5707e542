import fc from 'fast-check';
import { expect, it } from 'vitest';
import { localInstant } from '../../../functions/shared/local-instant.ts';
import { instantOf } from '../../../functions/shared/zoned.ts';

const ZONES = [
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'UTC',
  'Etc/GMT-8',
];

const byCalendar = (shown: number, zone: string): number => {
  const text = new Date(shown).toISOString();
  return instantOf(text.slice(0, 10), text.slice(11, 16), zone);
};

it('agrees with the calendar library at any minute since 1971, in zones of all kinds', () => {
  const minute = fc.integer({ min: 525_600, max: 41_000_000 });
  fc.assert(
    fc.property(minute, fc.constantFrom(...ZONES), (n, zone) => {
      expect(localInstant(n * 60_000, zone)).toBe(byCalendar(n * 60_000, zone));
    }),
    { numRuns: 5_000 },
  );
});

it.each([
  ['a gap', Date.UTC(2026, 2, 29, 2, 30), 'Europe/Berlin'],
  ['an overlap', Date.UTC(2026, 9, 25, 2, 30), 'Europe/Berlin'],
  ['a gap of half an hour', Date.UTC(2026, 9, 4, 2, 10), 'Australia/Lord_Howe'],
  ['a day that was left out', Date.UTC(2011, 11, 30, 12), 'Pacific/Apia'],
])('agrees in %s', (_, shown, zone) => {
  for (let minutes = -180; minutes <= 180; minutes += 5) {
    const at = shown + minutes * 60_000;
    expect(localInstant(at, zone)).toBe(byCalendar(at, zone));
  }
});

it('refuses a zone that is none', () => {
  expect(() => localInstant(0, 'Mars/Base')).toThrow(RangeError);
});
