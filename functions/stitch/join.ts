import type { Evidence } from '../../schemas/evidence.ts';
import { type CompiledRules, oneId } from '../shared/identity/resolve.ts';
import { aliasDocKey, type IdentifierDoc, identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { emptyAggregate } from '../shared/profile/aggregate.ts';
import type { Draft, OpenEvidence, Quarantine } from './draft.ts';
import { addEvidence, ComponentTooLarge, type IdentityChange } from './identity.ts';

interface JoinDeps {
  readonly ws: WorkingSet;
  readonly rules: CompiledRules;
  newId(): string;
}

export interface Joined {
  readonly changes: readonly IdentityChange[];
  readonly bundles: readonly (readonly string[])[];
  readonly quarantined: readonly Quarantine[];
}

/** Splits open evidence into lots that share no identifier and no component: each lot is resolved by itself. */
function lotsOf(open: readonly OpenEvidence[], at: ReadonlyMap<string, string>): OpenEvidence[][] {
  const parent = new Map<string, string>();
  const find = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    return root;
  };
  const join = (x: string, y: string): void => {
    const [a, b] = [find(x), find(y)];
    if (a !== b) parent.set(a, b);
  };
  for (const { keys } of open) {
    for (const key of keys) {
      join(key, keys[0] ?? key);
      const component = at.get(key);
      if (component !== undefined) join(key, `component ${component}`);
    }
  }
  const lots = new Map<string, OpenEvidence[]>();
  for (const item of open) {
    const root = find(item.keys[0] ?? '');
    const lot = lots.get(root);
    if (lot) lot.push(item);
    else lots.set(root, [item]);
  }
  return [...lots.values()];
}

function sightingsOf(lot: readonly OpenEvidence[]): Map<string, string> {
  const sightings = new Map<string, string>();
  for (const { keys, event } of lot) {
    for (const key of keys) {
      const known = sightings.get(key);
      if (known === undefined || event.occurred_at < known) sightings.set(key, event.occurred_at);
    }
  }
  return sightings;
}

const newIdentifier = (firstSeen: string): IdentifierDoc => ({
  component: null,
  first_seen: firstSeen,
  groups: {},
  seen: { inline: {}, chunks: [] },
  armed: [],
  aggregate: emptyAggregate(),
});

/**
 * Brings a batch's new evidence into the identity graph. All evidence of a lot is folded before the graph is touched, so
 * a batch that merges the same persons again and again costs one merge.
 */
export async function joinEvidence(
  open: readonly OpenEvidence[],
  drafts: ReadonlyMap<string, Draft>,
  deps: JoinDeps,
): Promise<Joined> {
  const { ws } = deps;
  const changes: IdentityChange[] = [];
  const bundles: string[][] = [];
  const quarantined: Quarantine[] = [];
  const keys = new Set(open.flatMap((item) => item.keys));
  await ws.load(Array.from(keys, identifierDocKey));
  const located = await ws.locate(keys);
  for (const lot of lotsOf(open, located)) {
    const sightings = sightingsOf(lot);
    const edges: Evidence[] = lot.flatMap((item) => item.edges);
    const [lone] = sightings.keys();
    if (edges.length === 0 && sightings.size === 1 && lone !== undefined && !located.has(lone)) {
      if (!ws.identifier(lone)) changes.push(founding(lone));
    } else {
      try {
        const update = await addEvidence({ edges, sightings }, ws, deps);
        changes.push(...update.changes);
        bundles.push([...update.documents, ...Array.from(sightings.keys(), identifierDocKey)]);
      } catch (error) {
        if (!(error instanceof ComponentTooLarge)) throw error;
        for (const { event } of lot) {
          quarantined.push({ event, reason: 'component_too_large', field: '/identifiers', detail: error.message });
        }
        continue;
      }
    }
    await touchIdentifiers(sightings, drafts, ws);
  }
  await nameFounders(changes, ws, bundles);
  return { changes, bundles, quarantined };
}

const founding = (key: string): IdentityChange => ({
  key,
  one_id: oneId(key),
  previous: undefined,
  shared: false,
  seq: 0,
});

/** Writes first_seen and the component pointer of every identifier that the evidence names. */
async function touchIdentifiers(
  sightings: ReadonlyMap<string, string>,
  drafts: ReadonlyMap<string, Draft>,
  ws: WorkingSet,
): Promise<void> {
  const home = homes(sightings, ws);
  for (const [key, at] of sightings) {
    const draft = drafts.get(key)?.doc;
    const stored = ws.identifier(key);
    const doc = draft ?? { ...(stored ?? newIdentifier(at)) };
    doc.component = home.get(key) ?? doc.component;
    if (at < doc.first_seen) doc.first_seen = at;
    if (!draft) ws.put(identifierDocKey(key), doc);
  }
}

/** The component that now holds each identifier, from the components changed in this working set. */
function homes(sightings: ReadonlyMap<string, string>, ws: WorkingSet): Map<string, string> {
  const home = new Map<string, string>();
  for (const docKey of ws.changedKeys()) {
    if (!docKey.startsWith('c:')) continue;
    const id = docKey.slice(2);
    const members = ws.component(id)?.sightings ?? {};
    for (const key of sightings.keys()) if (Object.hasOwn(members, key)) home.set(key, id);
  }
  return home;
}

/** Records which identifier each newly given One ID was derived from, so that it resolves for ever. */
async function nameFounders(changes: readonly IdentityChange[], ws: WorkingSet, bundles: string[][]): Promise<void> {
  const founders = changes.filter((change) => change.one_id === oneId(change.key));
  await ws.load(founders.map((change) => aliasDocKey(change.one_id)));
  for (const { one_id, key } of founders) {
    const alias = aliasDocKey(one_id);
    if (ws.get(alias) !== undefined) continue;
    ws.put(alias, { key });
    bundles.push([alias, identifierDocKey(key)]);
  }
}
