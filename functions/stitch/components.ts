import type { ResolvedPerson } from '../shared/identity/resolve.ts';
import { type ComponentDoc, componentDocKey, identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import type { IdentityChange } from './draft.ts';
import { ownersBy } from './owners.ts';
import type { Part } from './parts.ts';

/** Largest component as JSON, bytes: room is left under the store's bound for what the document says besides. */
const MAX_COMPONENT_BYTES = 320 * 1024;

/** Evidence that cannot be taken in: a component would grow past its bound. */
export class ComponentTooLarge extends Error {
  override name = 'ComponentTooLarge';
  readonly culprit: string;
  constructor(culprit: string, size: string, bound: string) {
    super(`Evidence on ${culprit.split(':')[0]} identifiers would make a component of ${size}; the bound is ${bound}.`);
    this.culprit = culprit;
  }
}

export interface PreviousPerson {
  readonly one_id: string;
  readonly shared: boolean;
  /** It founds a person of its own, or did once. */
  readonly founded: boolean;
  /** It had more neighbours than are believed. */
  readonly crowded?: boolean;
}

/** The members that have more neighbours than are believed. */
export const crowdedOf = ({ isolated, crowded, members }: ResolvedPerson): readonly string[] =>
  isolated === 'degree' ? members : (crowded ?? []);

interface Pool {
  readonly components: ReadonlyMap<string, ComponentDoc>;
}

interface WriteContext {
  readonly pool: Pool;
  readonly previous: ReadonlyMap<string, PreviousPerson>;
  readonly culprit: string;
  readonly ws: WorkingSet;
  newId(): string;
}

export interface Written {
  readonly changes: readonly Omit<IdentityChange, 'at'>[];
  readonly documents: readonly string[];
  /** Components that this rests on, as other evidence of the same batch has changed them: not to be committed without them. */
  readonly restsOn: readonly string[];
  /** Component that now holds each member of the pool. */
  readonly home: ReadonlyMap<string, string>;
  /** Founders of persons that lost members, though they themselves stayed who they were. */
  readonly diminished: readonly string[];
  /** Identifiers that now have more neighbours than any one human's. */
  readonly placeholders: readonly string[];
}

/** What decides whether a component is written anew. */
const textOf = ({ evidence, external, sightings, persons }: Part): string =>
  JSON.stringify([evidence, external, sightings, persons]);

/**
 * Puts the parts of a resolved pool into component documents. A part stays in the component that most of its members are
 * in, the largest part first, so that pointers to a component that is no more stay few hops long.
 * @throws ComponentTooLarge before anything is changed.
 */
export function writeParts(parts: readonly Part[], context: WriteContext): Written {
  const { pool, ws } = context;
  const memberOf = new Map<string, string>();
  for (const [id, doc] of pool.components) for (const key of Object.keys(doc.sightings)) memberOf.set(key, id);
  const restsOn = Array.from(pool.components.keys(), componentDocKey).filter((key) => ws.isChanged(key));
  const ownersIn = ownersBy(pool.components, memberOf, ws);
  const besides = (part: Part): Besides => ({ ...ownersIn(part), ...formerIn(part, context.previous) });
  const texts = new Map(parts.map((part) => [part, textOf(part)]));
  for (const [part, text] of texts) {
    const whole = text + JSON.stringify(besides(part));
    const bytes = whole.length * 3 <= MAX_COMPONENT_BYTES ? 0 : Buffer.byteLength(whole);
    if (bytes > MAX_COMPONENT_BYTES) {
      throw new ComponentTooLarge(context.culprit, `${bytes} bytes`, `${MAX_COMPONENT_BYTES} bytes`);
    }
  }
  const seq = 1 + Math.max(0, ...Array.from(pool.components.values(), (doc) => doc.changes));
  const free = new Map(pool.components);
  const documents = new Set<string>();
  const home = new Map<string, string>();
  const bySize = parts.map((part) => ({ part, members: Object.keys(part.sightings) }));
  for (const { part, members } of bySize.sort((a, b) => b.members.length - a.members.length)) {
    const isPlain = part.evidence.length === 0 && part.external.length === 0 && !part.persons.some((p) => p.shared);
    const isLone = members.length === 1 && isPlain;
    const old = mostHolding(members, memberOf, free);
    if (members.length === 0 || (isLone && old === undefined)) continue;
    const id = old ?? context.newId();
    const kept = free.get(id);
    free.delete(id);
    for (const key of members) home.set(key, id);
    if (kept && textOf(kept) === texts.get(part)) continue;
    const moved = Object.fromEntries(
      Object.entries(kept?.moved ?? {}).filter(([key]) => !Object.hasOwn(part.sightings, key)),
    );
    ws.put(componentDocKey(id), { ...part, ...besides(part), to: null, moved, changes: seq } satisfies ComponentDoc);
    documents.add(componentDocKey(id));
  }
  redirectLeavers(pool, home, { ws, documents, free });
  const changes = changesOf(parts, { ...context, home, memberOf, seq });
  const left = new Set(changes.map((change) => change.previous));
  const persons = parts.flatMap((part) => part.persons);
  const diminished = persons.filter((person) => left.has(person.one_id)).map((person) => person.founder);
  const placeholders = persons.flatMap(crowdedOf).filter((key) => context.previous.get(key)?.crowded !== true);
  return { changes, documents: [...documents], restsOn, home, diminished, placeholders };
}

/** What a component says besides what it is resolved from. */
type Besides = Pick<ComponentDoc, 'owners' | 'former'>;

/**
 * Members of a part whose One IDs were given, to persons that they are no longer the founders of. Each was alone, or founded
 * a person in the component that it comes from, or is among the former founders there.
 */
function formerIn({ persons, sightings }: Part, previous: WriteContext['previous']): Pick<ComponentDoc, 'former'> {
  const founders = new Set(persons.map(({ founder }) => founder));
  const former = Object.keys(sightings).filter((key) => previous.get(key)?.founded === true && !founders.has(key));
  return former.length > 0 ? { former } : {};
}

/** Of the components not yet given to another part, the one that holds most of the members. */
function mostHolding(
  members: readonly string[],
  memberOf: ReadonlyMap<string, string>,
  free: ReadonlyMap<string, ComponentDoc>,
): string | undefined {
  const counts = new Map<string, number>();
  let best: string | undefined;
  for (const key of members) {
    const id = memberOf.get(key);
    if (id === undefined || !free.has(id)) continue;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    if (best === undefined || count > (counts.get(best) ?? 0)) best = id;
  }
  return best;
}

function changesOf(
  parts: readonly Part[],
  context: WriteContext & { home: ReadonlyMap<string, string>; memberOf: ReadonlyMap<string, string>; seq: number },
): Omit<IdentityChange, 'at'>[] {
  const { previous, home, memberOf, seq } = context;
  // Who is left without a component is named by the one that it left, else by its own document.
  const documentOf = (key: string): string => {
    const component = home.get(key) ?? memberOf.get(key);
    return component === undefined ? identifierDocKey(key) : componentDocKey(component);
  };
  const changes: Omit<IdentityChange, 'at'>[] = [];
  for (const { one_id, shared, members } of parts.flatMap((part) => part.persons)) {
    for (const key of members) {
      const was = previous.get(key);
      if (was?.one_id === one_id && was.shared === shared) continue;
      changes.push({ key, one_id, previous: was?.one_id, shared, seq, document: documentOf(key) });
    }
  }
  return changes;
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
