import { isTrusted } from './evidence.ts';
import type { Edge, Graph } from './graph.ts';
import type { CompiledRules } from './rules.ts';

/** Why an identifier may not join anything. It stays a person of its own. */
export interface Isolation {
  readonly reason: 'blocked' | 'degree' | 'shared';
  readonly detail: string;
  /**
   * What is verified or manual may still join: only the unverified edges are too many to be believed. Else anybody could tear a
   * member apart by naming him from very many browsers.
   */
  readonly sparesTrusted?: true;
}

/** Distinct neighbours of each node, strongest edge first, in one flat list: node `n` has those from `start[n]` to `start[n + 1]`. */
interface Neighbours {
  readonly start: Int32Array;
  readonly list: Int32Array;
  /** 1 where the edge to the neighbour is verified or manual. */
  readonly trusted: Uint8Array;
}

/** The edges that count as direct evidence: seen, not guessed; neither end is blocked, nothing declared says otherwise. */
function directEdges({ nodes, positive, negative, voided }: Graph): Edge[] {
  const pair = ({ a, b }: Edge): number => Math.min(a, b) * nodes.length + Math.max(a, b);
  const unbound = new Set(negative.filter((edge) => edge.evidence.kind === 'unbind').map(pair));
  const counts = (edge: Edge): boolean =>
    edge.a !== edge.b &&
    edge.evidence.kind !== 'probabilistic' &&
    nodes[edge.a]?.reading.ok === true &&
    nodes[edge.b]?.reading.ok === true;
  return positive.filter((edge) => counts(edge) && !voided.has(edge) && !(unbound.size > 0 && unbound.has(pair(edge))));
}

/** Flat arrays rather than a set per node: most of the time of a large resolve would go into those sets. */
function neighboursOf(edges: readonly Edge[], nodeCount: number): Neighbours {
  const start = new Int32Array(nodeCount + 1);
  for (const { a, b } of edges) {
    start[a + 1] = (start[a + 1] ?? 0) + 1;
    start[b + 1] = (start[b + 1] ?? 0) + 1;
  }
  for (let node = 0; node < nodeCount; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice();
  const list = new Int32Array(edges.length * 2);
  const trusted = new Uint8Array(edges.length * 2);
  const put = (node: number, neighbour: number, trust: number): void => {
    const at = next[node] ?? 0;
    list[at] = neighbour;
    trusted[at] = trust;
    next[node] = at + 1;
  };
  for (const edge of edges) {
    const trust = Number(isTrusted(edge.evidence));
    put(edge.a, edge.b, trust);
    put(edge.b, edge.a, trust);
  }
  return { start, list, trusted };
}

/** Looks at one node after the other; the scratch arrays say for which node a neighbour or a group was last met. */
class Inspector {
  readonly #graph: Graph;
  readonly #rules: CompiledRules;
  readonly #sameAs: (node: number) => number;
  readonly #neighbours: Neighbours;
  readonly #metBy: Int32Array;
  readonly #groupMetBy: Int32Array;
  readonly #groupFirst: Int32Array;
  /** 1 where the first of the group was met by a trusted edge. */
  readonly #groupTrusted: Uint8Array;

  constructor(graph: Graph, rules: CompiledRules, sameAs: (node: number) => number) {
    this.#graph = graph;
    this.#rules = rules;
    this.#sameAs = sameAs;
    this.#neighbours = neighboursOf(directEdges(graph), graph.nodes.length);
    this.#metBy = new Int32Array(graph.nodes.length).fill(-1);
    this.#groupMetBy = new Int32Array(graph.groups).fill(-1);
    this.#groupFirst = new Int32Array(graph.groups);
    this.#groupTrusted = new Uint8Array(graph.groups);
  }

  inspect(at: number): Isolation | undefined {
    const node = this.#graph.nodes[at];
    if (node === undefined) return undefined;
    if (!node.reading.ok) return { reason: 'blocked', detail: node.reading.detail };
    const weak = !node.reading.rule.strong;
    const { start, list, trusted } = this.#neighbours;
    let degree = 0;
    let trustedDegree = 0;
    let shared: Isolation | undefined;
    for (let i = start[at] ?? 0; i < (start[at + 1] ?? 0); i++) {
      const neighbour = list[i] ?? 0;
      if (this.#metBy[neighbour] === at) continue;
      this.#metBy[neighbour] = at;
      if (!this.#isPlentiful(neighbour)) {
        degree += 1;
        // Trusted edges come before all others that count, so a neighbour is met by its strongest.
        trustedDegree += trusted[i] ?? 0;
      }
      if (weak && shared === undefined) shared = this.#joinsTwo(at, neighbour, trusted[i] ?? 0);
    }
    const { max_degree } = this.#rules.rules;
    if (degree <= max_degree) return shared;
    const detail = `${node.key} was seen with more than ${max_degree} others`;
    if (trustedDegree === 0 || trustedDegree > max_degree) return { reason: 'degree', detail };
    return (
      shared ?? { reason: 'degree', detail: `${detail}; unverified evidence no longer counts`, sparesTrusted: true }
    );
  }

  /** One person has ever more of them: they say nothing of whether a neighbour is one person's. */
  #isPlentiful(at: number): boolean {
    const reading = this.#graph.nodes[at]?.reading;
    return reading?.ok === true && reading.rule.plentiful === true;
  }

  /**
   * Rule 2: is this the second value, not declared the same as the first, of a group of which a weak identifier may not join two?
   * An account of a platform, unlike a browser, has one owner: once it is trusted whose it is, nobody makes it shared by claiming it.
   */
  #joinsTwo(at: number, neighbour: number, trust: number): Isolation | undefined {
    const { nodes } = this.#graph;
    const [own, other] = [nodes[at], nodes[neighbour]];
    if (!own?.reading.ok || !other?.reading.ok || other.reading.rule.weak_may_join) return undefined;
    if (this.#groupMetBy[other.group] !== at) {
      this.#groupMetBy[other.group] = at;
      this.#groupFirst[other.group] = neighbour;
      this.#groupTrusted[other.group] = trust;
      return undefined;
    }
    const isAccount = !own.reading.rule.weak_may_join;
    if (isAccount && trust < (this.#groupTrusted[other.group] ?? 0)) return undefined;
    const met = this.#groupFirst[other.group] ?? -1;
    if (this.#sameAs(met) === this.#sameAs(neighbour)) return undefined;
    const first = nodes[met]?.key;
    return { reason: 'shared', detail: `${own.key} is shared: it was seen with ${first} and with ${other.key}` };
  }
}

/**
 * Rules 1 and 2: the identifiers that may not join anything, by node. Depends on each node's own direct edges, on releases of
 * its neighbours and on which of these were declared the same; on nothing else, so never on order of arrival, and a part of
 * the graph can be resolved alone.
 * @param sameAs the representative of the values that a node was declared the same as
 */
export function findIsolated(
  graph: Graph,
  rules: CompiledRules,
  sameAs: (node: number) => number,
): (Isolation | undefined)[] {
  const inspector = new Inspector(graph, rules, sameAs);
  return graph.nodes.map((_, at) => inspector.inspect(at));
}
