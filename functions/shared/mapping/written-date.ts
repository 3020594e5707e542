import { BoundedCache } from '../bounded-cache.ts';

/** What each field of a pattern looks like, and what it says. */
const FIELDS: Readonly<Record<string, { readonly pattern: string; readonly name: keyof WrittenDate }>> = {
  yyyy: { pattern: '\\d{4}', name: 'year' },
  yy: { pattern: '\\d{2}', name: 'year' },
  MM: { pattern: '\\d{2}', name: 'month' },
  M: { pattern: '\\d{1,2}', name: 'month' },
  dd: { pattern: '\\d{2}', name: 'day' },
  d: { pattern: '\\d{1,2}', name: 'day' },
  HH: { pattern: '\\d{2}', name: 'hour' },
  H: { pattern: '\\d{1,2}', name: 'hour' },
  hh: { pattern: '\\d{2}', name: 'hour' },
  h: { pattern: '\\d{1,2}', name: 'hour' },
  mm: { pattern: '\\d{2}', name: 'minute' },
  m: { pattern: '\\d{1,2}', name: 'minute' },
  ss: { pattern: '\\d{2}', name: 'second' },
  s: { pattern: '\\d{1,2}', name: 'second' },
  SSS: { pattern: '\\d{3}', name: 'millisecond' },
  a: { pattern: '[AaPp]\\.?[Mm]\\.?|上午|下午', name: 'half' },
};
const TOKEN = /yyyy|yy|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|SSS|a|'[^']*'|[^A-Za-z]/y;
const MAX_PATTERN_CHARS = 40;
const MAX_TEXT_CHARS = 60;

/** What a text says of a day and a time of day, as it is written: of no zone yet. */
export interface WrittenDate {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
  millisecond: string;
  half: string;
}

interface Reader {
  readonly expression: RegExp | undefined;
  readonly fields: readonly (keyof WrittenDate)[];
}

const readers = new BoundedCache<Reader>(500);

/** Letters of a pattern that mean nothing here are a mistake in it, not text to be looked for: those stand in quotes. */
function compile(pattern: string): Reader {
  const fields: (keyof WrittenDate)[] = [];
  let source = '';
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < pattern.length) {
    const [token] = TOKEN.exec(pattern) ?? [];
    if (token === undefined) return { expression: undefined, fields };
    const field = FIELDS[token];
    if (field === undefined) source += escaped(token.length > 1 ? token.slice(1, -1) : token);
    else {
      fields.push(field.name);
      source += `(${field.pattern})`;
    }
  }
  const isUsable = ['year', 'month', 'day'].every((name) => fields.some((field) => field === name));
  return { expression: isUsable ? new RegExp(`^${source}$`, 'u') : undefined, fields };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/**
 * Reads a date by a pattern: `yyyy yy MM M dd d HH H hh h mm m ss s SSS a` (`a` is AM, PM, 上午 or 下午; `yy` is of this century), every
 * other letter in single quotes.
 * @returns `yyyy-MM-dd HH:mm:ss.SSS` without a zone; `undefined` where the text is not of the pattern; `null` where the pattern is none
 */
export function writtenDate(text: string, pattern: string): string | undefined | null {
  if (pattern.length > MAX_PATTERN_CHARS) return null;
  const { expression, fields } = readers.get(pattern, () => compile(pattern));
  if (expression === undefined) return null;
  const match = text.length > MAX_TEXT_CHARS ? null : expression.exec(text.trim());
  if (match === null) return undefined;
  const parts: Partial<WrittenDate> = {};
  for (const [index, name] of fields.entries()) parts[name] = match[index + 1] ?? '';
  const { year = '', month = '', day = '', minute = '', second = '', millisecond = '' } = parts;
  const two = (number: string): string => number.padStart(2, '0');
  const date = `${year.length === 2 ? `20${year}` : year}-${two(month)}-${two(day)}`;
  const hour = hourOf(parts);
  return hour === undefined
    ? undefined
    : `${date} ${two(hour)}:${two(minute)}:${two(second)}.${millisecond.padStart(3, '0')}`;
}

/** By a clock of 24 hours; of twelve where a half of the day is named. */
function hourOf({ hour = '', half }: Partial<WrittenDate>): string | undefined {
  if (half === undefined) return hour;
  const number = Number(hour);
  if (number > 12 || hour === '') return undefined;
  return String((number % 12) + (/^(?:p|下午)/i.test(half) ? 12 : 0));
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)/;

/** The calendar date `yyyy-MM-dd` that a text begins with, if there is such a day. */
export function calendarDate(text: string): string | undefined {
  const [date, year, month, day] = DAY.exec(text) ?? [];
  const ms = date === undefined ? Number.NaN : Date.UTC(Number(year), Number(month) - 1, Number(day));
  return Number.isFinite(ms) && new Date(ms).toISOString().slice(0, 10) === date && Number(year) >= 1800
    ? date
    : undefined;
}

/** How tables and forms write days, where no pattern is given. */
const USUAL = ['yyyy-M-d', 'yyyy/M/d', 'yyyy.M.d', "yyyy'年'M'月'd'日'", 'yyyyMMdd'] as const;

/** The day of a text, `yyyy-MM-dd`, by a pattern or by those that are usual; a time after it is passed over. */
export function dayOf(text: string, pattern: string | undefined): string | undefined | null {
  if (pattern !== undefined) {
    const written = writtenDate(text, pattern);
    return typeof written === 'string' ? calendarDate(written) : written;
  }
  const [day = ''] = text.trim().split(/[T\s]/);
  for (const usual of USUAL) {
    const written = writtenDate(day, usual);
    if (typeof written === 'string') return calendarDate(written);
  }
  return undefined;
}
