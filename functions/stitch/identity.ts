import type { Evidence } from '../../schemas/evidence.ts';
import { apartBy } from '../shared/identity/apart.ts';
import {
  type CompiledRules,
  evidenceKey,
  mergeEvidence,
  oneId,
  type Resolution,
  resolve,
} from '../shared/identity/resolve.ts';
import { type ComponentDoc, identifierDocKey } from '../shared/person/docs.ts';
import { StaleRead, type WorkingSet } from '../shared/person/working-set.ts';
import { checkBounds } from './component-bounds.ts';
import { crowdedOf, type PreviousPerson, type Written, writeParts } from './components.ts';
import { effectiveParts, type Part, packParts } from './parts.ts';
import { retirable } from './retire.ts';

/** What a batch says about identity, before it is known what is new in it. */
export interface NewEvidence {
  readonly edges: readonly Evidence[];
  /** Identifier → earliest event time in this batch. */
  readonly sightings: ReadonlyMap<string, string>;
}

/** What is resolved together. */
interface Pool {
  readonly components: Map<string, ComponentDoc>;
  readonly evidence: Map<string, Evidence>;
  readonly sightings: Map<string, string>;
}

/** The earlier of two ISO times. */
export const earlier = (a: string | undefined, b: string): string => (a !== undefined && a <= b ? a : b);

function addEdge(edges: Map<string, Evidence>, edge: Evidence): void {
  const key = evidenceKey(edge);
  const known = edges.get(key);
  edges.set(key, known ? mergeEvidence(known, edge) : edge);
}

/** Brings a whole component into the pool. */
function absorb(pool: Pool, id: string, doc: ComponentDoc): void {
  if (pool.components.has(id)) return;
  pool.components.set(id, doc);
  for (const edge of doc.evidence) addEdge(pool.evidence, edge);
  for (const edge of doc.external) addEdge(pool.evidence, edge);
  for (const [key, at] of Object.entries(doc.sightings)) {
    pool.sightings.set(key, earlier(pool.sightings.get(key), at));
  }
}

/** What one component knows, as `effectiveParts` takes it. */
export function evidenceIn(doc: ComponentDoc): Pick<Pool, 'evidence' | 'sightings'> {
  const pool: Pool = { components: new Map(), evidence: new Map(), sightings: new Map() };
  absorb(pool, '', doc);
  return pool;
}

/**
 * Loads the components of some identifiers, and of the shared identifiers that these have edges to: whether an identifier
 * is shared depends on all its edges.
 */
async function loadMembers(pool: Pool, keys: readonly string[], ws: WorkingSet): Promise<void> {
  await ws.load(keys.map(identifierDocKey));
  await ws.confirm(keys.map(identifierDocKey));
  const hubs = new Set<string>();
  const located = await ws.locate(keys);
  for (const key of keys) {
    const id = located.get(key);
    const doc = id === undefined ? undefined : ws.component(id);
    if (id !== undefined && doc) {
      absorb(pool, id, doc);
      for (const { a, b } of doc.external) hubs.add(Object.hasOwn(doc.sightings, a) ? b : a);
    }
    const known = ws.identifier(key)?.first_seen;
    if (known !== undefined) pool.sightings.set(key, earlier(pool.sightings.get(key), known));
  }
  const missing = [...hubs].filter((key) => !pool.sightings.has(key));
  if (missing.length > 0) await loadKnown(pool, missing, ws);
}

/**
 * Loads identifiers that stored evidence names. Each is in a component; one that was read before that evidence was written
 * does not show it, and nothing might be committed against it that could lose the race.
 * @throws StaleRead
 */
async function loadKnown(pool: Pool, keys: readonly string[], ws: WorkingSet): Promise<void> {
  await ws.load(keys.map(identifierDocKey));
  const isBehind = (key: string): boolean => !ws.identifier(key)?.component;
  if (keys.some(isBehind)) throw new StaleRead('An identifier was read before the evidence that names it.');
  await loadMembers(pool, keys, ws);
}

/** Identifiers outside the pool that some member has evidence with which may join something: its component takes them in. */
function outsideOf(pool: Pool, resolution: Resolution): string[] {
  const isApart = apartBy(resolution);
  const outside = new Set<string>();
  for (const edge of pool.evidence.values()) {
    const [inside, other] = pool.sightings.has(edge.a) ? [edge.a, edge.b] : [edge.b, edge.a];
    if (pool.sightings.has(other) || !pool.sightings.has(inside)) continue;
    if (!isApart(inside, edge)) outside.add(other);
  }
  return [...outside];
}

