import type { JsonObject } from '../../json.ts';
import { numeric } from '../shape.ts';

/** GrowingIO sends every value as a text; these are numbers in the tracking plan. */
const NUMBERS: ReadonlySet<string> = new Set([
  'price',
  'quantity',
  'total',
  'revenue',
  'subtotal',
  'tax',
  'shipping',
  'discount',
  'value',
  'points',
  'position',
]);

/** Between the members of a list, which GrowingIO sends as one text. */
const SEPARATOR = '||';

/** Attributes with their lists taken apart; a text that holds `||` by itself cannot be told from one. */
export const attributesOf = (attributes: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, meant(name, value)]));

function meant(name: string, value: unknown): unknown {
  if (NUMBERS.has(name)) return numeric(value);
  return typeof value === 'string' && value.includes(SEPARATOR) ? value.split(SEPARATOR) : value;
}
