/** A cache that forgets its oldest entries: for pure functions on hot paths whose inputs come from outside. */
export class BoundedCache<V extends string | object> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  /** @param limit most entries kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The cached value, or what `compute` gives. */
  get(key: string, compute: () => V): V {
    const cached = this.#entries.get(key);
    if (cached !== undefined) return cached;
    const value = compute();
    if (this.#entries.size >= this.#limit) {
      const oldest = this.#entries.keys().next();
      if (oldest.done === false) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
    return value;
  }
}
