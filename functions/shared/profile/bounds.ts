/**
 * Bounds that keep the algebra order-free. Each keeps the extreme N elements of a set under a total order: the threshold
 * only ever moves one way, so what was dropped once would be dropped in any order of arrival, and what is kept has never
 * been dropped, so its value is whole.
 */
export interface Bounds {
  /** Event names, channels, traits and purposes of consent that one identifier keeps, each. */
  readonly names: number;
  /** Sources whose word on one trait is kept. */
  readonly sources: number;
  /** Days, or (day, group) pairs, of a register of numbers. */
  readonly buckets: number;
  /** Groups whose first or latest event is kept. */
  readonly groups: number;
  /** Values of a set or of a top list. */
  readonly values: number;
  /** Distinct values counted exactly; above it their number is estimated, with a standard error of 1/√(sketch − 2). */
  readonly sketch: number;
  /** Steps of a counted trait of which each is kept by itself. */
  readonly steps: number;
  /** Days of a counted trait before these; what is older is one sum. */
  readonly step_days: number;
  /** Values appended to a trait, the latest. */
  readonly appended: number;
}

export const BOUNDS: Bounds = {
  names: 200,
  sources: 8,
  buckets: 1000,
  groups: 200,
  values: 200,
  sketch: 256,
  steps: 16,
  step_days: 366,
  appended: 100,
};

type Order = (a: string, b: string) => number;

/** True when something was dropped. One key too many, as after each insertion into a full map, costs no sort. */
function cut<V>(map: Record<string, V>, max: number, order: Order): boolean {
  const keys = Object.keys(map);
  if (keys.length <= max) return false;
  if (keys.length === max + 1) {
    delete map[keys.reduce((worst, key) => (order(key, worst) > 0 ? key : worst))];
    return true;
  }
  keys.sort(order);
  for (const key of keys.slice(max)) delete map[key];
  return true;
}

const ascending: Order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Keeps the `max` smallest keys. */
export function keepSmallestKeys<V>(map: Record<string, V>, max: number): boolean {
  return cut(map, max, ascending);
}

/** Keeps the `max` greatest keys: the newest, for keys that begin with a date. */
export function keepGreatestKeys<V>(map: Record<string, V>, max: number): boolean {
  return cut(map, max, (a, b) => ascending(b, a));
}

/** Keeps the `max` entries with the latest `at`, then the greatest key. */
export function keepLatest(map: Record<string, { readonly at: string }>, max: number): boolean {
  const at = (key: string): string => map[key]?.at ?? '';
  return cut(map, max, (a, b) => ascending(at(b), at(a)) || ascending(b, a));
}

/** Keeps the `max` entries with the earliest `at`, then the smallest key. */
export function keepEarliest(map: Record<string, { readonly at: string }>, max: number): boolean {
  const at = (key: string): string => map[key]?.at ?? '';
  return cut(map, max, (a, b) => ascending(at(a), at(b)) || ascending(a, b));
}

/**
 * FNV-1a over UTF-16 code units, 32 bit (Fowler, Noll, Vo; RFC 9923): spreads values evenly and costs next to nothing. Whoever
 * chooses values on purpose can choose which are kept, of his own.
 */
export function spread(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Order of eviction of values: by hash, so that what is kept is a fair sample, then by the value. */
export const bySpread: Order = (a, b) => spread(a) - spread(b) || ascending(a, b);

/** Keeps the `max` values with the smallest hash. */
export function keepSample<V>(map: Record<string, V>, max: number): boolean {
  return cut(map, max, bySpread);
}
