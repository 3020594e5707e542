import type { CleanEvent } from '../../schemas/event.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import type { DocumentTooLarge } from '../shared/doc-store-checks.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import { type IdentityMove, identifierDocKey } from '../shared/person/docs.ts';
import type { Aftermath } from '../shared/person/profile-rows.ts';
import { StaleRead, WorkingSet } from '../shared/person/working-set.ts';
import type { Bus, Clock, LakeSink } from '../shared/seams.ts';
import { auditRows } from './audit.ts';
import { CommitTooLarge, commitGroups, planCommits } from './commit.ts';
import type { PersonChange, StitchedEvent } from './draft.ts';
import { foldBatch } from './fold.ts';
import { gather } from './gather.ts';
import { announce, personChanges } from './person-changes.ts';
import { eventRow, identityRow, quarantineRow } from './rows.ts';
import { askAgain, askForTimers } from './timers.ts';

export interface StitchDeps {
  readonly store: DocStore;
  readonly lake: LakeSink;
  readonly bus: Bus;
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly clock: Clock;
  /** Whether the bus is told of new persons too, not of merges and splits alone; unless said, it is. The lake has all changes. */
  readonly announces_new_persons?: boolean;
  newId(): string;
  /** 0 ≤ n < 1. */
  random(): number;
  /** Waits; milliseconds. */
  sleep(ms: number): Promise<void>;
}

export interface StitchResult {
  readonly events: readonly StitchedEvent[];
  readonly persons: readonly PersonChange[];
  /** Identifiers whose person's profile changed. */
  readonly touched: readonly string[];
  readonly armed: number;
  /** For the profiles of those who were touched; absent when there were no events. */
  readonly aftermath?: Aftermath | undefined;
}

/** Attempts before a batch is given back to the stream. */
const MAX_ATTEMPTS = 8;

/** The store stayed in conflict; the whole batch may be tried again without harm. */
export class StitchConflict extends Error {
  override name = 'StitchConflict';
}

/** What became of a batch so far. */
interface Tally {
  readonly outcomes: Map<CleanEvent, StitchedEvent>;
  /** Events whose rows the lake has: another attempt does not write them again. */
  readonly inLake: Set<CleanEvent>;
  readonly persons: PersonChange[];
  readonly touched: Set<string>;
  readonly merged: Set<string>;
  armed: number;
  aftermath: Aftermath | undefined;
}

/**
 * Takes a batch of clean events into identity, profiles, lake and campaigns. Idempotent: events already taken in are
 * `duplicate`. Lake rows and bus events go out before the owners are committed, so a crash can repeat them but not lose
 * them; rows of `identity_map` only after it, and again when the events come again. Events of one owner must come in
 * order of the stream; owners may be worked on by several workers at once.
 * @throws StitchConflict after several attempts, or whatever the store throws; then nothing has been lost.
 */
export async function stitch(events: readonly CleanEvent[], deps: StitchDeps): Promise<StitchResult> {
  const tally: Tally = {
    ...{ outcomes: new Map(), inLake: new Set(), persons: [], touched: new Set(), merged: new Set(), armed: 0 },
    aftermath: undefined,
  };
  await takeIn(events, deps, tally);
  const ordered = events.map((event) => tally.outcomes.get(event)).filter((outcome) => outcome !== undefined);
  const { persons, touched, armed, aftermath } = tally;
  return { events: ordered, persons, touched: [...touched], armed, aftermath };
}

/** Tries until every event has its outcome. What is too large for one transaction is halved, down to the event at fault. */
async function takeIn(events: readonly CleanEvent[], deps: StitchDeps, tally: Tally): Promise<void> {
  let open = events;
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === MAX_ATTEMPTS) {
      throw new StitchConflict(`${open.length} events stayed in conflict after ${MAX_ATTEMPTS} attempts.`);
    }
    if (attempt > 0) await deps.sleep(deps.random() * 10 * 2 ** attempt);
    const tooLarge = await tryOnce(open, deps, tally).catch(unlessStale);
    open = open.filter((event) => !tally.outcomes.has(event));
    if (!tooLarge || open.length === 0) continue;
    if (open.length === 1) {
      if (tooLarge instanceof CommitTooLarge && (await gather(tooLarge.documents, deps.store))) continue;
      return await refuse(open, tooLarge, deps, tally);
    }
    await takeIn(open.slice(0, open.length >> 1), deps, tally);
    return await takeIn(open.slice(open.length >> 1), deps, tally);
  }
}

