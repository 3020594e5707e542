import { DocumentTooLarge } from '../shared/doc-store-checks.ts';
import { isSweepBy, SWEEP_KEY, type SweepDoc } from '../shared/identity/active-rules.ts';
import { type CompiledRules, resolve } from '../shared/identity/resolve.ts';
import { type ComponentDoc, componentDocKey, identifierDocKey } from '../shared/person/docs.ts';
import { StaleRead, WorkingSet } from '../shared/person/working-set.ts';
import { CommitTooLarge, type Committed, commitGroups, planCommits } from './commit.ts';
import { ComponentTooLarge, type Written } from './components.ts';
import type { Draft, IdentityChange, PersonChange } from './draft.ts';
import type { FoldedBatch } from './fold.ts';
import { gather } from './gather.ts';
import { addEvidence, evidenceIn } from './identity.ts';
import { effectiveParts, packParts } from './parts.ts';
import { type StitchDeps, tellOfPersons } from './stitch.ts';
import { type Asking, askAgain, askForTimers } from './timers.ts';

/** A component, or an identifier without one, that is to be resolved again. */
export type Work = { readonly component: string; readonly neighbours?: boolean } | { readonly alone: string };

export interface Resolved {
  readonly persons: readonly PersonChange[];
  readonly touched: readonly string[];
  readonly armed: number;
}

/** Attempts before the whole step is given back. */
const MAX_ATTEMPTS = 12;

/** Other workers keep changing the same persons; what was done stays, and the rest may be tried again. */
export class ResolveConflict extends Error {
  override name = 'ResolveConflict';
}

/**
 * Would resolving the component again change nothing? Only for a component that names no shared identifier and is none: it
 * can be told from itself alone.
 */
export function isSettled(doc: ComponentDoc, rules: CompiledRules): boolean {
  if (doc.external.length > 0 || doc.persons.some((person) => person.shared)) return false;
  const { evidence, sightings } = evidenceIn(doc);
  const known = Array.from(sightings, ([key, first_seen]) => ({ key, first_seen }));
  const resolution = resolve([...evidence.values()], known, rules);
  const [part, ...others] = packParts(effectiveParts({ evidence, sightings }, resolution, rules));
  if (part === undefined || others.length > 0) return false;
  const textOf = ({ evidence, external, persons }: Omit<ComponentDoc, 'to' | 'moved' | 'changes'>): string =>
    JSON.stringify([evidence, external, persons]);
  return textOf(part) === textOf(doc);
}

/**
 * Resolves a component, and all that hangs together with it under the present rules, as an event that touches it would; rows
 * of `identity_map`, timers and the sweep's own note of what it changed included.
 * @returns `same` when nothing changed, `refused` when the result would pass a bound: then it stays as it was
 * @throws ResolveConflict
 */
export async function resolveAgain(work: Work, deps: StitchDeps): Promise<Resolved | 'same' | 'refused'> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await deps.sleep(deps.random() * 10 * 2 ** Math.min(attempt, 8));
    try {
      const result = await tryOnce(work, deps);
      if (result instanceof CommitTooLarge) {
        if (!(await gather(result.documents, deps.store))) return 'refused';
      } else if (result !== 'conflict') return result;
    } catch (error) {
      if (error instanceof ComponentTooLarge || error instanceof DocumentTooLarge) return 'refused';
      if (!(error instanceof StaleRead)) throw error;
    }
  }
  throw new ResolveConflict(`A component stayed in conflict after ${MAX_ATTEMPTS} attempts; step again.`);
}

