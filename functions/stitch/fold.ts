import type { CleanEvent } from '../../schemas/event.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import { own } from '../shared/own.ts';
import { type IdentifierDoc, type IdentityMove, identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import { cloneAggregate, emptyAggregate, foldEvent } from '../shared/profile/aggregate.ts';
import type { Clock } from '../shared/seams.ts';
import type { Draft, IdentityChange, OpenEvidence, Quarantine } from './draft.ts';
import { edgesOf, evidenceOf, isControl, sightedAt } from './evidence.ts';
import { joinEvidence } from './join.ts';
import { forgetMoves, foundersLeft, movesIn } from './moves.ts';
import { ownersNoted } from './owners.ts';
import { chunkEntries, copySeen, lookUpAll, noneSeen, remember, seenEntry, settle } from './seen.ts';

/** Known combinations of identifiers kept per owner; a forgotten one only costs another look. */
const MAX_GROUPS = 256;

export interface FoldedBatch {
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly fresh: readonly CleanEvent[];
  readonly duplicates: readonly CleanEvent[];
  readonly quarantined: readonly Quarantine[];
  readonly changes: readonly IdentityChange[];
  /** Founders of persons that lost members. */
  readonly diminished: readonly string[];
  /** What events that came again had changed when they came first: the lake may not have been told. */
  readonly movesAgain: readonly IdentityMove[];
  /** Founders of the persons that these had left. */
  readonly leftAgain: readonly string[];
  /** When all this was decided, ISO 8601. */
  readonly at: string;
  /** Each list: documents that must be committed in one transaction. */
  readonly bundles: readonly (readonly string[])[];
}

export interface FoldDeps {
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly clock: Clock;
  newId(): string;
}

const chunkKeys = (doc: IdentifierDoc | undefined): string[] => doc?.seen.chunks.map((chunk) => chunk.key) ?? [];

function draftOf(key: string, doc: IdentifierDoc | undefined, firstSeen: string): Draft {
  if (!doc) {
    const aggregate = emptyAggregate();
    const fresh = { key, component: null, first_seen: firstSeen, groups: {}, seen: noneSeen(), armed: [], aggregate };
    return { key, doc: fresh, before: undefined, events: [] };
  }
  const copy: IdentifierDoc = {
    ...doc,
    groups: { ...doc.groups },
    seen: copySeen(doc.seen),
    armed: [...doc.armed],
    aggregate: cloneAggregate(doc.aggregate),
  };
  return { key, doc: copy, before: doc, events: [] };
}

const isKnown = (doc: IdentifierDoc, group: string, event: CleanEvent): boolean => {
  const since = own(doc.groups, group);
  return since !== undefined && since <= event.occurred_at;
};

function recordGroup(doc: IdentifierDoc, group: string, at: string): void {
  const known = own(doc.groups, group);
  delete doc.groups[group];
  doc.groups[group] = known !== undefined && known < at ? known : at;
  const names = Object.keys(doc.groups);
  if (names.length > MAX_GROUPS && names[0] !== undefined) delete doc.groups[names[0]];
}

/** Owner → what its chunk documents say about this batch's events. Only for owners that have chunks. */
function chunkedEntries(events: readonly CleanEvent[], ws: WorkingSet): Map<string, ReadonlyMap<string, string>> {
  const asked = new Map<string, string[]>();
  for (const event of events) {
    if (!ws.identifier(event.owner)?.seen.chunks.length) continue;
    const entries = asked.get(event.owner) ?? [];
    entries.push(seenEntry(event));
    asked.set(event.owner, entries);
  }
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const [owner, entries] of asked) {
    const chunks = ws.identifier(owner)?.seen.chunks ?? [];
    const texts = chunks.map(({ key, chars }) => ({ text: ws.get<{ entries: string }>(key)?.entries ?? '', chars }));
    found.set(owner, chunkEntries(texts, entries));
  }
  return found;
}

/**
 * Folds a batch into its owners in the working set: finds duplicates and conflicts, adds each new event to its owner's
 * aggregate, and brings new evidence into the identity graph. Nothing is committed.
 */
export async function foldBatch(events: readonly CleanEvent[], ws: WorkingSet, deps: FoldDeps): Promise<FoldedBatch> {
  const owners = new Set(events.map((event) => event.owner));
  await ws.load(Array.from(owners, identifierDocKey));
  await ws.load([...owners].flatMap((key) => chunkKeys(ws.identifier(key))));
  const now = deps.clock.now();
  const at = new Date(now).toISOString();
  const today = at.slice(0, 10);
  const drafts = new Map<string, Draft>();
  const fresh: CleanEvent[] = [];
  const duplicates: CleanEvent[] = [];
  const quarantined: Quarantine[] = [];
  const open: OpenEvidence[] = [];
  const chunked = chunkedEntries(events, ws);
  for (const event of events) {
    const stored = ws.identifier(event.owner);
    const draft = drafts.get(event.owner) ?? draftOf(event.owner, stored, sightedAt(event));
    const entry = seenEntry(event);
    const found = lookUpAll(draft.doc.seen, chunked.get(event.owner), entry);
    if (found === 'duplicate') duplicates.push(event);
    if (found === 'conflict') {
      const detail = `messageId "${event.event_id}" was already taken in with a different body; this one was not applied.`;
      quarantined.push({ event, reason: 'id_conflict', field: '/messageId', detail });
    }
    if (found !== 'new') continue;
    drafts.set(event.owner, draft);
    draft.events.push(event);
    fresh.push(event);
    remember(draft.doc.seen, today, entry);
    const { keys, group } = evidenceOf(event);
    if (!isControl(event)) {
      foldEvent(draft.doc.aggregate, event, deps.definitions.registers);
      if (isKnown(draft.doc, group, event)) continue;
      recordGroup(draft.doc, group, event.occurred_at);
    }
    open.push({ event, keys, group, edges: edgesOf(event, keys, deps.rules) });
  }
  const movesAgain = [...new Set(duplicates.map((event) => event.owner))].flatMap((key) => movesIn(ws.identifier(key)));
  const leftAgain = await foundersLeft(movesAgain, ws);
  const joined = await joinEvidence(open, drafts, { ws, ...deps });
  quarantined.push(...joined.quarantined);
  const noted = await ownersNoted(drafts.values(), ws);
  const bundles = [...joined.bundles, ...noted, ...putDrafts(drafts.values(), ws, now)];
  const { changes, diminished } = joined;
  return { drafts, fresh, duplicates, quarantined, changes, diminished, movesAgain, leftAgain, at, bundles };
}

/** Puts the owners' new documents into the working set, with the chunks that their dedupe sets spill. */
function putDrafts(drafts: Iterable<Draft>, ws: WorkingSet, now: number): string[][] {
  const today = new Date(now).toISOString().slice(0, 10);
  const bundles: string[][] = [];
  for (const { key, doc } of drafts) {
    const { seen, created, expired } = settle(doc.seen, key, today);
    ws.put(identifierDocKey(key), { ...forgetMoves(doc, now), seen });
    for (const chunk of created) ws.put(chunk.key, { entries: chunk.entries });
    for (const chunk of expired) ws.put(chunk, undefined);
    if (created.length + expired.length > 0) {
      bundles.push([identifierDocKey(key), ...created.map((chunk) => chunk.key), ...expired]);
    }
  }
  return bundles;
}
