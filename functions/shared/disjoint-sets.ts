/** Sets of names that grow by uniting (union–find with path halving; Tarjan and van Leeuwen 1984). A name never met is a set of its own. */
export class DisjointSets {
  readonly #parent = new Map<string, string>();

  /** The set's representative: the same for two names exactly when they are in one set. */
  find(name: string): string {
    let at = name;
    for (let up = this.#parent.get(at) ?? at; up !== at; up = this.#parent.get(at) ?? at) {
      this.#parent.set(at, this.#parent.get(up) ?? up);
      at = up;
    }
    return at;
  }

  unite(a: string, b: string): void {
    this.#parent.set(this.find(a), this.find(b));
  }
}