async function tryOnce(
  work: Work,
  deps: StitchDeps,
): Promise<Resolved | 'same' | 'refused' | 'conflict' | CommitTooLarge> {
  const { bus, store } = deps;
  const ws = new WorkingSet(store);
  await ws.load([SWEEP_KEY]);
  const sweep = ws.get<SweepDoc>(SWEEP_KEY);
  if (!isSweepBy(deps.rules, sweep)) throw new ResolveConflict('The sweep has gone on without this one; step again.');
  const sightings = await memberOf(work, ws);
  if (sightings === undefined) return 'same';
  const written = await addEvidence({ edges: [], sightings }, ws, deps);
  if (written.documents.length === 0) return 'same';
  const folded = await foldedOf(written, ws, deps);
  if ('alone' in work) point(work.alone, written, ws);
  const moves = folded.changes.map(({ document: _, ...move }) => move);
  if (sweep) ws.put(SWEEP_KEY, { ...sweep, moves });
  const asking = await askForTimers(folded, ws, deps);
  const bundle = [...written.documents, SWEEP_KEY, ...('alone' in work ? [identifierDocKey(work.alone)] : [])];
  const groups = planCommits({ ...folded, bundles: [bundle] }, ws);
  if (groups instanceof CommitTooLarge) return groups;
  if (asking.asked.length > 0) await bus.publish(asking.asked);
  const done = await commitGroups(folded, groups, { ws, store });
  if (done.tooLarge) return 'refused';
  if (!written.documents.every((key) => done.documents.has(key))) return 'conflict';
  return await follow(done, asking, ws, deps);
}

/**
 * What follows a change that was committed. Tried again after a stale read, the change would be found made and nobody would hear
 * of it; the next step tells instead what the sweep has noted of it.
 * @throws ResolveConflict
 */
async function follow(done: Committed, asking: Asking, ws: WorkingSet, deps: StitchDeps): Promise<Resolved> {
  try {
    await tellOfPersons(done.changes, ws, deps);
    const after = ws.afterCommit(done.documents);
    const missed = await askAgain(asking, ws, { ...deps, committed: done.documents, after });
    return { persons: done.persons, touched: done.touched, armed: asking.asked.length + missed };
  } catch (error) {
    if (!(error instanceof StaleRead)) throw error;
    throw new ResolveConflict('Others changed the persons of a component that was just resolved; step again.');
  }
}

/** One identifier of what is to be looked at is enough: its whole component comes with it. */
async function memberOf(work: Work, ws: WorkingSet): Promise<Map<string, string> | undefined> {
  if ('alone' in work) {
    await ws.load([identifierDocKey(work.alone)]);
    const doc = ws.identifier(work.alone);
    return doc && doc.component === null ? new Map([[work.alone, doc.first_seen]]) : undefined;
  }
  await ws.load([componentDocKey(work.component)]);
  const doc = ws.component(work.component);
  const [first] = Object.entries(doc?.to === null ? doc.sightings : {});
  if (doc === undefined || first === undefined) return undefined;
  return new Map([first, ...(work.neighbours === true ? await neighboursOf(doc, ws) : [])]);
}

/** Of shared identifiers that were seen with each other one may have forgotten it: both are looked at. */
async function neighboursOf(doc: ComponentDoc, ws: WorkingSet): Promise<[string, string][]> {
  const keys = new Set(doc.evidence.flatMap(({ a, b }) => [a, b]));
  await ws.load(Array.from(keys, identifierDocKey));
  return Array.from(keys, (key): [string, string | undefined] => [key, ws.identifier(key)?.first_seen]).filter(
    (each): each is [string, string] => each[1] !== undefined,
  );
}

/** The identifier gets its first component. */
function point(key: string, { home }: Written, ws: WorkingSet): void {
  const doc = ws.identifier(key);
  if (doc) ws.put(identifierDocKey(key), { ...doc, component: home.get(key) ?? doc.component });
}

/** The change as a batch would bring it about that holds no event: what follows a change is the same for both. */
async function foldedOf(written: Written, ws: WorkingSet, deps: StitchDeps): Promise<FoldedBatch> {
  const { diminished } = written;
  // Told after everything was read: a later change of the same component can then not bear an earlier time.
  const at = new Date(deps.clock.now()).toISOString();
  const changes = written.changes.map((change): IdentityChange => ({ ...change, at }));
  const concerned = [...new Set([...changes.map(({ key }) => key), ...diminished])];
  await ws.load(concerned.map(identifierDocKey));
  const drafts = new Map<string, Draft>();
  for (const key of concerned) {
    const doc = ws.identifier(key);
    if (doc) drafts.set(key, { key, doc, before: doc, events: [] });
  }
  const nothing = { fresh: [], duplicates: [], quarantined: [], movesAgain: [], leftAgain: [], bundles: [] };
  return { ...nothing, drafts, changes, diminished, at };
}
