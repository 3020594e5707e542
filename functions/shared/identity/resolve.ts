import type { Evidence } from '../../../schemas/evidence.ts';
import { compareText, isTrusted } from './evidence.ts';
import { buildGraph, type Edge, type Graph } from './graph.ts';
import { findIsolated, type Isolation } from './isolation.ts';
import { oneId } from './one-id.ts';
import { PersonSets } from './person-sets.ts';
import type { RejectedEdge, Resolution, ResolvedPerson, Sighting } from './resolution.ts';
import type { CompiledRules } from './rules.ts';

export { evidenceKey, isNegative, isTrusted, mergeEvidence, normaliseEvidence } from './evidence.ts';
export { type Explanation, explain } from './explain.ts';
export { isOneId, oneId } from './one-id.ts';
export type { Refusal, RejectedEdge, Resolution, ResolvedPerson, Sighting } from './resolution.ts';
export { type CompiledRules, compileRules, IdentityRulesError, isListed, type TypeRule } from './rules.ts';
export { declaresSame, standingOf } from './standing.ts';

/** An edge whose two ends are both isolated is answered with the reason that comes first here. */
const ISOLATION_ORDER: readonly Isolation['reason'][] = ['blocked', 'degree', 'shared'];

function isolationOf(edge: Edge, isolated: readonly (Isolation | undefined)[]): Isolation | undefined {
  const applies = (isolation: Isolation | undefined): boolean =>
    isolation?.sparesTrusted === undefined || !isTrusted(edge.evidence);
  const [x, y] = [isolated[edge.a], isolated[edge.b]].map((isolation) => (applies(isolation) ? isolation : undefined));
  if (x === undefined || y === undefined) return x ?? y;
  return ISOLATION_ORDER.indexOf(y.reason) < ISOLATION_ORDER.indexOf(x.reason) ? y : x;
}

/**
 * Rules 1 and 2. Whether a tablet is shared depends on which member numbers were declared the same, and that on which of these
 * may join anything, so these are looked at first.
 */
function isolationsOf(graph: Graph, rules: CompiledRules): (Isolation | undefined)[] {
  const alone = (node: number): number => node;
  const isolated = findIsolated(graph, rules, alone);
  const declared = graph.positive.filter((edge) => edge.same);
  if (declared.length === 0) return isolated;
  const sets = new PersonSets(graph);
  for (const edge of declared) if (isolationOf(edge, isolated) === undefined) sets.join(edge);
  return findIsolated(graph, rules, (node) => sets.find(node));
}

/** Rule 4: each set of nodes is a person, named after its founder. */
function personsOf({ nodes }: Graph, sets: PersonSets, isolated: readonly (Isolation | undefined)[]): ResolvedPerson[] {
  const byRoot = new Map<
    number,
    { founder: (typeof nodes)[number]; members: string[]; why: Isolation | undefined; crowded: string[] }
  >();
  for (const [at, node] of nodes.entries()) {
    const root = sets.find(at);
    const isolation = isolated[at];
    const person = byRoot.get(root);
    if (isolation?.sparesTrusted) person?.crowded.push(node.key);
    if (person === undefined) {
      byRoot.set(root, {
        founder: node,
        members: [node.key],
        why: isolation?.sparesTrusted ? undefined : isolation,
        crowded: isolation?.sparesTrusted ? [node.key] : [],
      });
      continue;
    }
    person.members.push(node.key);
    const { founder } = person;
    const age = compareText(node.first_seen, founder.first_seen) || compareText(node.key, founder.key);
    if (age < 0) person.founder = node;
  }
  return Array.from(byRoot.values(), ({ founder, members, why, crowded }) => ({
    one_id: oneId(founder.key),
    founder: founder.key,
    members: members.sort(),
    shared: why !== undefined,
    ...(why === undefined ? {} : { isolated: why.reason }),
    ...(crowded.length === 0 ? {} : { crowded: crowded.sort() }),
  })).sort((x, y) => compareText(x.one_id, y.one_id));
}

/**
 * The identity core: which identifiers are one person. A pure function of the set of evidence, the sightings and the
 * rules, whatever their order and however often each is repeated. So a merge is undone by taking its evidence away, and
 * new rules can be tried on history. Identifiers that are in `sightings` or in an edge are each in exactly one person.
 */
export function resolve(
  evidence: readonly Evidence[],
  sightings: readonly Sighting[],
  rules: CompiledRules,
): Resolution {
  const graph = buildGraph(evidence, sightings, rules);
  const isolated = isolationsOf(graph, rules);
  const sets = new PersonSets(graph);
  const accepted: Evidence[] = [];
  const rejected: RejectedEdge[] = [];
  for (const edge of graph.positive) {
    const objection = graph.voided.get(edge) ?? isolationOf(edge, isolated) ?? sets.join(edge);
    if (objection === undefined) accepted.push(edge.evidence);
    else rejected.push({ edge: edge.evidence, reason: objection.reason, detail: objection.detail });
  }
  return { persons: personsOf(graph, sets, isolated), accepted, rejected };
}
