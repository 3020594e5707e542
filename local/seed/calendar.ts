import { Temporal } from 'temporal-polyfill';

/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Where the shops are. */
export const HOME_ZONE = 'Asia/Shanghai';

/** The days that the month is made of. Day 0 is the first whole local day of the shops. */
export interface Calendar {
  readonly days: number;
  /** Nothing arrives before `start` or at or after `end`, epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Epoch milliseconds of a wall-clock time (minutes after midnight, may have a fraction) on a local day of `zone`. */
  local(day: number, minutes: number, zone?: string): number;
}

/**
 * Wall-clock times for people wherever they live: a shopper in New York views on *her* evenings.
 * @throws RangeError when days is not a positive whole number.
 */
export const calendarOf = (start: number, days: number): Calendar => {
  if (!Number.isInteger(days) || days < 1)
    throw new RangeError(`days must be a whole number of 1 or more, not ${days}`);
  const zoned = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(HOME_ZONE);
  const today = zoned.toPlainDate();
  const first = zoned.startOfDay().epochMilliseconds < start ? today.add({ days: 1 }) : today;
  const midnights = new Map<string, number>();
  const midnight = (day: number, zone: string): number => {
    const key = `${zone} ${day}`;
    const known = midnights.get(key);
    if (known !== undefined) return known;
    const found = first.add({ days: day }).toZonedDateTime(zone).epochMilliseconds;
    midnights.set(key, found);
    return found;
  };
  const local = (day: number, minutes: number, zone: string = HOME_ZONE): number => {
    const begin = midnight(day, zone);
    const ms = Math.round(minutes * MINUTE);
    if (midnight(day + 1, zone) - begin === DAY) return begin + ms;
    // The clocks change on that day: ask for the wall-clock time itself.
    const plainTime = Temporal.PlainTime.from({ hour: 0 }).add({ milliseconds: ms });
    return first.add({ days: day }).toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds;
  };
  return { days, start, end: start + days * DAY, local };
};
