/** Quarter of an hour in milliseconds: time zones are that far apart at the least, so a date rarely changes within one. */
const QUARTER_MS = 15 * 60_000;
const MAX_CACHED_QUARTERS = 20_000;
const MAX_CACHED_ZONES = 1000;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(9999, 11, 31);
/** Numbers below this are seconds, not milliseconds: in milliseconds they would lie before 1973. */
const SMALLEST_MILLISECONDS = 1e11;

/**
 * Milliseconds since the epoch of an ISO 8601 time with a zone, or of a number of milliseconds; `undefined` for
 * anything else. A time without a zone is refused: it would mean something else on each machine.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && value >= SMALLEST_MILLISECONDS && value < LATEST_MS
      ? Math.floor(value)
      : undefined;
  }
  const match = typeof value === 'string' && value.length <= 40 ? ISO.exec(value.trim()) : null;
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || part(10) > 15 || part(11) > 59) return undefined;
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (match[9] === '-' ? -1 : 1) * (part(10) * 60 + part(11));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offsetMinutes * 60_000;
  return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined;
}

const daysIn = (year: number, month: number): number =>
  month === 2 ? new Date(Date.UTC(year, 2, 0)).getUTCDate() : [4, 6, 9, 11].includes(month) ? 30 : 31;

interface Zone {
  /** The name in the spelling of the zone database. */
  readonly name: string;
  readonly format: Intl.DateTimeFormat;
  /** Date by quarter hour; empty where midnight lies inside the quarter. */
  readonly dates: Map<number, string>;
  readonly hourFormat: Intl.DateTimeFormat;
  /** Hour by quarter hour; empty where the hour turns inside the quarter. */
  readonly hours: Map<number, string>;
}

const zones = new Map<string, Zone | undefined>();

function zoneOf(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name);
  if (zones.size >= MAX_CACHED_ZONES) zones.clear();
  const zone = openZone(name);
  zones.set(name, zone);
  return zone;
}

function openZone(name: string): Zone | undefined {
  // Offsets such as +08:00 are taken by Intl, but they are no zones: they know no summer time.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    const hourFormat = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      numberingSystem: 'latn',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    const resolved = format.resolvedOptions().timeZone;
    const spelling = resolved.toLowerCase() === name.toLowerCase() ? resolved : name;
    return { name: spelling, format, dates: new Map(), hourFormat, hours: new Map() };
  } catch {
    return undefined;
  }
}

const GMT_OFFSET = /^(?:GMT|UTC)([+-])(0\d|1[0-4]):?00$/;

/**
 * The IANA zone that a client's `timezone` names, or `undefined`. RudderStack's `GMT+0800` becomes `Etc/GMT-8` (that
 * family counts westwards); offsets with minutes have no such zone.
 */
export function knownZone(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const offset = GMT_OFFSET.exec(value);
  if (offset === null) return zoneOf(value)?.name;
  const hours = Number(offset[2]);
  return hours === 0 ? 'Etc/GMT' : `Etc/GMT${offset[1] === '+' ? '-' : '+'}${hours}`;
}

/**
 * Calendar date, `YYYY-MM-DD`, of a moment (milliseconds since the epoch) in an IANA zone. Cached by zone and quarter
 * hour, because formatting a date costs more than all the rest of cleaning an event.
 * @throws RangeError for a name that is no zone.
 */
export function localDate(ms: number, zoneName: string): string {
  const zone = zoneOf(zoneName);
  if (zone === undefined) throw new RangeError(`${zoneName} is not an IANA time zone.`);
  const quarter = Math.floor(ms / QUARTER_MS);
  const cached = zone.dates.get(quarter);
  if (cached !== undefined && cached !== '') return cached;
  if (cached === '') return format(zone, ms);
  const first = format(zone, quarter * QUARTER_MS);
  const last = format(zone, (quarter + 1) * QUARTER_MS - 1);
  if (zone.dates.size >= MAX_CACHED_QUARTERS) zone.dates.clear();
  zone.dates.set(quarter, first === last ? first : '');
  return first === last ? first : format(zone, ms);
}

/**
 * Hour of the day, `00`–`23`, that clocks in an IANA zone show at a moment (milliseconds since the epoch); cached as dates are.
 * @throws RangeError for a name that is no zone.
 */
export function localHour(ms: number, zoneName: string): string {
  const zone = zoneOf(zoneName);
  if (zone === undefined) throw new RangeError(`${zoneName} is not an IANA time zone.`);
  const hourAt = (moment: number): string => zone.hourFormat.format(moment).padStart(2, '0');
  const quarter = Math.floor(ms / QUARTER_MS);
  const cached = zone.hours.get(quarter);
  if (cached !== undefined) return cached === '' ? hourAt(ms) : cached;
  const first = hourAt(quarter * QUARTER_MS);
  const turns = first !== hourAt((quarter + 1) * QUARTER_MS - 1);
  if (zone.hours.size >= MAX_CACHED_QUARTERS) zone.hours.clear();
  zone.hours.set(quarter, turns ? '' : first);
  return turns ? hourAt(ms) : first;
}

function format(zone: Zone, ms: number): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of zone.format.formatToParts(ms)) parts[type] = value;
  return `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}`;
}
