import { DATE_LEVELS, dateLevel } from './dates.ts';
import { hasHan, soundOf } from './pinyin.ts';
import type { Role } from './roles.ts';
import { editDistance, jaroWinkler, sameLetters } from './strings.ts';
import { type Field, type Table, textOf } from './table.ts';

/** The level of a pair of which one or both lack the value: it says nothing either way. */
export const NULL_LEVEL = 255;

/** One way in which two records are compared. Level 0 is the exact one; the last stands for all that is left. */
export interface Comparison {
  readonly name: string;
  readonly levels: readonly string[];
  /** The field whose frequent values count less at level 0. */
  readonly field: Field;
  readonly level: (i: number, j: number) => number;
}

const NAME_LEVELS = ['exact', 'nearly the same', 'alike', 'somewhat alike', 'else'];
const SWAPPED_LEVELS = [
  ...NAME_LEVELS.slice(0, 4),
  'first and last name swapped',
  'swapped and nearly the same',
  'else',
];
const NAME_ELSE = 4;

/** Chinese words are short: one character in common of two is half the name. */
function hanLevel(a: string, b: string): number {
  const distance = editDistance(a, b, 1);
  if (distance <= 1) return Math.max(a.length, b.length) >= 3 ? 2 : 3;
  return NAME_ELSE;
}

/** How alike two words are: an index into `NAME_LEVELS`. */
export function wordLevel(a: string, b: string): number {
  if (a === b) return 0;
  // The same sound is Latin letters against Chinese, a slip in typing by sound, or one of many homophones.
  if (hasHan(a) || hasHan(b)) return soundOf(a) === soundOf(b) ? 1 : hanLevel(a, b);
  const similarity = jaroWinkler(a, b);
  const short = Math.min(a.length, b.length);
  if (similarity >= 0.92 || (short >= 4 && editDistance(a, b, 1) <= 1)) return 1;
  if (similarity >= 0.85 || (short >= 4 && sameLetters(a, b))) return 2;
  if (similarity >= 0.7 || (short === 1 && a[0] === b[0])) return 3;
  return NAME_ELSE;
}

const EMAIL_LEVELS = ['exact', 'same name before the @', 'nearly the same', 'alike', 'else'];

/** A name before the @ that is shorter says little by itself: there are many `j.s`. */
const TELLING_CHARS = 5;
/** One error in so many letters is still the same name. */
const CHARS_PER_ERROR = 4;

function emailLevel(a: string, b: string): number {
  if (a === b) return 0;
  const [nameA = '', domainA = ''] = a.split('@');
  const [nameB = '', domainB = ''] = b.split('@');
  if (nameA === nameB && (nameA.length >= TELLING_CHARS || jaroWinkler(domainA, domainB) >= 0.85)) return 1;
  const errors = Math.floor(Math.min(nameA.length, nameB.length) / CHARS_PER_ERROR);
  if (editDistance(a, b, 2) <= 2 && editDistance(nameA, nameB, errors) <= errors) return 2;
  return jaroWinkler(a, b) >= 0.88 || jaroWinkler(nameA, nameB) >= 0.92 ? 3 : 4;
}

const CODE_LEVELS = ['exact', 'one keystroke apart', 'two keystrokes apart', 'else'];

const codeLevel = (a: string, b: string): number => editDistance(a, b, 2);

const PHONE_LEVELS = ['exact', 'same last eight digits', ...CODE_LEVELS.slice(1)];

function phoneLevel(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length >= 8 && a.slice(-8) === b.slice(-8)) return 1;
  return 1 + editDistance(a, b, 2);
}

const POSTCODE_LEVELS = ['exact', 'one keystroke apart', 'same first half', 'else'];

function postcodeLevel(a: string, b: string): number {
  if (a === b) return 0;
  if (editDistance(a, b, 1) <= 1) return 1;
  const half = Math.ceil(Math.min(a.length, b.length) / 2);
  return half > 1 && a.slice(0, half) === b.slice(0, half) ? 2 : 3;
}

/** IPv4 addresses of one network share the first three bytes, IPv6 ones the first three groups. */
const networkOf = (ip: string): string =>
  ip.includes(':') ? ip.split(':').slice(0, 3).join(':') : ip.slice(0, ip.lastIndexOf('.'));

function ipLevel(a: string, b: string): number {
  if (a === b) return 0;
  return networkOf(a) === networkOf(b) ? 1 : 2;
}

interface Kind {
  readonly levels: readonly string[];
  readonly level: (a: string, b: string) => number;
}

