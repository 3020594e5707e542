/**
 * A cache that forgets what was not asked for lately: for pure functions on hot paths whose inputs come from outside. Two
 * generations: when the young one is half the bound, it becomes the old one, and the old one is dropped. Forgetting one entry
 * at a time instead takes longer the larger the cache is, since a Map finds its first entry by passing those deleted.
 */
export class BoundedCache<V extends string | object> {
  readonly #generationEntries: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** @param limit most entries kept */
  constructor(limit: number) {
    this.#generationEntries = Math.max(1, Math.floor(limit / 2));
  }

  /** The cached value, or what `compute` gives. */
  get(key: string, compute: () => V): V {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const value = this.#old.get(key) ?? compute();
    if (this.#young.size >= this.#generationEntries) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}
