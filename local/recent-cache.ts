/**
 * A bounded map that keeps what was used lately. Two generations instead of a linked list: a hit in the young one costs
 * one lookup and no write; when the young one is half the bound, it becomes the old one and the old one is dropped.
 */
export class RecentCache<K, V> {
  readonly #generationEntries: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** `maxEntries` 0 keeps nothing. */
  constructor(maxEntries: number) {
    this.#generationEntries = Math.floor(maxEntries / 2);
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (this.#generationEntries === 0) return;
    if (this.#young.size >= this.#generationEntries && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
