import { shortHash } from './hash.ts';

/** A JSON object as it came off the wire: nothing is known about its values. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object; arrays and `null` are none. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value if it is an object, else an empty one: for optional parts whose shape was checked before. */
export const objectOr = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** RFC 6901 pointer, e.g. `/properties/price`. */
export const pointer = (...path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/**
 * Hash of JSON-like values that does not depend on the order of object keys: some clients write their maps in another
 * order at each retry. 22 base64url characters (132 bits). Decoders ask for it before anything checked how deep a value is: what lies
 * deeper than any event may be does not count.
 */
export const contentHash = (value: unknown): string => shortHash(contentText(value));

/** Levels of nesting that a hash reads, twice what an event may have. */
const MAX_HASHED_DEPTH = 64;

/** Length-prefixed and sorted, so two different values never give one text. Cheaper than JSON: nothing is escaped. */
function contentText(value: unknown, depth = 1): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return `v${String(value)};`;
  if (depth > MAX_HASHED_DEPTH) return 'd;';
  if (Array.isArray(value)) {
    let text = `a${value.length}[`;
    for (const item of value) text += contentText(item, depth + 1);
    return text;
  }
  const keys = Object.keys(value).sort();
  let text = `o${keys.length}{`;
  for (const key of keys) text += `${key.length}:${key}${contentText((value as JsonObject)[key], depth + 1)}`;
  return text;
}

/** What a JSON value is, in words for an answer; never the value itself. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  const type = typeof value;
  return type === 'object' ? 'an object' : `a ${type}`;
}
