import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../../schemas/reasons.ts';
import type { JsonObject } from '../json.ts';
import { MAX_BATCH_EVENTS } from '../segment-limits.ts';
import { invalidPayload } from './signature.ts';

const BOM = /^\uFEFF/;

/** JSON in which integers beyond 2^53, as order ids of platforms are, stay as they were written; undefined for what is no JSON. */
export function parseExact(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text.replace(BOM, ''), exact) };
  } catch {
    return undefined;
  }
}

const exact = (_: string, value: unknown, written?: { readonly source?: string }): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(written?.source ?? '')
    ? written?.source
    : value;

/** As `parseExact`, from bytes. @returns a finding that quotes nothing of them */
export function parseHook(bytes: Buffer): { readonly value: unknown } | Finding {
  if (!isUtf8(bytes)) return { reason: 'invalid_utf8', field: '', detail: 'The body is not valid UTF-8.' };
  const invalid: Finding = { reason: 'invalid_json', field: '', detail: 'The body is not valid JSON.' };
  return parseExact(bytes.toString('utf8')) ?? invalid;
}

/** A list of what was fetched, as `parseHook` reads it. @param what the things in it, as a message calls them */
export function parseList(bytes: Buffer, what: string): readonly unknown[] | Finding {
  const parsed = parseHook(bytes);
  if ('reason' in parsed) return parsed;
  const { value } = parsed;
  if (!Array.isArray(value)) return invalidPayload(`Expected a list of ${what}.`);
  if (value.length <= MAX_BATCH_EVENTS) return value;
  return invalidPayload(`There are ${value.length} ${what}; at most ${MAX_BATCH_EVENTS} are taken.`);
}

/** An id or a word: platforms write the same one now as text, now as a number. Empty ones and zero stand for none. */
export function word(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value !== 0) return String(value);
  return typeof value === 'string' && value.trim() !== '' && value.trim() !== '0' ? value.trim() : undefined;
}

/** The first of the values that is a word. */
export const firstWord = (...values: readonly unknown[]): string | undefined => {
  for (const value of values) {
    const found = word(value);
    if (found !== undefined) return found;
  }
  return undefined;
};

const AMOUNT = /^-?\d{1,15}(?:\.\d{1,6})?$/;

/** An amount of money in major units, from `"19.90"` or 19.9. */
export function major(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && AMOUNT.test(value.trim()) ? Number(value) : undefined;
}

/** An amount of money in major units, from one in hundredths (fen). */
export function fromMinor(value: unknown): number | undefined {
  const minor = major(value);
  return minor === undefined ? undefined : Math.round(minor) / 100;
}

const CHINA_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?$/;
/** Numbers below this are seconds; in milliseconds they would lie before 1973. */
const SMALLEST_MILLISECONDS = 1e11;
/** 2010 and 2100 in milliseconds: counters such as a version of 1 are no times. */
const EARLIEST_MS = 1.26e12;
const LATEST_MS = 4.1e12;

/**
 * ISO 8601 of a platform's time: seconds or milliseconds since the epoch, `yyyy-MM-dd HH:mm:ss` by the clock of China, or ISO with a zone.
 * Undefined for anything else, so that arrival counts instead.
 */
export function isoTime(value: unknown): string | undefined {
  const number = typeof value === 'string' && /^\d{9,13}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number === 'number') return isoOf(number < SMALLEST_MILLISECONDS ? number * 1000 : number);
  if (typeof number !== 'string' || number.length > 40) return undefined;
  const china = CHINA_TIME.exec(number.trim());
  if (china !== null) return isoOf(Date.parse(`${china[1]}T${china[2]}${china[3] ?? ''}+08:00`));
  return /(?:Z|[+-]\d\d:?\d\d)$/i.test(number.trim()) ? isoOf(Date.parse(number)) : undefined;
}

const isoOf = (ms: number): string | undefined =>
  ms >= EARLIEST_MS && ms < LATEST_MS ? new Date(Math.floor(ms)).toISOString() : undefined;

/** The first of the values that is a time. */
export const firstTime = (...values: readonly unknown[]): string | undefined => {
  for (const value of values) {
    const found = isoTime(value);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Without what is absent, null or an empty text, and without `__proto__`. */
export function present(object: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined && value !== null && value !== '' && name !== '__proto__') kept[name] = value;
  }
  return kept;
}

/** The object without some of its fields, and without `__proto__`. */
export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    if (!names.includes(name) && name !== '__proto__') kept[name] = value;
  }
  return kept;
}

/** An identifier that a platform gives its users, as `context.externalIds` holds it. */
export interface ExternalId {
  readonly type: string;
  readonly scope: string | undefined;
  readonly id: string | undefined;
}

/** Those that have an id, in the form of Segment. */
export const externalIds = (...ids: readonly ExternalId[]): JsonObject[] =>
  ids.flatMap(({ type, scope, id }) => (id === undefined ? [] : [{ type, id, ...(scope !== undefined && { scope }) }]));

const MAX_MESSAGE_ID_CHARS = 100;

/** The platform's id of a message, where it can be one of ours. */
export const messageIdOf = (...parts: readonly unknown[]): { messageId?: string } => {
  const words = parts.map(word);
  const id = words.every((part) => part !== undefined) ? words.join(':') : '';
  return id === '' || id.length > MAX_MESSAGE_ID_CHARS ? {} : { messageId: id };
};

/** What a table says of a word that came from outside, which may be `constructor`. */
export const entry = <T>(table: Readonly<Record<string, T>>, key: unknown): T | undefined =>
  (typeof key === 'string' || typeof key === 'number') && Object.hasOwn(table, key) ? table[key] : undefined;
