import { editDistance } from './strings.ts';

const MS_PER_DAY = 86_400_000;

/** In which order numbers of a date column stand where the year is last. */
export type DateOrder = 'dmy' | 'mdy';

const YEAR_LAST = /^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})$/;

/** The order of day and month in a column: American as soon as one date makes sense in no other way. */
export const dateOrder = (texts: Iterable<string>): DateOrder => {
  let american = 0;
  let european = 0;
  for (const text of texts) {
    const parts = YEAR_LAST.exec(text.trim());
    if (Number(parts?.[2]) > 12) american += 1;
    if (Number(parts?.[1]) > 12) european += 1;
  }
  return american > european ? 'mdy' : 'dmy';
};

const pad = (text: string | undefined, length: number): string => (text ?? '').padStart(length, '0');

/** A date as `yyyymmdd`, also one that no calendar has (they are typing errors worth comparing); '' when it is none. */
export function foldDate(text: string, order: DateOrder): string {
  const trimmed = text.trim().replace(/[T ]\d{2}:\d{2}.*$/, '');
  const yearFirst = /^(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?$/.exec(trimmed);
  if (yearFirst) return `${yearFirst[1]}${pad(yearFirst[2], 2)}${pad(yearFirst[3], 2)}`;
  const yearLast = YEAR_LAST.exec(trimmed);
  if (yearLast) {
    const [first, second] = order === 'dmy' ? [yearLast[1], yearLast[2]] : [yearLast[2], yearLast[1]];
    return `${yearLast[3]}${pad(second, 2)}${pad(first, 2)}`;
  }
  return '';
}

const dayNumber = (date: string): number =>
  Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8))) / MS_PER_DAY;

/** What `dateLevel` says, best first. */
export const DATE_LEVELS = [
  'exact',
  'one digit or two neighbouring digits differ',
  'day and month swapped',
  'two of year, month and day the same',
  'within a year',
  'within ten years',
  'else',
];

/** How alike two dates `yyyymmdd` are: an index into `DATE_LEVELS`. */
export function dateLevel(a: string, b: string): number {
  if (a === b) return 0;
  if (editDistance(a, b, 1) <= 1) return 1;
  const sameYear = a.slice(0, 4) === b.slice(0, 4);
  if (sameYear && a.slice(4, 6) === b.slice(6, 8) && a.slice(6, 8) === b.slice(4, 6)) return 2;
  const same = Number(sameYear) + Number(a.slice(4, 6) === b.slice(4, 6)) + Number(a.slice(6, 8) === b.slice(6, 8));
  if (same === 2) return 3;
  const days = Math.abs(dayNumber(a) - dayNumber(b));
  if (days <= 366) return 4;
  return days <= 3653 ? 5 : 6;
}
