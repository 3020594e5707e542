import { isTrusted } from './evidence.ts';
import type { Edge, Graph } from './graph.ts';
import type { Refusal } from './resolution.ts';

/**
 * What a set holds of one limit group; values declared the same count once. `least` is the node with the smallest key, named
 * when a limit is hit.
 */
interface Holding {
  count: number;
  least: number;
}

interface Objection {
  readonly reason: Refusal;
  readonly detail: string;
}

/**
 * Growing persons: disjoint sets of nodes that refuse a union which would break a rule. Each set knows how many values
 * of each limit group it holds and which sets it must stay apart from, so that a union is weighed without looking at
 * the members. The lighter set is always moved into the heavier one: near-linear in nodes and edges.
 */
export class PersonSets {
  readonly #graph: Graph;
  readonly #parent: Int32Array;
  /** Entries that moving the set would touch: members and sets to stay apart from. */
  readonly #weight: Int32Array;
  /** Of the set's root: a strong member, or -1. */
  readonly #strong: Int32Array;
  /** Of the set's root; undefined while it is the root's own group alone. */
  readonly #holdings: (Map<number, Holding> | undefined)[];
  /** Of the set's root: roots to stay apart from, with the first negative edge that says so. */
  readonly #apart: (Map<number, number> | undefined)[];

  constructor(graph: Graph) {
    const { nodes, negative } = graph;
    this.#graph = graph;
    this.#parent = Int32Array.from(nodes, (_, at) => at);
    this.#weight = new Int32Array(nodes.length).fill(1);
    this.#strong = Int32Array.from(nodes, ({ reading }, at) => (reading.ok && reading.rule.strong ? at : -1));
    this.#holdings = new Array(nodes.length);
    this.#apart = new Array(nodes.length);
    for (const [at, { a, b }] of negative.entries()) {
      if (a === b) continue;
      this.#keepApart(a, b, at);
      this.#keepApart(b, a, at);
    }
  }

  /** The set's root: the same for two nodes exactly when they are in one person. */
  find(node: number): number {
    let at = node;
    let up = this.#parent[at] ?? at;
    while (up !== at) {
      const next = this.#parent[up] ?? up;
      this.#parent[at] = next;
      at = up;
      up = next;
    }
    return at;
  }

  /** Unites the two ends of the edge, or says what stands in the way. */
  join(edge: Edge): Objection | undefined {
    const a = this.find(edge.a);
    const b = this.find(edge.b);
    if (a === b) return undefined;
    const objection =
      this.#split(a, b) ?? (edge.same ? undefined : this.#overLimit(a, b)) ?? this.#joinsStrong(edge, a, b);
    if (objection === undefined) this.#unite(a, b, edge.same);
    return objection;
  }

  #keepApart(root: number, other: number, edge: number): void {
    let apart = this.#apart[root];
    if (apart === undefined) {
      apart = new Map();
      this.#apart[root] = apart;
    }
    const known = apart.get(other);
    if (known === undefined) this.#weight[root] = (this.#weight[root] ?? 0) + 1;
    if (known === undefined || edge < known) apart.set(other, edge);
  }

  #split(a: number, b: number): Objection | undefined {
    const at = this.#apart[a]?.get(b);
    const negative = at === undefined ? undefined : this.#graph.negative[at]?.evidence;
    if (negative === undefined) return undefined;
    return { reason: 'split', detail: `${negative.a} and ${negative.b} are kept apart by ${negative.kind}` };
  }

  /** The first group, in a fixed order, that the united set would hold too many of. */
  #overLimit(a: number, b: number): Objection | undefined {
    let broken: { least: readonly [number, number]; limit: number; count: number; group: string } | undefined;
    const [few, many] = this.#heldBy(a).size <= this.#heldBy(b).size ? [a, b] : [b, a];
    for (const [group, holding] of this.#heldBy(few)) {
      const other = this.#heldBy(many).get(group);
      const reading = this.#graph.nodes[holding.least]?.reading;
      if (other === undefined || !reading?.ok) continue;
      const count = holding.count + other.count;
      const { limit } = reading.rule;
      if (count <= limit || (broken && broken.group <= reading.group)) continue;
      broken = { least: [holding.least, other.least], limit, count, group: reading.group };
    }
    if (broken === undefined) return undefined;
    const [x, y] = broken.least.map((node) => this.#graph.nodes[node]?.key ?? '').sort();
    const rule = `one person may hold ${broken.limit} of ${broken.group}, this would make ${broken.count}`;
    return { reason: broken.limit === 1 ? 'unique' : 'limit', detail: `${rule}: ${x} on one side, ${y} on the other` };
  }

  /** A guess about a browser is about whoever used it then: it does not join the member that the browser was attached to. */
  #joinsStrong({ evidence, a: x0, b: y0 }: Edge, a: number, b: number): Objection | undefined {
    const isStrong = (node: number): boolean => {
      const reading = this.#graph.nodes[node]?.reading;
      return reading?.ok === true && reading.rule.strong;
    };
    if (isTrusted(evidence) || (evidence.verified && isStrong(x0) && isStrong(y0))) return undefined;
    const [x, y] = [this.#strong[a] ?? -1, this.#strong[b] ?? -1];
    if (x < 0 || y < 0) return undefined;
    const keys = [this.#graph.nodes[x]?.key ?? '', this.#graph.nodes[y]?.key ?? ''].sort();
    const what = evidence.verified ? 'a guess about a weak identifier' : 'unverified evidence';
    const detail = `${what} may attach identifiers, not join ${keys[0]} with ${keys[1]}; verify the source`;
    return { reason: 'attach_never_merge', detail };
  }

  /** What the set holds; made on first use, since most nodes of a large graph never need it. */
  #heldBy(root: number): Map<number, Holding> {
    let held = this.#holdings[root];
    if (held === undefined) {
      held = new Map([[this.#graph.nodes[root]?.limitGroup ?? -1, { count: 1, least: root }]]);
      this.#holdings[root] = held;
    }
    return held;
  }

  /** `same`: both sets are values of one type, and the united set is still one value of it. */
  #unite(a: number, b: number, same: boolean): void {
    const [from, into] = (this.#weight[a] ?? 0) <= (this.#weight[b] ?? 0) ? [a, b] : [b, a];
    this.#parent[from] = into;
    this.#weight[into] = (this.#weight[into] ?? 0) + (this.#weight[from] ?? 0);
    this.#strong[into] = this.#least(this.#strong[into] ?? -1, this.#strong[from] ?? -1);
    const held = this.#heldBy(into);
    for (const [group, holding] of this.#heldBy(from)) {
      const other = held.get(group);
      if (other === undefined) held.set(group, holding);
      else {
        const count = same ? Math.max(other.count, holding.count) : other.count + holding.count;
        held.set(group, { count, least: this.#least(other.least, holding.least) });
      }
    }
    this.#holdings[from] = undefined;
    for (const [other, edge] of this.#apart[from] ?? []) {
      this.#apart[other]?.delete(from);
      this.#keepApart(other, into, edge);
      this.#keepApart(into, other, edge);
    }
    this.#apart[from] = undefined;
  }

  /** Of two nodes the one with the smaller key; -1 is no node. */
  #least(x: number, y: number): number {
    if (x < 0 || y < 0) return Math.max(x, y);
    return (this.#graph.nodes[x]?.key ?? '') <= (this.#graph.nodes[y]?.key ?? '') ? x : y;
  }
}
