import type { Evidence } from '../../../schemas/evidence.ts';
import { compareText, distinctEvidence, isNegative } from './evidence.ts';
import type { Sighting } from './resolution.ts';
import { type CompiledRules, type Reading, readKey, windowOf } from './rules.ts';
import { declaresSame, standingOf, type Voided } from './standing.ts';

/** An identifier in the graph. Edges name it by its position in `Graph.nodes`. */
export interface Node {
  readonly key: string;
  readonly reading: Reading;
  /** Number of its type and scope; -1 where the identifier may not join anything. */
  readonly group: number;
  /** Number of what its limit counts in: the group, or the group within a calendar window. */
  limitGroup: number;
  /** Smallest `first_seen` of its sightings, else of its edges. */
  first_seen: string;
}

/** A distinct piece of evidence between two nodes. */
export interface Edge {
  readonly evidence: Evidence;
  readonly key: string;
  readonly a: number;
  readonly b: number;
  /** 0 manual and verified, 1 manual, 2 verified, 3 neither, from 4 on a model's guess: whatever was observed goes first. */
  readonly tier: number;
  /** Priority of the stronger end. */
  readonly priority: number;
  /** Declares that its two ends, values of one strong type, are the same: for limits they are one. */
  readonly same: boolean;
}

export interface Graph {
  readonly nodes: readonly Node[];
  /** Number of groups. */
  readonly groups: number;
  /** Joining edges, strongest first; those that declare two values the same come before all others. */
  readonly positive: readonly Edge[];
  /** Joining edges that do not count, with the reason. */
  readonly voided: ReadonlyMap<Edge, Voided>;
  /** Negative edges that hold, by key. */
  readonly negative: readonly Edge[];
}

/** Rule 3: manual, verified, observed, confidence, priority of the stronger end, first seen, key. Total over distinct evidence. */
const strongestFirst = (x: Edge, y: Edge): number =>
  Number(y.same) - Number(x.same) ||
  x.tier - y.tier ||
  y.evidence.confidence - x.evidence.confidence ||
  x.priority - y.priority ||
  compareText(x.evidence.first_seen, y.evidence.first_seen) ||
  compareText(x.key, y.key);

const tierOf = ({ kind, verified }: Evidence): number =>
  (kind === 'probabilistic' ? 4 : kind === 'manual' ? 0 : 2) + (verified ? 0 : 1);

const priorityOf = (node: Node | undefined): number =>
  node?.reading.ok ? node.reading.rule.priority : Number.MAX_SAFE_INTEGER;

/** Numbers identifiers and limit groups in the order in which they are met. */
class Registry {
  readonly nodes: Node[] = [];
  readonly groups = new Map<string, number>();
  readonly #positions = new Map<string, number>();
  readonly #rules: CompiledRules;

  constructor(rules: CompiledRules) {
    this.#rules = rules;
  }

  /** Position of the node; it is as old as the oldest time it is met with. */
  meet(key: string, firstSeen: string): number {
    const known = this.#positions.get(key);
    if (known === undefined) return this.#add(key, firstSeen);
    const node = this.nodes[known];
    if (node && firstSeen < node.first_seen) node.first_seen = firstSeen;
    return known;
  }

  /** Position of the node; where it has been sighted, its age stays that of its sightings. */
  meetInEdge(key: string, firstSeen: string, sighted: number): number {
    const known = this.#positions.get(key);
    return known !== undefined && known < sighted ? known : this.meet(key, firstSeen);
  }

  #add(key: string, first_seen: string): number {
    const reading = readKey(key, this.#rules);
    const position = this.nodes.length;
    this.#positions.set(key, position);
    const group = reading.ok ? this.group(reading.group) : -1;
    this.nodes.push({ key, reading, group, limitGroup: group, first_seen });
    return position;
  }

  /** Only now is it known when each identifier was first seen, hence in which window its limit counts. */
  settleLimits(): void {
    for (const node of this.nodes) {
      const { reading } = node;
      if (!reading.ok || (reading.rule.limit_window ?? 'ever') === 'ever') continue;
      node.limitGroup = this.group(`${reading.group} ${windowOf(node.first_seen, reading.rule.limit_window)}`);
    }
  }

  group(name: string): number {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    this.groups.set(name, this.groups.size);
    return this.groups.size - 1;
  }
}

/** Turns evidence and sightings into numbered nodes and distinct, ordered edges. */
export function buildGraph(evidence: readonly Evidence[], sightings: readonly Sighting[], rules: CompiledRules): Graph {
  const registry = new Registry(rules);
  for (const { key, first_seen } of sightings) registry.meet(key, first_seen);
  const sighted = registry.nodes.length;
  const distinct = distinctEvidence(evidence);
  const standing = standingOf(distinct.values(), rules);
  const positive: Edge[] = [];
  const negative: Edge[] = [];
  const voided = new Map<Edge, Voided>();
  for (const [key, edge] of distinct) {
    const a = registry.meetInEdge(edge.a, edge.first_seen, sighted);
    const b = registry.meetInEdge(edge.b, edge.first_seen, sighted);
    if (edge.kind === 'retract') continue;
    const [x, y] = [registry.nodes[a], registry.nodes[b]];
    const priority = Math.min(priorityOf(x), priorityOf(y));
    const why = isNegative(edge) ? undefined : standing.voided(edge);
    const same = why === undefined && declaresSame(edge) && isStrong(x) && x?.group === y?.group;
    const found: Edge = { evidence: edge, key, a, b, tier: tierOf(edge), priority, same };
    if (!isNegative(edge)) positive.push(found);
    else if (a !== b && standing.holds(edge)) negative.push(found);
    if (why !== undefined) voided.set(found, why);
  }
  registry.settleLimits();
  positive.sort(strongestFirst);
  negative.sort((x, y) => compareText(x.key, y.key));
  return { nodes: registry.nodes, groups: registry.groups.size, positive, voided, negative };
}

const isStrong = (node: Node | undefined): boolean => node?.reading.ok === true && node.reading.rule.strong;
