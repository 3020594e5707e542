import { localDate, parseTime } from '../../time.ts';

const LOCAL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?$/;
const MINUTE_MS = 60_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/**
 * When something happened, as ISO 8601 with Z: milliseconds since the epoch as a number or as digits, a time with a zone, or what
 * clocks in `zone` showed (`2024-05-01 20:00:00.123`: server SDKs write dates without saying where). Undefined for anything else.
 */
export function timeOf(value: unknown, zone: string): string | undefined {
  const number = typeof value === 'string' && /^\d{10,16}$/.test(value) ? Number(value) : value;
  const stated = parseTime(number);
  if (stated !== undefined) return new Date(stated).toISOString();
  const match = typeof value === 'string' && value.length <= 40 ? LOCAL.exec(value.trim()) : null;
  const shown = match && parseTime(`${match[1]}T${match[2]}.${match[3] ?? '0'}Z`);
  if (shown === null || shown === undefined) return undefined;
  const ms = shown - offsetAt(shown - offsetAt(shown, zone), zone);
  return ms < 0 ? undefined : new Date(ms).toISOString();
}

/** How far clocks in the zone are ahead of UTC at a moment, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  const minute = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const clock = clocks.get(zone) ?? newClock(zone);
  const [hour = '00', rest = '00'] = clock.format(minute).split(':');
  return Date.parse(`${localDate(minute, zone)}T${hour}:${rest}:00Z`) - minute;
}

function newClock(zone: string): Intl.DateTimeFormat {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, clock);
  return clock;
}
