import { createHash } from 'node:crypto';
import type { MappingDefinition } from '../../../schemas/mapping.ts';
import { tableTime } from '../table-time.ts';
import { knownZone } from '../time.ts';

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

const decimalsOf = (currency: unknown): number => DECIMALS[String(currency).toUpperCase()] ?? 2;

/** `1,234.50`, `￥12` or a number; undefined for nothing. */
function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'number' ? String(value) : String(value).replace(/[,\s¥￥$€£元]/g, '');
  if (!NUMBER.test(text))
    throw new MappingValueError('$amount, $fromMinor and $toMinor take a number, or a text that is one.');
  return Number(text);
}

/**
 * What our mappings can do beyond JSONata: instants from times without a zone, money, tables of codes, a hash that is the same every
 * time. Each gives nothing for nothing, so that missing fields stay missing.
 */
export function functionsOf(
  { tables = {} }: MappingDefinition,
  context: () => MappingContext,
): Readonly<Record<string, (...values: readonly unknown[]) => unknown>> {
  return {
    /** ISO 8601 instant of a time as tables write it, by the clocks of `zone`, else of the source. */
    instant: (value, zone) => {
      if (value === undefined || value === null || value === '') return undefined;
      const named = zone === undefined ? context().time_zone : knownZone(zone);
      if (named === undefined) throw new MappingValueError('The zone of $instant is none of the zone database.');
      const ms = tableTime(value, named);
      if (ms === undefined) throw new MappingValueError('The value of $instant is no time.');
      return new Date(ms).toISOString();
    },
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
      const table = Object.hasOwn(tables, String(name)) ? tables[String(name)] : undefined;
      if (table === undefined) throw new MappingValueError('$table names a table that the mapping does not have.');
      if (key === undefined || key === null) return otherwise;
      return Object.hasOwn(table, String(key)) ? table[String(key)] : otherwise;
    },
    hash: (value) =>
      value === undefined
        ? undefined
        : createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22),
  };
}
