import {
  type CompiledRules,
  compileRules,
  type Resolution,
  resolve,
  type Sighting,
} from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { BridgedGraph } from './bridged-graph.ts';
import { SHIPPED_RULES } from './identity.ts';

const NOON = '2026-03-01T12:00:00.000Z';

/**
 * Rules for people who hold up to six identifiers of any one type, as those of the graph do: with the shipped rules, two
 * union ids of one person are two persons.
 */
export const SIX_OF_EACH: CompiledRules = compileRules({
  ...SHIPPED_RULES,
  types: SHIPPED_RULES.types.map((rule) => ({ ...rule, limit: 6, weak_may_join: true })),
});

/**
 * The graph as evidence: a person's own identifiers were seen together by a trusted source, as at a sign-in; the two of a
 * shared device only by a browser.
 */
export function evidenceOf({ edges, people }: BridgedGraph): { evidence: Evidence[]; sightings: Sighting[] } {
  const evidence = edges.map(({ a, b, bridge }, index): Evidence => {
    const source = bridge ? { verified: false, source_id: 'web' } : { verified: true, source_id: 'app' };
    return { a, b, kind: 'same_event', ...source, confidence: 1, first_seen: NOON, event_id: `e${index}` };
  });
  return { evidence, sightings: people.flat().map((key) => ({ key, first_seen: NOON })) };
}

export interface BridgedScore {
  /** People who share a person with nobody else. */
  readonly apart: number;
  readonly joined: number;
  /** Of those joined: groups in which more than one holds a strong identifier. */
  readonly strongJoined: number;
  /** People who are more than one person. */
  readonly fellApart: number;
  /** Refused edges, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

const isStrong = (key: string, { types }: CompiledRules): boolean =>
  types.get(key.slice(0, key.indexOf(':')))?.strong === true;

/** Compares persons with the people of the graph. */
export function scoreApart({ people }: BridgedGraph, resolution: Resolution, rules: CompiledRules): BridgedScore {
  const whose = new Map(people.flatMap((ids, person) => ids.map((key) => [key, person] as const)));
  const parts = new Int32Array(people.length);
  const joined = new Set<number>();
  let strongJoined = 0;
  for (const { members } of resolution.persons) {
    const held = new Set(members.map((key) => whose.get(key) ?? -1));
    for (const person of held) parts[person] = (parts[person] ?? 0) + 1;
    if (held.size === 1) continue;
    for (const person of held) joined.add(person);
    const strong = new Set(members.filter((key) => isStrong(key, rules)).map((key) => whose.get(key)));
    if (strong.size > 1) strongJoined += 1;
  }
  const refused: Record<string, number> = {};
  for (const { reason } of resolution.rejected) refused[reason] = (refused[reason] ?? 0) + 1;
  const fellApart = parts.filter((count) => count > 1).length;
  return { apart: people.length - joined.size, joined: joined.size, strongJoined, fellApart, refused };
}

/** Resolves the graph and scores it. */
export function scoreGraph(graph: BridgedGraph, rules: CompiledRules): BridgedScore {
  const { evidence, sightings } = evidenceOf(graph);
  return scoreApart(graph, resolve(evidence, sightings, rules), rules);
}
