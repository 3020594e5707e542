import { Temporal } from 'temporal-polyfill';

/** Days added to a calendar date `YYYY-MM-DD`. */
export const addDays = (date: string, days: number): string => {
  const ms = Date.parse(`${date}T00:00:00Z`) + days * 86_400_000;
  return new Date(ms).toISOString().slice(0, 10);
};

/**
 * The instant (epoch ms) at which a wall clock in `zone` shows `date` `HH:MM`. In a daylight-saving gap the time just
 * after it, in an overlap the earlier of the two ("compatible", RFC 5545).
 */
export function instantOf(date: string, time: string, zone: string): number {
  return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone).epochMilliseconds;
}

/** Wall-clock date and time of an instant in `zone`: `{ date: '2026-03-01', time: '10:00' }`. */
export function wallClock(ms: number, zone: string): { date: string; time: string } {
  const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return { date: zoned.toPlainDate().toString(), time: zoned.toPlainTime().toString().slice(0, 5) };
}
