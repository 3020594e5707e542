import type { LakeRow } from '../../../schemas/lake.ts';
import type { Definitions } from '../definitions.ts';
import type { DocStore } from '../doc-store.ts';
import { type CompiledRules, oneId } from '../identity/resolve.ts';
import type { Clock } from '../seams.ts';
import { type ComponentDoc, isFounderEver } from './docs.ts';
import { profileRow, retiredProfileRow } from './profile-row.ts';
import { findPersons, stateOf } from './read.ts';
import { readAnew, StaleRead, type WorkingSet } from './working-set.ts';

interface RowContext {
  readonly definitions: Definitions;
  readonly rules: CompiledRules;
  /** Epoch ms. */
  readonly now: number;
}

interface Rows {
  readonly rows: Map<string, LakeRow>;
  /** Ids that were given once, of identifiers that belong to a person of another id by now, and that person's component. */
  readonly others: Map<string, ComponentDoc | undefined>;
}

/**
 * Lake rows of the persons that hold some touched identifiers: one row a person, and one for each One ID that was given
 * once and now belongs to another person.
 */
export async function profileRows(
  keys: readonly string[],
  context: RowContext & { readonly store: DocStore },
): Promise<LakeRow[]> {
  const { store, now } = context;
  const { rows, others } = await readAnew(store, (ws) => rowsOf(keys, ws, context));
  for (const [id, component] of others) if (!rows.has(id)) rows.set(id, retiredProfileRow(id, now, component));
  return [...rows.values()];
}

/** What a batch knows of persons after its last commit. */
export interface Aftermath {
  /** What was read since, and of what that commit wrote the owners of its own events. */
  readonly ws: WorkingSet;
  /** One IDs that the batch's events merged into others, now or when they came first. */
  readonly merged: ReadonlySet<string>;
}

/**
 * As `profileRows`, of identifiers that a batch has just touched: what it has read since its commit, and its own owners, are not
 * read again. Whoever commits last reads everything else after that, so his row says everything; a row that missed something
 * has fewer changes or events in it, and the order of a person's rows is by those.
 */
export async function profileRowsAfter(
  keys: readonly string[],
  { ws, merged }: Aftermath,
  deps: Omit<RowContext, 'now'> & { readonly store: DocStore; readonly clock: Clock },
): Promise<LakeRow[]> {
  const now = deps.clock.now();
  const { rows, others } = await rowsOf(keys, ws, { ...deps, now }).catch((error: unknown) => {
    if (!(error instanceof StaleRead)) throw error;
    return readAnew(deps.store, (anew) => rowsOf(keys, anew, { ...deps, now }));
  });
  for (const [id, component] of others) {
    if (merged.has(id) && !rows.has(id)) rows.set(id, retiredProfileRow(id, now, component));
  }
  return [...rows.values()];
}

async function rowsOf(keys: readonly string[], ws: WorkingSet, context: RowContext): Promise<Rows> {
  const rows = new Map<string, LakeRow>();
  const others = new Map<string, ComponentDoc | undefined>();
  for (const [key, found] of await findPersons(keys, ws)) {
    const { one_id } = found.person;
    if (!rows.has(one_id)) rows.set(one_id, profileRow(stateOf(found, ws), context));
    const component = found.component === undefined ? undefined : ws.component(found.component);
    if (oneId(key) !== one_id && isFounderEver(key, component)) others.set(oneId(key), component);
  }
  return { rows, others };
}
