import type { Evidence } from '../../schemas/evidence.ts';
import type { Resolution } from '../shared/identity/resolve.ts';
import type { ComponentDoc } from '../shared/person/docs.ts';

/** Parts beyond which small ones are kept together. */
const MAX_LOOSE_PARTS = 32;
const MAX_PACKED_MEMBERS = 200;
/** Text of all edges that a shared identifier keeps, characters; of one edge without its names. */
const MAX_SHARED_CHARS = 90_000;
const EDGE_CHARS = 160;

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
 * together. A shared identifier keeps at most `maxSharedEdges` of them: more would not make it more shared.
 */
export function effectiveParts(pool: Pool, resolution: Resolution, maxSharedEdges: number): Part[] {
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

  const sharedChars = new Map<Part, number>();
  const parts = new Map<string, Part>();
  const partOf = (key: string): Part | undefined => (pool.sightings.has(key) ? parts.get(find(key)) : undefined);
  for (const [key, at] of pool.sightings) {
    const root = find(key);
    const part = parts.get(root) ?? { evidence: [], external: [], sightings: {}, persons: [] };
    part.sightings[key] = at;
    parts.set(root, part);
  }
  for (const person of resolution.persons) partOf(person.founder)?.persons.push(person);
  for (const edge of pool.evidence.values()) {
    if (joins(edge)) {
      partOf(edge.a)?.evidence.push(edge);
      continue;
    }
    for (const key of [edge.a, edge.b]) {
      const part = partOf(key);
      if (!isolated.has(key)) part?.external.push(edge);
      else if (part && part.evidence.length < maxSharedEdges) {
        const chars = (sharedChars.get(part) ?? 0) + charsOf(edge);
        if (chars > MAX_SHARED_CHARS) continue;
        sharedChars.set(part, chars);
        part.evidence.push(edge);
      }
    }
  }
  return [...parts.values()];
}

const charsOf = ({ a, b, source_id, event_id }: Evidence): number =>
  EDGE_CHARS + a.length + b.length + source_id.length + event_id.length;

const isShared = ({ persons }: Part): boolean => persons.some((person) => person.shared);

/**
 * When an identifier turns out to be shared, what it had held together falls apart, perhaps into hundreds of parts: more
 * than one transaction can write. Many small parts are then kept in one component, which is slower to resolve and nothing
 * else. A shared identifier keeps a component of its own, since many others name it.
 */
export function packParts(parts: readonly Part[]): readonly Part[] {
  const loose = parts.filter((part) => !isShared(part));
  if (loose.length <= MAX_LOOSE_PARTS) return parts;
  const packed: Part[] = parts.filter(isShared);
  let open: Part | undefined;
  for (const part of loose) {
    const size = Object.keys(part.sightings).length;
    if (open && Object.keys(open.sightings).length + size <= MAX_PACKED_MEMBERS) {
      open.evidence.push(...part.evidence);
      open.external.push(...part.external);
      open.persons.push(...part.persons);
      Object.assign(open.sightings, part.sightings);
    } else {
      open = part;
      packed.push(part);
    }
  }
  return packed;
}