/**
 * Loads the neighbours of identifiers about which something is declared alone (released): where both are shared, neither
 * is in the other's component, and whether the neighbour still is shared has to be looked at again.
 */
async function loadNeighbours(pool: Pool, edges: readonly Evidence[], ws: WorkingSet): Promise<void> {
  const released = new Set(edges.filter(({ a, b }) => a === b).map(({ a }) => a));
  if (released.size === 0) return;
  const near = new Set<string>();
  for (const { a, b } of pool.evidence.values()) {
    if (released.has(a)) near.add(b);
    if (released.has(b)) near.add(a);
  }
  const missing = [...near].filter((key) => !pool.sightings.has(key));
  if (missing.length > 0) await loadKnown(pool, missing, ws);
}

/**
 * Resolves the pool. An identifier that was shared and no longer is (negative evidence, new rules) reaches into components
 * that are not loaded yet: those are brought in, until the pool is closed under every edge that may join something.
 */
async function resolvePool(pool: Pool, ws: WorkingSet, rules: CompiledRules): Promise<Resolution> {
  for (;;) {
    const sightings = Array.from(pool.sightings, ([key, first_seen]) => ({ key, first_seen }));
    const resolution = resolve([...pool.evidence.values()], sightings, rules);
    const outside = outsideOf(pool, resolution);
    if (outside.length === 0) return resolution;
    await loadKnown(pool, outside, ws);
  }
}

/** The components that the pool comes to, without what has become too old for them. */
async function partsOf(pool: Pool, ws: WorkingSet, rules: CompiledRules): Promise<Part[]> {
  const resolution = await resolvePool(pool, ws, rules);
  const parts = effectiveParts(pool, resolution, rules);
  const gone = new Set(parts.flatMap((part) => [...retirable(part, resolution, rules)]));
  if (gone.size === 0) return parts;
  for (const [key, { a, b }] of pool.evidence) if (gone.has(a) || gone.has(b)) pool.evidence.delete(key);
  return effectiveParts(pool, await resolvePool(pool, ws, rules), rules);
}

const previousOneIds = (pool: Pool, ws: WorkingSet): Map<string, PreviousPerson> => {
  const previous = new Map<string, PreviousPerson>();
  for (const doc of pool.components.values()) {
    const former = new Set(doc.former);
    for (const person of doc.persons) {
      const { one_id, shared, founder, members } = person;
      const crowded = new Set(crowdedOf(person));
      for (const key of members) {
        const founded = key === founder || former.has(key);
        previous.set(key, { one_id, shared, founded, crowded: crowded.has(key) });
      }
    }
  }
  for (const key of pool.sightings.keys()) {
    if (!previous.has(key) && ws.identifier(key))
      previous.set(key, { one_id: oneId(key), shared: false, founded: true });
  }
  return previous;
};

/**
 * Adds evidence to the components it concerns and re-resolves them. Changes stay in the working set; the caller commits
 * the named documents in one transaction. Equal to resolving all evidence at once: a component is closed under every edge
 * that may join something.
 * @throws StaleRead, ComponentTooLarge when the result would pass the component bound; nothing has been changed then.
 */
export async function addEvidence(
  added: NewEvidence,
  ws: WorkingSet,
  deps: { rules: CompiledRules; newId(): string },
): Promise<Written> {
  const { rules } = deps;
  const pool: Pool = { components: new Map(), evidence: new Map(), sightings: new Map() };
  await loadMembers(pool, [...added.sightings.keys()], ws);
  await loadNeighbours(pool, added.edges, ws);
  const previous = previousOneIds(pool, ws);
  for (const [key, at] of added.sightings) pool.sightings.set(key, earlier(pool.sightings.get(key), at));
  for (const edge of added.edges) addEdge(pool.evidence, edge);
  const parts = await partsOf(pool, ws, rules);
  for (const [key, was] of previousOneIds(pool, ws)) if (!previous.has(key)) previous.set(key, was);

  const culprit = added.edges[0]?.a ?? '';
  checkBounds(parts, { added: added.edges, rules });
  return writeParts(packParts(parts), { pool, previous, culprit, ws, newId: deps.newId });
}
