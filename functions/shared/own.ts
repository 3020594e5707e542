/**
 * Maps keyed by text from outside live in plain objects (they are stored as JSON). These two read and write only own
 * properties, so that names like `constructor` or `__proto__` are data and never reach a prototype.
 */
export const own = <V>(map: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** Sets an own property, whatever its name. */
export function setOwn<V>(map: Record<string, V>, key: string, value: V): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else map[key] = value;
}

/** Adds to a counter; true when the key is new, so that only then a bound need be looked at. */
export function addOwn(map: Record<string, number>, key: string, n: number): boolean {
  const known = own(map, key);
  setOwn(map, key, (known ?? 0) + n);
  return known === undefined;
}
