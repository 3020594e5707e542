import { type CompiledRules, oneId } from '../shared/identity/resolve.ts';
import { readKey } from '../shared/identity/rules.ts';
import { type IdentifierDoc, identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { emptyAggregate } from '../shared/profile/aggregate.ts';
import type { Clock } from '../shared/seams.ts';
import { ComponentTooLarge, type Written } from './components.ts';
import type { Draft, IdentityChange, OpenEvidence, Quarantine } from './draft.ts';
import { addEvidence, earlier, type NewEvidence } from './identity.ts';
import { lotsOf, sightingsOf } from './lots.ts';
import { addMoves } from './moves.ts';
import { noneSeen } from './seen.ts';

interface JoinDeps {
  readonly ws: WorkingSet;
  readonly rules: CompiledRules;
  readonly clock: Clock;
  newId(): string;
}

export interface Joined {
  readonly changes: readonly IdentityChange[];
  readonly bundles: readonly (readonly string[])[];
  readonly quarantined: readonly Quarantine[];
  /** Founders of persons that lost members. */
  readonly diminished: readonly string[];
}

const newIdentifier = (key: string, firstSeen: string): IdentifierDoc => ({
  key,
  component: null,
  first_seen: firstSeen,
  groups: {},
  seen: noneSeen(),
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
  const out: Joining = { drafts, deps, changes: [], bundles: [], quarantined: [], diminished: [] };
  const keys = new Set(open.flatMap((item) => item.keys));
  await ws.load(Array.from(keys, identifierDocKey));
  const joining = open.filter((item) => item.keys.length > 1 || ws.identifier(item.event.owner)?.component);
  await ws.confirm(joining.flatMap((item) => item.keys.map(identifierDocKey)));
  const located = await ws.locate(keys);
  for (const lot of lotsOf(open, located)) await joinLot(lot, out);
  return out;
}

interface Joining {
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly deps: JoinDeps;
  readonly changes: IdentityChange[];
  readonly bundles: string[][];
  readonly quarantined: Quarantine[];
  readonly diminished: string[];
}

/** A lot that is too large is halved, to find the event at fault; its identifiers are noted, and joined with nothing. */
async function joinLot(lot: readonly OpenEvidence[], out: Joining): Promise<void> {
  try {
    await bringIn({ edges: lot.flatMap((item) => item.edges), sightings: sightingsOf(lot) }, lot, out);
  } catch (error) {
    if (!(error instanceof ComponentTooLarge)) throw error;
    if (lot.length > 1) {
      await joinLot(lot.slice(0, lot.length >> 1), out);
      await joinLot(lot.slice(lot.length >> 1), out);
      return;
    }
    for (const { event } of lot) {
      out.quarantined.push({ event, reason: 'component_too_large', field: '/identifiers', detail: error.message });
    }
    for (const sighting of sightingsOf(lot)) {
      await bringIn({ edges: [], sightings: new Map([sighting]) }, lot, out).catch(unlessTooLarge);
    }
  }
}

/** Under rules that are newer than itself a component may have outgrown its bound: it stays as it is. */
function unlessTooLarge(error: unknown): void {
  if (!(error instanceof ComponentTooLarge)) throw error;
}

/** @throws ComponentTooLarge when the evidence cannot be taken in; nothing has been changed then. */
async function bringIn(added: NewEvidence, lot: readonly OpenEvidence[], out: Joining): Promise<void> {
  const { ws } = out.deps;
  const [lone] = added.sightings.keys();
  const pointer = lone === undefined ? null : ws.identifier(lone)?.component;
  let home: ReadonlyMap<string, string> = new Map();
  let found: Written['changes'] = [];
  const isFirstSight = added.edges.length === 0 && added.sightings.size === 1 && !pointer;
  if (isFirstSight && lone !== undefined && readKey(lone, out.deps.rules).ok) {
    if (!ws.identifier(lone)) found = [founding(lone)];
  } else {
    const update = await addEvidence(added, ws, out.deps);
    ({ home, changes: found } = update);
    out.diminished.push(...update.diminished);
    for (const key of update.placeholders) notePlaceholder(key, lot, out);
    const identifiers = Array.from(added.sightings.keys(), identifierDocKey);
    out.bundles.push([...update.documents, ...update.restsOn, ...identifiers]);
  }
  // Told after everything was read: a later change of the same component can then not bear an earlier time.
  const at = new Date(out.deps.clock.now()).toISOString();
  const changes = found.map((change): IdentityChange => ({ ...change, at }));
  out.changes.push(...changes);
  touchIdentifiers(added.sightings, home, out);
  const owner = out.drafts.get(lot[0]?.event.owner ?? '')?.doc;
  if (owner && changes.length > 0) {
    owner.moves = addMoves(owner, changes);
    // Without an edge between them the owner's document would be committed apart from the change.
    out.bundles.push([...changes.map((change) => change.document), identifierDocKey(lot[0]?.event.owner ?? '')]);
  }
}

/** An identifier that turns out to be everybody's: its event counts, and somebody must look at where the value comes from. */
function notePlaceholder(key: string, lot: readonly OpenEvidence[], { quarantined, deps }: Joining): void {
  const culprit = lot.findLast((item) => item.keys.includes(key)) ?? lot[0];
  if (culprit === undefined) return;
  const { max_degree } = deps.rules.rules;
  const detail = `${key} was seen with more than ${max_degree} others: what is not verified of them no longer counts.`;
  quarantined.push({ event: culprit.event, reason: 'learned_placeholder', field: '/identifiers', detail });
}

const founding = (key: string): Omit<IdentityChange, 'at'> => ({
  key,
  one_id: oneId(key),
  previous: undefined,
  shared: false,
  seq: 0,
  document: identifierDocKey(key),
});

/** Writes first_seen and the component pointer of the identifiers for which either is new. */
function touchIdentifiers(
  sightings: ReadonlyMap<string, string>,
  home: ReadonlyMap<string, string>,
  { drafts, deps: { ws } }: Joining,
): void {
  for (const [key, at] of sightings) {
    const draft = drafts.get(key)?.doc;
    const stored = draft ?? ws.identifier(key) ?? newIdentifier(key, at);
    const component = home.get(key) ?? stored.component;
    const first_seen = earlier(at, stored.first_seen);
    if (draft) {
      Object.assign(draft, { component, first_seen });
      // What follows in this batch must find the new pointer; the whole document is put at the end.
      ws.put(identifierDocKey(key), draft);
    } else if (!ws.identifier(key) || component !== stored.component || first_seen !== stored.first_seen) {
      ws.put(identifierDocKey(key), { ...stored, component, first_seen });
    }
  }
}
