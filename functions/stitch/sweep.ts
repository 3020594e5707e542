import type { IdentityRules } from '../../schemas/identifier.ts';
import { nextPhase, readRules, type StoredRules, SWEEP_KEY, type SweepDoc } from '../shared/identity/active-rules.ts';
import { readKey } from '../shared/identity/rules.ts';
import { type ComponentDoc, componentDocKey, IDENTIFIER_DOCS, type IdentifierDoc } from '../shared/person/docs.ts';
import { readAnew } from '../shared/person/working-set.ts';
import type { PersonChange } from './draft.ts';
import { foundersLeft } from './moves.ts';
import { isSettled, resolveAgain, type Work } from './resweep.ts';
import { type StitchDeps, tellOfPersons } from './stitch.ts';
import { askAgain } from './timers.ts';

export interface SweepDeps extends StitchDeps {
  /** Rules that are in force where the store names none. */
  readonly shipped: IdentityRules;
  /**
   * Told whose profiles changed, before the sweep goes on: told again after a crash, and never left out. Where a step is one
   * transaction, what it answers does as well.
   */
  readonly onTouched?: (keys: readonly string[]) => Promise<void>;
}

/** What one step of a sweep did. */
export interface SweepStep {
  /** Undefined where no sweep was ever in order. */
  readonly sweep: SweepDoc | undefined;
  /** New rules came into force: read them before anything else is resolved. */
  readonly activated: boolean;
  readonly persons: readonly PersonChange[];
  /** Identifiers whose person's profile changed. */
  readonly touched: readonly string[];
  readonly armed: number;
}

interface Tally {
  readonly persons: PersonChange[];
  readonly touched: Set<string>;
  armed: number;
}

/** Names of refused components that are kept. */
const MAX_REFUSED = 20;

/**
 * Takes the sweep one page further: components, or identifiers, are resolved under the rules of `deps` on the same path that
 * events take, and the cursor is kept. Each change commits together with the rows that the lake is still to get, so a step
 * that ends anywhere is done again from its begin without harm. Events may come in between, at any time.
 * @param limit documents of a page
 * @throws SweepConflict when other workers keep changing the same persons, or whatever the store throws; step again
 */
export async function sweepStep(deps: SweepDeps, limit = 100): Promise<SweepStep> {
  const stored = await readRules(deps.store, deps.shipped);
  const { sweep } = stored;
  const tally: Tally = { persons: [], touched: new Set(), armed: 0 };
  if (sweep === undefined || sweep.phase === 'done') return answer(sweep, tally, false);
  const { version } = stored.doc.active;
  if (deps.rules.rules.version !== version) {
    throw new SweepConflict(
      `Rules of version ${version} are in force, others were read; read them anew and step again.`,
    );
  }
  await finish(sweep, deps, tally);
  const prefix = sweep.phase === 'alone' ? IDENTIFIER_DOCS : componentDocKey('');
  const page = await deps.store.scan(prefix, { limit, ...(sweep.after === null ? {} : { after: sweep.after }) });
  let changed = sweep.changed;
  const refused = new Set(sweep.refused);
  for (const [key, { body }] of page.documents) {
    const work = workOn(key.slice(prefix.length), body, sweep, deps);
    if (work === undefined) continue;
    const result = await resolveAgain(work, deps);
    if (result === 'refused') refused.add(key);
    if (typeof result === 'string') continue;
    changed += 1;
    tally.persons.push(...result.persons);
    for (const touched of result.touched) tally.touched.add(touched);
    tally.armed += result.armed;
    await deps.onTouched?.(result.touched);
  }
  const found = { looked: sweep.looked + page.documents.length, changed, refused: [...refused].slice(0, MAX_REFUSED) };
  return await save({ ...sweep, ...found }, page.next, { deps, tally });
}

/** What is to be looked at again: undefined where the new rules cannot change anything. */
function workOn(id: string, body: unknown, { phase }: SweepDoc, { rules }: SweepDeps): Work | undefined {
  if (phase === 'alone') {
    const alone = body as IdentifierDoc | undefined;
    return alone?.component === null && !readKey(alone.key, rules).ok ? { alone: alone.key } : undefined;
  }
  const doc = body as ComponentDoc | undefined;
  if (!doc || doc.to !== null || Object.keys(doc.sightings).length === 0) return undefined;
  if (phase === 'collect') {
    const neighbours = doc.persons.some((person) => person.shared);
    return neighbours || doc.external.length > 0 ? { component: id, neighbours } : undefined;
  }
  return isSettled(doc, rules) ? undefined : { component: id };
}

/** What the last step had committed may not have been told: it is told again, and its persons are looked at once more. */
async function finish(sweep: SweepDoc, deps: SweepDeps, tally: Tally): Promise<void> {
  if (sweep.moves.length === 0) return;
  const { touched, armed } = await readAnew(deps.store, async (ws) => {
    await tellOfPersons(sweep.moves, ws, deps);
    // Founders of the persons that were left: they may have stayed where they were, and hold less.
    const keys = [...new Set([...sweep.moves.map(({ key }) => key), ...(await foundersLeft(sweep.moves, ws))])];
    const asking = { asked: [], looked: [], later: keys };
    return { touched: keys, armed: await askAgain(asking, ws, { ...deps, committed: new Set(), after: ws }) };
  });
  for (const key of touched) tally.touched.add(key);
  tally.armed += armed;
  await deps.onTouched?.(touched);
}

/** Keeps how far the sweep has got, and goes to the next phase at the end of one. */
async function save(
  sweep: SweepDoc,
  next: string | undefined,
  { deps, tally }: { deps: SweepDeps; tally: Tally },
): Promise<SweepStep> {
  const stored: StoredRules = await readRules(deps.store, deps.shipped);
  // A runner that was held up must not take back what another did since.
  const { version, phase, after } = stored.sweep ?? {};
  if (version !== sweep.version || phase !== sweep.phase || after !== sweep.after) throw new SweepConflict(TWO_SWEEPS);
  const at = new Date(deps.clock.now()).toISOString();
  const told: SweepDoc = { ...sweep, moves: [], after: next ?? null };
  const step = next === undefined ? nextPhase(told, stored, at) : { sweep: told, writes: [] };
  const write = { key: SWEEP_KEY, expected: stored.versions.sweep, body: step.sweep };
  const result = await deps.store.commit([write, ...step.writes]);
  if (!result.ok) throw new SweepConflict(TWO_SWEEPS);
  return answer(step.sweep, tally, step.writes.length > 0);
}

const TWO_SWEEPS = 'Another sweep is under way on the same store; let one of the two finish.';

const answer = (sweep: SweepDoc | undefined, tally: Tally, activated: boolean): SweepStep => ({
  sweep,
  activated,
  persons: tally.persons,
  touched: [...tally.touched],
  armed: tally.armed,
});

/** The store stayed in conflict; the step may be taken again without harm. */
export class SweepConflict extends Error {
  override name = 'SweepConflict';
}
