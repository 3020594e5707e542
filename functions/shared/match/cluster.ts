/** Two records and the log2 odds that they are one person's. */
export interface Edge {
  readonly left: number;
  readonly right: number;
  readonly bits: number;
}

/** Sets of records that grow together. */
export class Groups {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, at) => at);
  }

  of(record: number): number {
    let root = record;
    while (this.#parent[root] !== root) root = this.#parent[root] ?? root;
    let at = record;
    while (at !== root) {
      const next = this.#parent[at] ?? root;
      this.#parent[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): number {
    const [x, y] = [this.of(a), this.of(b)];
    const [low, high] = [Math.min(x, y), Math.max(x, y)];
    this.#parent[high] = low;
    return low;
  }

  /** For every record the smallest record number of its set. */
  all(): Int32Array {
    return Int32Array.from(this.#parent, (_, record) => this.of(record));
  }
}

/** Everything that is linked, directly or through others, is one: for every record the smallest of its component. */
export function connectedComponents(size: number, edges: Iterable<Edge>): Int32Array {
  const groups = new Groups(size);
  for (const { left, right } of edges) groups.join(left, right);
  return groups.all();
}

/**
 * Joins groups by their strongest link first, and only while all pairs across them together speak for it: one chance
 * resemblance no longer glues two families. `bitsOf` scores any pair, also ones that blocking left out.
 */
export function agreeingClusters(
  size: number,
  edges: readonly Edge[],
  bitsOf: (i: number, j: number) => number,
): Int32Array {
  const groups = new Groups(size);
  const members = new Map<number, number[]>();
  const membersOf = (root: number): number[] => members.get(root) ?? [root];
  const strongestFirst = [...edges].sort((a, b) => b.bits - a.bits || a.left - b.left || a.right - b.right);
  for (const { left, right } of strongestFirst) {
    const [x, y] = [groups.of(left), groups.of(right)];
    if (x === y) continue;
    const [xs, ys] = [membersOf(x), membersOf(y)];
    let sum = 0;
    for (const i of xs) for (const j of ys) sum += Math.max(-20, Math.min(20, bitsOf(i, j)));
    if (sum <= 0) continue;
    members.set(groups.join(x, y), [...xs, ...ys]);
  }
  return groups.all();
}
