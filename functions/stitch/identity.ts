import type { Evidence } from '../../schemas/evidence.ts';
import {
  type CompiledRules,
  evidenceKey,
  mergeEvidence,
  oneId,
  type Resolution,
  resolve,
} from '../shared/identity/resolve.ts';
import { type ComponentDoc, componentDocKey, identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { effectiveParts, type Part } from './parts.ts';

/** What a batch says about identity, before it is known what is new in it. */
export interface NewEvidence {
  readonly edges: readonly Evidence[];
  /** Identifier → earliest event time in this batch. */
  readonly sightings: ReadonlyMap<string, string>;
}

/** An identifier that belongs to another person than before, or is new. */
export interface IdentityChange {
  readonly key: string;
  readonly one_id: string;
  readonly previous: string | undefined;
  readonly shared: boolean;
  /** Orders changes of one identifier. */
  readonly seq: number;
}

export interface IdentityUpdate {
  readonly changes: readonly IdentityChange[];
  /** Documents that must be committed together. */
  readonly documents: readonly string[];
}

/** A component would grow past its bound; the named identifier brings it there. */
export class ComponentTooLarge extends Error {
  override name = 'ComponentTooLarge';
  readonly culprit: string;
  constructor(culprit: string, size: number, bound: number) {
    super(`Evidence on ${culprit.split(':')[0]} identifiers would make a component of ${size}; the bound is ${bound}.`);
    this.culprit = culprit;
  }
}

interface Pool {
  readonly components: Map<string, ComponentDoc>;
  readonly evidence: Map<string, Evidence>;
  readonly sightings: Map<string, string>;
}

const earlier = (a: string | undefined, b: string): string => (a !== undefined && a <= b ? a : b);

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

/**
 * Loads the components of some identifiers, and of the shared identifiers that these have edges to: whether an identifier
 * is shared depends on all its edges.
 */
async function loadMembers(pool: Pool, keys: readonly string[], ws: WorkingSet): Promise<void> {
  await ws.load(keys.map(identifierDocKey));
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
  if (missing.length > 0) await loadMembers(pool, missing, ws);
}

/**
 * Resolves the pool. An identifier that was shared and no longer is (negative evidence) reaches into components that are
 * not loaded yet: those are brought in, until every person lies wholly within the pool.
 */
async function resolvePool(pool: Pool, ws: WorkingSet, rules: CompiledRules): Promise<Resolution> {
  for (;;) {
    const sightings = Array.from(pool.sightings, ([key, first_seen]) => ({ key, first_seen }));
    const resolution = resolve([...pool.evidence.values()], sightings, rules);
    const outside = resolution.persons
      .filter((person) => person.members.some((key) => pool.sightings.has(key)))
      .flatMap((person) => person.members.filter((key) => !pool.sightings.has(key)));
    if (outside.length === 0) return resolution;
    await loadMembers(pool, outside, ws);
    for (const key of outside) if (!pool.sightings.has(key)) pool.sightings.set(key, '9999-12-31T23:59:59.999Z');
  }
}

const previousOneIds = (pool: Pool, ws: WorkingSet): Map<string, { one_id: string; shared: boolean }> => {
  const previous = new Map<string, { one_id: string; shared: boolean }>();
  for (const doc of pool.components.values()) {
    for (const { one_id, shared, members } of doc.persons)
      for (const key of members) previous.set(key, { one_id, shared });
  }
  for (const key of pool.sightings.keys()) {
    if (!previous.has(key) && ws.identifier(key)) previous.set(key, { one_id: oneId(key), shared: false });
  }
  return previous;
};

/**
 * Adds evidence to the components it concerns and re-resolves them. Changes stay in the working set; the caller commits
 * the named documents in one transaction. Equal to resolving all evidence at once: a component is closed under every edge
 * that may join something.
 * @throws ComponentTooLarge when the result would pass the component bound; nothing has been changed then.
 */
export async function addEvidence(
  added: NewEvidence,
  ws: WorkingSet,
  deps: { rules: CompiledRules; newId(): string },
): Promise<IdentityUpdate> {
  const { rules } = deps;
  const pool: Pool = { components: new Map(), evidence: new Map(), sightings: new Map() };
  await loadMembers(pool, [...added.sightings.keys()], ws);
  const previous = previousOneIds(pool, ws);
  for (const [key, at] of added.sightings) pool.sightings.set(key, earlier(pool.sightings.get(key), at));
  for (const edge of added.edges) addEdge(pool.evidence, edge);
  const resolution = await resolvePool(pool, ws, rules);
  for (const [key, was] of previousOneIds(pool, ws)) if (!previous.has(key)) previous.set(key, was);

  const parts = effectiveParts(pool, resolution, 2 * rules.rules.max_degree);
  for (const part of parts) {
    const size = Object.keys(part.sightings).length;
    if (size > rules.rules.max_component) {
      throw new ComponentTooLarge(added.edges[0]?.a ?? '', size, rules.rules.max_component);
    }
  }
  return writeParts(parts, { pool, previous, ws, newId: deps.newId });
}

const isSame = (doc: ComponentDoc, part: Part): boolean => {
  const { evidence, external, sightings, persons } = doc;
  return (
    JSON.stringify([evidence, external, sightings, persons]) ===
    JSON.stringify([part.evidence, part.external, part.sightings, part.persons])
  );
};

function writeParts(
  parts: readonly Part[],
  context: {
    pool: Pool;
    previous: ReadonlyMap<string, { one_id: string; shared: boolean }>;
    ws: WorkingSet;
    newId(): string;
  },
): IdentityUpdate {
  const { pool, previous, ws } = context;
  const free = new Map(pool.components);
  const documents = new Set<string>();
  const changes: IdentityChange[] = [];
  const newChanges = 1 + Math.max(0, ...Array.from(pool.components.values(), (doc) => doc.changes));
  const home = new Map<string, string>();
  const memberOf = new Map<string, string>();
  for (const [id, doc] of pool.components) for (const key of Object.keys(doc.sightings)) memberOf.set(key, id);

  for (const part of parts) {
    const members = Object.keys(part.sightings);
    if (members.length === 0) continue;
    const isLone = members.length === 1 && part.evidence.length === 0 && part.external.length === 0;
    const old = members.map((key) => memberOf.get(key)).find((id) => id !== undefined && free.has(id));
    if (isLone && old === undefined) continue;
    const id = old ?? context.newId();
    const kept = free.get(id);
    free.delete(id);
    for (const key of members) home.set(key, id);
    if (kept && isSame(kept, part)) continue;
    const moved = Object.fromEntries(
      Object.entries(kept?.moved ?? {}).filter(([key]) => !Object.hasOwn(part.sightings, key)),
    );
    ws.put(componentDocKey(id), { ...part, to: null, moved, changes: newChanges } satisfies ComponentDoc);
    documents.add(componentDocKey(id));
  }
  redirectLeavers(pool, home, { ws, documents, free });
  for (const part of parts) {
    for (const { one_id, shared, members } of part.persons) {
      for (const key of members) {
        const was = previous.get(key);
        if (was?.one_id === one_id && was.shared === shared) continue;
        changes.push({ key, one_id, previous: was?.one_id, shared, seq: newChanges });
      }
    }
  }
  return { changes, documents: [...documents] };
}

/** Leaves word where members went: in the component they left, or in one that is no more. */
function redirectLeavers(
  pool: Pool,
  home: ReadonlyMap<string, string>,
  out: { ws: WorkingSet; documents: Set<string>; free: ReadonlyMap<string, ComponentDoc> },
): void {
  for (const [id, before] of pool.components) {
    const moved: Record<string, string> = {};
    for (const key of Object.keys(before.sightings)) {
      const to = home.get(key);
      if (to !== undefined && to !== id) moved[key] = to;
    }
    const targets = new Set(Object.values(moved));
    const [only] = targets;
    const docKey = componentDocKey(id);
    if (out.free.has(id)) {
      const gone: ComponentDoc = {
        to: targets.size === 1 && Object.keys(before.moved).length === 0 && only !== undefined ? only : null,
        moved: { ...before.moved, ...moved },
        evidence: [],
        external: [],
        sightings: {},
        persons: [],
        changes: before.changes + 1,
      };
      out.ws.put(docKey, gone.to === null ? gone : { ...gone, moved: {} });
      out.documents.add(docKey);
    } else if (targets.size > 0) {
      const doc = out.ws.component(id);
      if (doc) out.ws.put(docKey, { ...doc, moved: { ...doc.moved, ...moved } });
    }
  }
}
