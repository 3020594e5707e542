import { createHash } from 'node:crypto';
import type { MappingDefinition } from '../../../schemas/mapping.ts';
import { normalisePhone } from '../normalise.ts';
import { tableTime } from '../table-time.ts';
import { knownZone } from '../time.ts';
import { dayOf, writtenDate } from './written-date.ts';

/** What an event's mapping may know besides the event. */
export interface MappingContext {
  readonly source_id: string;
  readonly channel: string;
  readonly received_at: string;
  readonly time_zone: string;
  readonly default_region: string;
  readonly app_id?: string | undefined;
}

/** A value that a function of ours cannot take; the message says which, and never quotes it. */
export class MappingValueError extends Error {
  override name = 'MappingValueError';
}

/** Decimals of the currencies that have not two (ISO 4217). */
const DECIMALS: Readonly<Record<string, number>> = {
  JPY: 0,
  KRW: 0,
  VND: 0,
  CLP: 0,
  ISK: 0,
  BHD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
};
const NUMBER = /^[-+]?\d{1,15}(?:\.\d{1,6})?$/;

const decimalsOf = (currency: unknown): number => DECIMALS[wordOf(currency).toUpperCase()] ?? 2;

/** A text, or what a number or a truth is written as; an object has no text that anybody meant. */
const wordOf = (value: unknown): string =>
  typeof value === 'object' || typeof value === 'function' ? '' : String(value);

/** `1,234.50`, `￥12` or a number; undefined for nothing. */
function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = wordOf(value).replace(/[,\s¥￥$€£元]/g, '');
  if (!NUMBER.test(text))
    throw new MappingValueError('$amount, $fromMinor and $toMinor take a number, or a text that is one.');
  return Number(text);
}

const isNothing = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || value === '';

/** A pattern given to $instant or $date. @throws MappingValueError where it is no text */
function patternOf(pattern: unknown): string | undefined {
  if (isNothing(pattern)) return undefined;
  if (typeof pattern === 'string') return pattern;
  throw new MappingValueError('A pattern of $instant or $date is a text such as "dd.MM.yyyy HH:mm".');
}

const wrongPattern = (name: string): MappingValueError =>
  new MappingValueError(`The pattern of ${name} has letters that mean nothing, or no year, month and day.`);

/** ISO 8601 instant of a time by the clocks of `zone`. */
function instantOf(value: unknown, zone: string, pattern: string | undefined): string {
  const text = pattern === undefined ? value : writtenDate(wordOf(value), pattern);
  if (text === null) throw wrongPattern('$instant');
  const ms = tableTime(text, zone);
  if (ms === undefined) throw new MappingValueError('The value of $instant is no time.');
  return new Date(ms).toISOString();
}

function dateOf(value: unknown, pattern: string | undefined): string {
  const day = dayOf(wordOf(value), pattern);
  if (day === null) throw wrongPattern('$date');
  if (day === undefined) throw new MappingValueError('The value of $date is no day.');
  return day;
}

/** What is in a text of JSON; nothing where it is none. */
function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined;
  try {
    return JSON.parse(value) ?? undefined;
  } catch {
    return undefined;
  }
}

/** What an expression must not do: it has to give the same for the same event today, in a preview and in a replay. */
const unavailable = (name: string, reason: string) => () => {
  throw new MappingValueError(`$${name} is not available: ${reason}.`);
};
const SAME = 'a mapping gives the same for the same event each time';

/**
 * What our mappings can do beyond JSONata: instants and days from texts without a zone, money, telephone numbers, tables of codes, a hash
 * that is the same every time. Each gives nothing for nothing, so that missing fields stay missing. The clock of an expression is
 * the arrival of its event.
 */
export function functionsOf(
  { tables = {} }: MappingDefinition,
  context: () => MappingContext,
): Readonly<Record<string, (...values: readonly unknown[]) => unknown>> {
  return {
    /** ISO 8601 instant of a time as tables write it, or as `pattern` says, by the clocks of `zone`, else of the source. */
    instant: (value, zone, pattern) => {
      if (isNothing(value)) return undefined;
      const named = isNothing(zone) ? context().time_zone : knownZone(zone);
      if (named === undefined) throw new MappingValueError('The zone of $instant is none of the zone database.');
      return instantOf(value, named, patternOf(pattern));
    },
    /** Calendar date `yyyy-MM-dd` of a day as people write it, or as `pattern` says. */
    date: (value, pattern) => (isNothing(value) ? undefined : dateOf(value, patternOf(pattern))),
    /** E.164 number, `region` (ISO 3166) being the country of those without +, else that of the source; nothing where it is none. */
    phone: (value, region) =>
      typeof value === 'string' || typeof value === 'number'
        ? normalisePhone(String(value), isNothing(region) ? context().default_region : wordOf(region))
        : undefined,
    amount: (value) => amountOf(value),
    fromMinor: (value, currency) => {
      const amount = amountOf(value);
      return amount === undefined
        ? undefined
        : Number((amount / 10 ** decimalsOf(currency)).toFixed(decimalsOf(currency)));
    },
    toMinor: (value, currency) => {
      const amount = amountOf(value);
      return amount === undefined ? undefined : Math.round(amount * 10 ** decimalsOf(currency));
    },
    table: (name, key, otherwise) => {
      const table = Object.hasOwn(tables, wordOf(name)) ? tables[wordOf(name)] : undefined;
      if (table === undefined) throw new MappingValueError('$table names a table that the mapping does not have.');
      if (key === undefined || key === null) return otherwise;
      return Object.hasOwn(table, wordOf(key)) ? table[wordOf(key)] : otherwise;
    },
    hash: (value) =>
      value === undefined
        ? undefined
        : createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22),
    json: jsonIn,
    now: () => context().received_at,
    millis: () => Date.parse(context().received_at),
    random: unavailable('random', SAME),
    shuffle: unavailable('shuffle', SAME),
    eval: unavailable('eval', 'what a sender wrote would run; $json reads JSON'),
  };
}
