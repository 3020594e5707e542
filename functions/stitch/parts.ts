import type { Evidence } from '../../schemas/evidence.ts';
import { DisjointSets } from '../shared/disjoint-sets.ts';
import { apartBy } from '../shared/identity/apart.ts';
import type { CompiledRules, Resolution } from '../shared/identity/resolve.ts';
import type { ComponentDoc } from '../shared/person/docs.ts';
import { keepingUnder, keptBy } from './hubs.ts';
import { notesFor } from './notes.ts';

/** Parts beyond which small ones are kept together. */
const MAX_LOOSE_PARTS = 32;
const MAX_PACKED_MEMBERS = 200;
/** As JSON; in the worst case three bytes each, and still within what a component may have. */
const MAX_PACKED_CHARS = 100_000;

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
 * together. Of those a shared identifier keeps what shows that it is shared, and what was declared about its neighbours as
 * far as that decides it.
 */
export function effectiveParts(pool: Pool, resolution: Resolution, rules: CompiledRules): Part[] {
  const sets = new DisjointSets();
  const isApart = apartBy(resolution);
  const joins = (edge: Evidence): boolean => !isApart(edge.a, edge) && !isApart(edge.b, edge);
  const edges = [...pool.evidence.values()];
  for (const edge of edges) if (joins(edge)) sets.unite(edge.a, edge.b);
  for (const person of resolution.persons) {
    for (const key of person.members) sets.unite(key, person.founder);
  }

  const hubs = new Map<string, Evidence[]>();
  const parts = new Map<string, Part>();
  const partOf = (key: string): Part | undefined => (pool.sightings.has(key) ? parts.get(sets.find(key)) : undefined);
  for (const [key, at] of pool.sightings) {
    const root = sets.find(key);
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
      if (!isApart(key, edge)) part?.external.push(edge);
      else if (part) addTo(hubs, key, edge);
    }
  }
  const keeping = keepingUnder(pool.evidence, rules);
  for (const [key, around] of hubs) partOf(key)?.evidence.push(...keptBy(key, around, keeping));
  const notes = notesFor(pool.evidence, hubs.keys(), rules);
  for (const [key, noted] of notes) partOf(key)?.evidence.push(...noted);
  return [...parts.values()];
}

function addTo(lists: Map<string, Evidence[]>, key: string, edge: Evidence): void {
  const list = lists.get(key);
  if (list) list.push(edge);
  else lists.set(key, [edge]);
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
