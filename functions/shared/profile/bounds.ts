/**
 * Bounds that keep the algebra order-free. Each keeps the extreme N elements of a set under a total order: the threshold
 * only ever moves one way, so what was dropped once would be dropped in any order of arrival.
 */

/** How far a map may outgrow its bound before it is cut: cutting on each insertion would cost a sort each time. */
function cut<V>(map: Record<string, V>, max: number, order: (a: string, b: string) => number): void {
  const keys = Object.keys(map);
  if (keys.length <= max) return;
  keys.sort(order);
  for (const key of keys.slice(max)) delete map[key];
}

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keeps the `max` smallest keys. */
export function keepSmallestKeys<V>(map: Record<string, V>, max: number): void {
  cut(map, max, ascending);
}

/** Keeps the `max` greatest keys: the newest, for keys that begin with a date. */
export function keepGreatestKeys<V>(map: Record<string, V>, max: number): void {
  cut(map, max, (a, b) => ascending(b, a));
}

/** Keeps the `max` entries with the latest `at`, then the greatest key. */
export function keepLatest(map: Record<string, { readonly at: string }>, max: number): void {
  const at = (key: string): string => map[key]?.at ?? '';
  cut(map, max, (a, b) => ascending(at(b), at(a)) || ascending(b, a));
}
