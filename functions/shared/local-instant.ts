import { BoundedCache } from './bounded-cache.ts';

const DAY_MS = 86_400_000;

const clocks = new BoundedCache<Intl.DateTimeFormat>(200);

const clockOf = (zone: string): Intl.DateTimeFormat =>
  clocks.get(zone, () => {
    const two = '2-digit';
    const time = { hour: two, minute: two, second: two, hourCycle: 'h23' } as const;
    const date = { year: 'numeric', month: two, day: two, calendar: 'iso8601' } as const;
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, numberingSystem: 'latn', ...date, ...time });
  });

/** How far clocks in `zone` are ahead of UTC at an instant, ms. */
function offsetAt(ms: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of clockOf(zone).formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

/**
 * The instant (epoch ms) at which clocks in `zone` show what a UTC clock shows at `shown`. In a daylight-saving gap the time just
 * after it, in an overlap the earlier of the two ("compatible", RFC 5545): as `instantOf`, without a calendar library, which the cleaning
 * function has no room for.
 * @throws RangeError for a name that is no zone
 */
export function localInstant(shown: number, zone: string): number {
  const before = offsetAt(shown - DAY_MS, zone);
  const after = offsetAt(shown + DAY_MS, zone);
  const early = shown - before;
  if (before === after || offsetAt(early, zone) === before) return early;
  const late = shown - after;
  return offsetAt(late, zone) === after ? late : early;
}