/** A stale read is a lost race: the next attempt reads anew. */
function unlessStale(error: unknown): undefined {
  if (!(error instanceof StaleRead)) throw error;
}

async function tryOnce(
  open: readonly CleanEvent[],
  deps: StitchDeps,
  tally: Tally,
): Promise<CommitTooLarge | DocumentTooLarge | undefined> {
  const { lake, bus, store } = deps;
  const ws = new WorkingSet(store);
  // Read consistently: with reads that may be behind, at half the price, four workers once left an identifier in two persons.
  const folded = await foldBatch(open, ws, deps);
  const asking = await askForTimers(folded, ws, deps);
  const groups = planCommits(folded, ws);
  if (groups instanceof CommitTooLarge) return groups;
  const fresh = folded.fresh.filter((event) => !tally.inLake.has(event));
  const quarantined = folded.quarantined.map((finding) => quarantineRow(finding.event, finding, folded.at));
  if (fresh.length > 0) await lake.put('events', fresh.map(eventRow));
  const audited = auditRows(fresh);
  if (audited.length > 0) await lake.put('audit', audited);
  for (const event of fresh) tally.inLake.add(event);
  if (quarantined.length > 0) await lake.put('quarantine', quarantined);
  if (asking.asked.length > 0) await bus.publish(asking.asked);
  const done = await commitGroups(folded, groups, { ws, store });
  const committed = done.documents;
  const own = Array.from(folded.drafts.keys(), identifierDocKey).filter((key) => committed.has(key));
  const after = ws.afterCommit(own);
  const moves = [...folded.movesAgain, ...done.changes];
  await tellOfPersons(moves, ws, deps);
  const missed = await askAgain(asking, ws, { ...deps, committed, after });
  for (const { change, other } of personChanges(moves)) if (change === 'merged' && other) tally.merged.add(other);
  tally.aftermath = { ws: after, merged: tally.merged };
  for (const event of done.events) tally.outcomes.set(event.event, event);
  tally.persons.push(...done.persons);
  for (const key of done.touched) tally.touched.add(key);
  tally.armed += asking.asked.length + missed;
  return done.tooLarge;
}

/**
 * Whose each identifier now is, and which persons came to be, were merged or split: told after the commit, since only then
 * it is so; and again when the events come again, since a crash may have come between.
 */
export async function tellOfPersons(moves: readonly IdentityMove[], ws: WorkingSet, deps: StitchDeps): Promise<void> {
  if (moves.length === 0) return;
  const { rows, events } = await announce(personChanges(moves), ws);
  await deps.lake.put('identity_map', moves.map(identityRow));
  if (rows.length > 0) await deps.lake.put('person_changes', rows);
  const { announces_new_persons: all = true } = deps;
  const wanted = all ? events : events.filter(({ detail_type }) => detail_type !== 'person.created');
  if (wanted.length > 0) await deps.bus.publish(wanted);
}

/** An event that no transaction can take: it stays in the lake and in quarantine, and its neighbours go on. */
async function refuse(
  events: readonly CleanEvent[],
  error: CommitTooLarge | DocumentTooLarge,
  deps: StitchDeps,
  tally: Tally,
): Promise<void> {
  const reason = error instanceof CommitTooLarge ? 'component_too_large' : 'profile_too_large';
  const at = new Date(deps.clock.now()).toISOString();
  const rows = events.map((event) => quarantineRow(event, { reason, field: '', detail: DETAIL[reason] }, at));
  await deps.lake.put('quarantine', rows);
  for (const event of events) tally.outcomes.set(event, { event, outcome: 'quarantined', reason });
}

const DETAIL = {
  component_too_large: 'Its identifiers touch more components than one transaction can write.',
  profile_too_large: 'With it, a document of its identifiers would be larger than the store can hold.',
} as const;
