import { BoundedCache } from './bounded-cache.ts';
import { localInstant } from './local-instant.ts';
import { parseTime } from './time.ts';

const QUARTER_MINUTES = 15;
const LOCAL =
  /^(\d{4})(?:-|\/|\.|年)(\d{1,2})(?:-|\/|\.|月)(\d{1,2})日?(?:[T\s]\s*(\d{1,2})[:时](\d{1,2})(?:分?[:]?(\d{1,2})(?:[.,](\d{1,9}))?秒?)?分?)?$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/;
const NUMBER = /^\d{1,16}(?:\.\d{1,15})?$/;

/** Days since 1899-12-30 as spreadsheets count them: 1954 to 2119. No second since 1970 that anybody means is as small. */
const SERIAL = { least: 20_000, most: 80_000, epoch: 25_569 };
const DAY_MS = 86_400_000;
/** A number from here on is milliseconds; below, seconds. */
const SMALLEST_MILLISECONDS = 1e11;
const SMALLEST_SECONDS = 1e8;

/**
 * The instant (epoch ms) that a time in a table means; undefined where it means none. With a zone it is that; without one, what clocks
 * in `zone` show: `yyyy-MM-dd HH:mm:ss`, also with slashes, dots, a `T`, without seconds or without time; `2026年3月1日 10:00`;
 * `yyyyMMdd` with or without `HHmmss`. A number is seconds or milliseconds since 1970, or a day of a spreadsheet.
 */
export function tableTime(value: unknown, zone: string): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (text === '' || text.length > 40) return undefined;
  const stated = parseTime(text);
  if (stated !== undefined) return stated;
  const local = LOCAL.exec(text) ?? COMPACT.exec(text);
  const instant = local && shownBy(local, zone);
  if (instant !== null && instant !== undefined) return instant;
  return NUMBER.test(text) ? numericTime(Number(text), zone) : undefined;
}

function numericTime(number: number, zone: string): number | undefined {
  if (number >= SMALLEST_MILLISECONDS) return parseTime(number);
  if (number >= SMALLEST_SECONDS) return Math.round(number * 1000);
  if (number < SERIAL.least || number > SERIAL.most) return undefined;
  // A spreadsheet's second is a sum of fractions of a day.
  const shown = new Date(Math.round(((number - SERIAL.epoch) * DAY_MS) / 1000) * 1000).toISOString();
  const match = LOCAL.exec(shown.slice(0, 19));
  return match ? shownBy(match, zone) : undefined;
}

const quarters = new BoundedCache<string>(20_000);

/** Finding the offset of a zone is slow: it is looked up by the quarter of an hour. */
function shownBy(match: RegExpExecArray, zone: string): number | undefined {
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > last) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const rest = minute % QUARTER_MINUTES;
  const shown = Date.UTC(year, month - 1, day, hour, minute - rest);
  const start = Number(quarters.get(`${zone} ${shown}`, () => String(localInstant(shown, zone))));
  return start + (rest * 60 + second) * 1000 + Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
}
