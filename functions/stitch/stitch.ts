import type { CleanEvent } from '../../schemas/event.ts';
import type { Definitions } from '../shared/definitions.ts';
import type { DocStore } from '../shared/doc-store.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import { WorkingSet } from '../shared/person/working-set.ts';
import type { Bus, Clock, LakeSink } from '../shared/seams.ts';
import { CommitTooLarge, commitGroups, planCommits } from './commit.ts';
import type { PersonChange, StitchedEvent } from './draft.ts';
import { foldBatch } from './fold.ts';
import { eventRow, identityRow, quarantineRow } from './rows.ts';
import { askForTimers } from './timers.ts';

export interface StitchDeps {
  readonly store: DocStore;
  readonly lake: LakeSink;
  readonly bus: Bus;
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly clock: Clock;
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
}

/** Attempts before a batch is given back to the stream. */
const MAX_ATTEMPTS = 8;

/** The store stayed in conflict; the whole batch may be tried again without harm. */
export class StitchConflict extends Error {
  override name = 'StitchConflict';
}

/**
 * Takes a batch of clean events into identity, profiles, lake and campaigns. Idempotent: events already taken in are
 * `duplicate`. Lake rows and bus events go out before the owners are committed, so a crash can repeat them but not lose
 * them. Events of one owner must come in order of the stream; owners may be worked on by several workers at once.
 * @throws StitchConflict after several attempts, or whatever the store throws; then nothing has been lost.
 */
export async function stitch(events: readonly CleanEvent[], deps: StitchDeps): Promise<StitchResult> {
  try {
    return await attemptAll(events, deps);
  } catch (error) {
    if (!(error instanceof CommitTooLarge) || events.length === 1) throw error;
    const middle = events.length >> 1;
    const first = await stitch(events.slice(0, middle), deps);
    const second = await stitch(events.slice(middle), deps);
    return {
      events: [...first.events, ...second.events],
      persons: [...first.persons, ...second.persons],
      touched: [...new Set([...first.touched, ...second.touched])],
      armed: first.armed + second.armed,
    };
  }
}

async function attemptAll(events: readonly CleanEvent[], deps: StitchDeps): Promise<StitchResult> {
  const outcomes = new Map<CleanEvent, StitchedEvent>();
  const persons: PersonChange[] = [];
  const touched = new Set<string>();
  let armed = 0;
  let open: readonly CleanEvent[] = events;
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === MAX_ATTEMPTS) {
      throw new StitchConflict(`${open.length} events stayed in conflict after ${MAX_ATTEMPTS} attempts.`);
    }
    if (attempt > 0) await deps.sleep(deps.random() * 10 * 2 ** attempt);
    const ws = new WorkingSet(deps.store);
    const folded = await foldBatch(open, ws, deps);
    const asked = await askForTimers(folded, ws, deps);
    const groups = planCommits(folded, ws);
    const at = new Date(deps.clock.now()).toISOString();
    const quarantined = folded.quarantined.map((finding) => quarantineRow(finding.event, finding, at));
    if (folded.fresh.length > 0) await deps.lake.put('events', folded.fresh.map(eventRow));
    if (quarantined.length > 0) await deps.lake.put('quarantine', quarantined);
    if (asked.length > 0) await deps.bus.publish(asked);
    const done = await commitGroups(folded, groups, { ws, store: deps.store });
    const moved = done.changes.map((change) => identityRow(change, at));
    if (moved.length > 0) await deps.lake.put('identity_map', moved);
    for (const event of done.events) outcomes.set(event.event, event);
    persons.push(...done.persons);
    for (const key of done.touched) touched.add(key);
    armed += asked.length;
    open = open.filter((event) => !outcomes.has(event));
  }
  const ordered = events.map((event) => outcomes.get(event)).filter((outcome) => outcome !== undefined);
  return { events: ordered, persons, touched: [...touched], armed };
}