const WORDS: Kind = { levels: NAME_LEVELS, level: wordLevel };
const SAME_OR_NOT: Kind = { levels: ['exact', 'else'], level: (a, b) => (a === b ? 0 : 1) };
const KINDS: Partial<Record<Role, Kind>> = {
  birth_date: { levels: DATE_LEVELS, level: dateLevel },
  email: { levels: EMAIL_LEVELS, level: emailLevel },
  phone: { levels: PHONE_LEVELS, level: phoneLevel },
  identifier: { levels: CODE_LEVELS, level: codeLevel },
  postcode: { levels: POSTCODE_LEVELS, level: postcodeLevel },
  ip: { levels: ['exact', 'same network', 'else'], level: ipLevel },
  device: SAME_OR_NOT,
  token: SAME_OR_NOT,
  street_number: { levels: ['exact', 'one keystroke apart', 'else'], level: (a, b) => editDistance(a, b, 1) },
};

/** Above this number of pairs of values, levels are worked out anew every time. */
const MAX_REMEMBERED = 6_000_000;
const UNKNOWN = 254;

/** The level of two values by their numbers, worked out once for each two values where they are few. */
export function rememberLevels(
  a: Field,
  b: Field,
  level: (x: string, y: string) => number,
): (x: number, y: number) => number {
  const width = b.values.length;
  const fresh = (x: number, y: number): number => {
    return x === 0 || y === 0 ? NULL_LEVEL : level(a.values[x] ?? '', b.values[y] ?? '');
  };
  if (a.values.length * width > MAX_REMEMBERED) return fresh;
  const known = new Uint8Array(a.values.length * width).fill(UNKNOWN);
  return (x, y) => {
    const at = x * width + y;
    const found = known[at] ?? UNKNOWN;
    if (found !== UNKNOWN) return found;
    const made = fresh(x, y);
    known[at] = made;
    return made;
  };
}

function plainComparison(field: Field): Comparison {
  const kind = KINDS[field.role] ?? WORDS;
  const level = rememberLevels(field, field, kind.level);
  return { name: field.name, levels: kind.levels, field, level: (i, j) => level(field.ids[i] ?? 0, field.ids[j] ?? 0) };
}

const isNear = (level: number): boolean => level <= 1;
const rank = (level: number): number => (level === NULL_LEVEL ? 2.5 : level);

/** First and last name, each with levels of its own for pairs in which the two stand in each other's place. */
function nameComparisons(first: Field, last: Field): Comparison[] {
  const [ff, ll] = [rememberLevels(first, first, wordLevel), rememberLevels(last, last, wordLevel)];
  const fl = rememberLevels(first, last, wordLevel);
  const at = (field: Field, record: number): number => field.ids[record] ?? 0;
  const swapped = (level: number): number =>
    level === NULL_LEVEL ? NULL_LEVEL : level === 0 ? 4 : isNear(level) ? 5 : 6;
  const straight = (level: number): number => (level === NAME_ELSE ? 6 : level);
  const both = (i: number, j: number): [number, number] => {
    const [f, l] = [ff(at(first, i), at(first, j)), ll(at(last, i), at(last, j))];
    const [x, y] = [fl(at(first, i), at(last, j)), fl(at(first, j), at(last, i))];
    const crossed = (isNear(x) || isNear(y)) && rank(x) + rank(y) < rank(f) + rank(l);
    // The better of the two first, or a pair would score differently with its records exchanged.
    return crossed ? [swapped(Math.min(x, y)), swapped(Math.max(x, y))] : [straight(f), straight(l)];
  };
  return [
    { name: first.name, levels: SWAPPED_LEVELS, field: first, level: (i, j) => both(i, j)[0] },
    { name: last.name, levels: SWAPPED_LEVELS, field: last, level: (i, j) => both(i, j)[1] },
  ];
}

/** How the records of a table are compared: one comparison for each field, names with an eye on swaps. */
export function makeComparisons(table: Table): Comparison[] {
  const first = table.fields.find(({ role }) => role === 'first_name');
  const last = table.fields.find(({ role }) => role === 'last_name');
  if (first === undefined || last === undefined) return table.fields.map(plainComparison);
  const others = table.fields.filter((field) => field !== first && field !== last);
  return [...nameComparisons(first, last), ...others.map(plainComparison)];
}

/** The text that two records share at level 0, for its frequency. */
export const sharedText = ({ field }: Comparison, record: number): string => textOf(field, record);
