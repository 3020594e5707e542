import type { Evidence } from '../../../schemas/evidence.ts';
import { compareText, distinctEvidence, isNegative } from './evidence.ts';
import type { RejectedEdge, Resolution, ResolvedPerson } from './resolution.ts';

/** Why two identifiers are, or are not, one person. */
export interface Explanation {
  from: string;
  to: string;
  /** One ID of the person that holds `from`; null where the resolution does not know it. */
  from_one_id: string | null;
  to_one_id: string | null;
  same_person: boolean;
  /** Identifier keys from `from` to `to`; empty when they are not one person. */
  path: string[];
  /** The edges of the path, weakest first. */
  chain: Evidence[];
  /** Edges at either identifier that joined nothing, with the reason. */
  rejected: RejectedEdge[];
  /** `unbind` and `split` evidence at either identifier. */
  apart: Evidence[];
}

interface Step {
  readonly edge: Evidence;
  readonly next: string;
  /** Place of the edge in the resolution's order; greater is weaker. */
  readonly rank: number;
}

/**
 * The edges that did the joining, by identifier. Taken strongest first they form a maximum spanning tree, and in such
 * a tree the path between two nodes is the one whose weakest link is the strongest possible.
 */
function joiningEdges(person: ResolvedPerson, accepted: readonly Evidence[]): Map<string, Step[]> {
  const group = new Map(person.members.map((key) => [key, [key]]));
  const steps = new Map<string, Step[]>(person.members.map((key) => [key, []]));
  for (const [rank, edge] of accepted.entries()) {
    const [a, b] = [group.get(edge.a), group.get(edge.b)];
    if (a === undefined || b === undefined || a === b) continue;
    const [few, many] = a.length <= b.length ? [a, b] : [b, a];
    for (const key of few) {
      many.push(key);
      group.set(key, many);
    }
    steps.get(edge.a)?.push({ edge, next: edge.b, rank });
    steps.get(edge.b)?.push({ edge, next: edge.a, rank });
  }
  return steps;
}

/** The steps from one identifier to the other, in walking order. */
function walk(steps: ReadonlyMap<string, readonly Step[]>, from: string, to: string): Step[] {
  const cameBy = new Map<string, { before: string; step: Step }>();
  const queue = [from];
  for (const key of queue) {
    if (key === to) break;
    for (const step of steps.get(key) ?? []) {
      if (step.next === from || cameBy.has(step.next)) continue;
      cameBy.set(step.next, { before: key, step });
      queue.push(step.next);
    }
  }
  const path: Step[] = [];
  for (let came = cameBy.get(to); came !== undefined; came = cameBy.get(came.before)) path.unshift(came.step);
  return path;
}

/**
 * The chain of evidence between two identifiers, weakest link first, and what spoke against it. `evidence` is what the
 * resolution was made from. Where several chains exist, it is the one whose weakest link is strongest.
 */
export function explain(resolution: Resolution, evidence: readonly Evidence[], from: string, to: string): Explanation {
  const personOf = (key: string) => resolution.persons.find(({ members }) => members.includes(key));
  const touches = ({ a, b }: Evidence): boolean => a === from || a === to || b === from || b === to;
  const [person, other] = [personOf(from), personOf(to)];
  const together = person !== undefined && person === other;
  const steps = together ? walk(joiningEdges(person, resolution.accepted), from, to) : [];
  const negative = distinctEvidence(evidence.filter((edge) => isNegative(edge) && touches(edge)));
  return {
    from,
    to,
    from_one_id: person?.one_id ?? null,
    to_one_id: other?.one_id ?? null,
    same_person: together,
    path: together ? [from, ...steps.map(({ next }) => next)] : [],
    chain: steps.toSorted((x, y) => y.rank - x.rank).map(({ edge }) => edge),
    rejected: resolution.rejected.filter(({ edge }) => touches(edge)),
    apart: [...negative].sort(([x], [y]) => compareText(x, y)).map(([, edge]) => edge),
  };
}
