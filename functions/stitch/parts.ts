import type { Evidence } from '../../schemas/evidence.ts';
import { type CompiledRules, isNegative, type Resolution, standingOf } from '../shared/identity/resolve.ts';
import { readKey } from '../shared/identity/rules.ts';
import type { ComponentDoc } from '../shared/person/docs.ts';
import { notesFor } from './notes.ts';

/** Parts beyond which small ones are kept together. */
const MAX_LOOSE_PARTS = 32;
const MAX_PACKED_MEMBERS = 200;
/** As JSON; in the worst case three bytes each, and still within what a component may have. */
const MAX_PACKED_CHARS = 100_000;
/** Of the edges that a shared identifier keeps, bytes: the first to each neighbour, and further ones to the same. */
const MAX_FIRST_BYTES = 200_000;
const MAX_REPEAT_BYTES = 60_000;
/** One edge as JSON without its names. */
const EDGE_BYTES = 160;

/** What is being resolved together. */
interface Pool {
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** Members; evidence of a shared identifier also names identifiers outside the pool. */
  readonly sightings: ReadonlyMap<string, string>;
}

export type Part = Omit<ComponentDoc, 'to' | 'moved' | 'changes'>;

/**
 * Cuts a resolved pool into components: connected by every edge whose two ends may join something, whether it was
 * accepted or refused (a refused edge still weighs in the next resolution). Edges of a shared identifier join nothing,
 * so they live with that identifier, and as a note with their other end: one tablet in a shop never chains a town
 * together. Of those a shared identifier keeps what shows that it is shared: `max_degree` + 1 neighbours; more would not make
 * it more shared, fewer would make it somebody's again. Beside them it keeps what was declared about its neighbours, as
 * far as that decides whether it is shared.
 */
export function effectiveParts(pool: Pool, resolution: Resolution, rules: CompiledRules): Part[] {
  const isolated = new Set(resolution.persons.filter((p) => p.shared).flatMap((p) => p.members));
  const parent = new Map<string, string>();
  const find = (key: string): string => {
    let at = key;
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) {
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  const joins = (edge: Evidence): boolean => !isolated.has(edge.a) && !isolated.has(edge.b);
  const edges = [...pool.evidence.values()];
  for (const edge of edges) if (joins(edge)) parent.set(find(edge.a), find(edge.b));
  for (const person of resolution.persons) {
    for (const key of person.members) parent.set(find(key), find(person.founder));
  }

  const hubs = new Map<string, Hub>();
  // What shows under the rules about to come into force that an identifier is shared must be there when they do.
  const both = rules.next === undefined ? [rules] : [rules, rules.next];
  const countIn = both.map((each) => countsIn(pool, each));
  const counts = (edge: Evidence): boolean => countIn.every((countsEdge) => countsEdge(edge));
  const kept = 1 + Math.max(...both.map((each) => each.rules.max_degree));
  const parts = new Map<string, Part>();
  const partOf = (key: string): Part | undefined => (pool.sightings.has(key) ? parts.get(find(key)) : undefined);
  for (const [key, at] of pool.sightings) {
    const root = find(key);
    const part = parts.get(root) ?? { evidence: [], external: [], sightings: {}, persons: [] };
    part.sightings[key] = at;
    parts.set(root, part);
  }
  for (const person of resolution.persons) partOf(person.founder)?.persons.push(person);
  for (const edge of edges) {
    if (joins(edge)) {
      partOf(edge.a)?.evidence.push(edge);
      continue;
    }
    for (const key of new Set([edge.a, edge.b])) {
      const part = partOf(key);
      if (!isolated.has(key)) part?.external.push(edge);
      else if (part) {
        const hub = hubs.get(key) ?? { neighbours: new Set(), firstBytes: 0, repeatBytes: 0 };
        hubs.set(key, hub);
        const maxNeighbours = counts(edge) ? kept : 0;
        if (keeps(hub, edge, { key, maxNeighbours })) part.evidence.push(edge);
      }
    }
  }
  const notes = notesFor(pool.evidence, hubs.keys(), rules);
  for (const [key, noted] of notes) partOf(key)?.evidence.push(...noted);
  return [...parts.values()];
}

/** Tells the edges that count as direct evidence from those that no longer do. */
function countsIn(pool: Pool, rules: CompiledRules): (edge: Evidence) => boolean {
  const standing = standingOf(pool.evidence.values(), rules);
  const unbound = new Set<string>();
  for (const edge of pool.evidence.values()) {
    if (edge.kind === 'unbind' && standing.holds(edge)) unbound.add(`${edge.a} ${edge.b}`);
  }
  return (edge) =>
    standing.voided(edge) === undefined &&
    !unbound.has(`${edge.a} ${edge.b}`) &&
    readKey(edge.a, rules).ok &&
    readKey(edge.b, rules).ok;
}

/** What a shared identifier keeps so far. */
interface Hub {
  readonly neighbours: Set<string>;
  firstBytes: number;
  repeatBytes: number;
}

function keeps(hub: Hub, edge: Evidence, { key, maxNeighbours }: { key: string; maxNeighbours: number }): boolean {
  if (isNegative(edge) || edge.kind === 'retract') return true;
  const other = edge.a === key ? edge.b : edge.a;
  const bytes = EDGE_BYTES + Buffer.byteLength(edge.a + edge.b + edge.source_id + edge.event_id);
  if (maxNeighbours === 0 || hub.neighbours.has(other)) {
    if (hub.repeatBytes + bytes > MAX_REPEAT_BYTES) return false;
    hub.repeatBytes += bytes;
    return true;
  }
  if (hub.neighbours.size >= maxNeighbours || hub.firstBytes + bytes > MAX_FIRST_BYTES) return false;
  hub.neighbours.add(other);
  hub.firstBytes += bytes;
  return true;
}

const isShared = ({ persons }: Part): boolean => persons.some((person) => person.shared);

/**
 * When an identifier turns out to be shared, what it had held together falls apart, perhaps into hundreds of parts: more
 * than one transaction can write. Many small parts are then kept in one component, which is slower to resolve and nothing
 * else. A shared identifier keeps a component of its own, since many others name it, unless very many became so at once.
 */
export function packParts(parts: readonly Part[]): readonly Part[] {
  return [...packed(parts.filter(isShared)), ...packed(parts.filter((part) => !isShared(part)))];
}

function packed(parts: readonly Part[]): readonly Part[] {
  if (parts.length <= MAX_LOOSE_PARTS) return parts;
  const all: Part[] = [];
  let open: { part: Part; members: number; chars: number } | undefined;
  for (const part of parts) {
    const members = Object.keys(part.sightings).length;
    const chars = JSON.stringify(part).length;
    if (open && open.members + members <= MAX_PACKED_MEMBERS && open.chars + chars <= MAX_PACKED_CHARS) {
      open.part.evidence.push(...part.evidence);
      open.part.external.push(...part.external);
      open.part.persons.push(...part.persons);
      Object.assign(open.part.sightings, part.sightings);
      open.members += members;
      open.chars += chars;
    } else {
      open = { part, members, chars };
      all.push(part);
    }
  }
  return all;
}
