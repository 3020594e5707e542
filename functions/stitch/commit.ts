import { type DocStore, MAX_COMMIT_WRITES, type Write } from '../shared/doc-store.ts';
import { DocumentTooLarge } from '../shared/doc-store-checks.ts';
import { identifierDocKey } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import type { IdentityChange, PersonChange, StitchedEvent } from './draft.ts';
import type { FoldedBatch } from './fold.ts';
import { personChanges } from './person-changes.ts';

/** Commits that run at once against the store. */
const PARALLEL_COMMITS = 16;

/** One transaction: documents that hang together. */
export interface CommitGroup {
  readonly documents: ReadonlySet<string>;
}

/** The batch ties more documents together than one transaction takes; half of it may fit. */
export class CommitTooLarge extends Error {
  override name = 'CommitTooLarge';
  /** Keys of the documents that hang together. */
  readonly documents: ReadonlySet<string>;
  constructor(documents: ReadonlySet<string>) {
    super(`${documents.size} documents hang together in one batch.`);
    this.documents = documents;
  }
}

/**
 * Sorts the changed documents into transactions: those named in one bundle belong together, every other document stands
 * alone, so owners that have nothing to do with each other never conflict.
 * @returns CommitTooLarge when a transaction would pass the store's limit.
 */
export function planCommits(folded: FoldedBatch, ws: WorkingSet): CommitGroup[] | CommitTooLarge {
  const groupOf = new Map<string, Set<string>>();
  for (const key of ws.changedKeys()) groupOf.set(key, new Set([key]));
  for (const bundle of folded.bundles) {
    const changed = bundle.filter((key) => groupOf.has(key));
    const [first] = changed;
    const into = first === undefined ? undefined : groupOf.get(first);
    if (!into) continue;
    for (const key of changed) {
      const from = groupOf.get(key);
      if (from === undefined || from === into) continue;
      for (const member of from) {
        into.add(member);
        groupOf.set(member, into);
      }
    }
  }
  const groups = [...new Set(groupOf.values())];
  const tooLarge = groups.find((group) => group.size > MAX_COMMIT_WRITES);
  if (tooLarge !== undefined) return new CommitTooLarge(tooLarge);
  return groups.map((documents) => ({ documents }));
}

export interface Committed {
  readonly events: readonly StitchedEvent[];
  readonly changes: readonly IdentityChange[];
  readonly persons: readonly PersonChange[];
  readonly touched: readonly string[];
  /** Keys of the documents that were written. */
  readonly documents: ReadonlySet<string>;
  /** A group could not be written at all, however often it is tried. */
  readonly tooLarge: DocumentTooLarge | undefined;
}

interface Target {
  readonly ws: WorkingSet;
  readonly store: DocStore;
}

/** Commits each group; events whose owner's group lost a race are absent from the answer and must be tried again. */
export async function commitGroups(
  folded: FoldedBatch,
  groups: readonly CommitGroup[],
  target: Target,
): Promise<Committed> {
  const committed = new Set<string>();
  let tooLarge: DocumentTooLarge | undefined;
  await inLots(groups, async ({ documents }) => {
    const writes: Write[] = Array.from(documents, (key) => target.ws.write(key));
    try {
      const result = await target.store.commit(writes);
      if (result.ok) for (const key of documents) committed.add(key);
    } catch (error) {
      if (!(error instanceof DocumentTooLarge)) throw error;
      tooLarge = error;
    }
  });
  const changes = folded.changes.filter((change) => committed.has(change.document));
  return {
    ...outcomesOf(folded, committed),
    changes,
    persons: personChanges(changes),
    touched: touchedBy(folded, changes),
    documents: committed,
    tooLarge,
  };
}

/** All are tried before the first failure is thrown: none goes on in the background. */
async function inLots(groups: readonly CommitGroup[], work: (group: CommitGroup) => Promise<void>): Promise<void> {
  for (let from = 0; from < groups.length; from += PARALLEL_COMMITS) {
    const results = await Promise.allSettled(groups.slice(from, from + PARALLEL_COMMITS).map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function outcomesOf(folded: FoldedBatch, committed: ReadonlySet<string>): { events: StitchedEvent[] } {
  const events: StitchedEvent[] = [];
  const reasons = new Map(folded.quarantined.map((q) => [q.event, q.reason]));
  for (const event of folded.fresh) {
    if (!committed.has(identifierDocKey(event.owner))) continue;
    const reason = reasons.get(event);
    events.push({ event, outcome: 'stitched', ...(reason ? { reason } : {}) });
  }
  for (const event of folded.duplicates) events.push({ event, outcome: 'duplicate', reason: 'duplicate' });
  for (const { event, reason } of folded.quarantined) {
    if (reason === 'id_conflict') events.push({ event, outcome: 'quarantined', reason });
  }
  return { events };
}

/**
 * Identifiers whose persons changed. Of the new identifiers of one person one is enough; those that were another's before
 * count all, since that one changed as well, and so do the founders of persons that lost members. Owners of events that came
 * again count too, whom these had moved, and the founders of persons that they had moved them from: whoever took them in
 * first may have ended before the lake had their profiles.
 */
function touchedBy(folded: FoldedBatch, changes: readonly IdentityChange[]): string[] {
  const { drafts, diminished, duplicates, movesAgain, leftAgain } = folded;
  const keys = new Set([...drafts.keys(), ...diminished, ...leftAgain]);
  for (const { owner } of duplicates) keys.add(owner);
  for (const { key } of movesAgain) keys.add(key);
  const nowAt = new Map(changes.map((change) => [change.key, change.one_id]));
  const covered = new Set(Array.from(keys, (key) => nowAt.get(key)));
  for (const { key, previous } of changes) {
    const one_id = nowAt.get(key);
    if (previous === undefined && covered.has(one_id)) continue;
    covered.add(one_id);
    keys.add(key);
  }
  return [...keys];
}
