import type { LakeRow } from '../../../schemas/lake.ts';
import type { Definitions } from '../definitions.ts';
import type { DocStore } from '../doc-store.ts';
import { type CompiledRules, oneId } from '../identity/resolve.ts';
import { aliasDocKey, type ComponentDoc } from './docs.ts';
import { profileRow, retiredProfileRow } from './profile-row.ts';
import { findPersons, stateOf } from './read.ts';
import { readAnew } from './working-set.ts';

/**
 * Lake rows of the persons that hold some touched identifiers: one row a person, and one for each One ID that was given
 * once and now belongs to another person.
 */
export async function profileRows(
  keys: readonly string[],
  context: {
    readonly store: DocStore;
    readonly definitions: Definitions;
    readonly rules: CompiledRules;
    /** Epoch ms. */
    readonly now: number;
  },
): Promise<LakeRow[]> {
  const { store, now } = context;
  const rows = new Map<string, LakeRow>();
  const retired = new Map<string, ComponentDoc | undefined>();
  await readAnew(store, async (ws) => {
    for (const [key, found] of await findPersons(keys, ws)) {
      const { one_id } = found.person;
      if (!rows.has(one_id)) rows.set(one_id, profileRow(stateOf(found, ws), context));
      const component = found.component === undefined ? undefined : ws.component(found.component);
      if (oneId(key) !== one_id) retired.set(oneId(key), component);
    }
  });
  if (retired.size === 0) return [...rows.values()];
  const aliases = await store.get(Array.from(retired.keys(), aliasDocKey));
  for (const [id, component] of retired) {
    if (aliases.get(aliasDocKey(id))?.body !== undefined && !rows.has(id))
      rows.set(id, retiredProfileRow(id, now, component));
  }
  return [...rows.values()];
}
