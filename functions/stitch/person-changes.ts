import type { LakeRow } from '../../schemas/lake.ts';
import { shortHash } from '../shared/hash.ts';
import { oneId } from '../shared/identity/resolve.ts';
import { type IdentityMove, identifierDocKey, isFounderEver } from '../shared/person/docs.ts';
import { personOf } from '../shared/person/read.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';
import type { BusEvent } from '../shared/seams.ts';
import type { PersonChange } from './draft.ts';

/**
 * What the moves of single identifiers mean for persons: a person is named after its founder. One change for each id that
 * came to be or is no longer current, so that a repeated batch, which may find the moves grouped otherwise, says the same.
 */
export function personChanges(moves: readonly IdentityMove[]): PersonChange[] {
  const changes: PersonChange[] = [];
  for (const { key, one_id, previous, at } of moves) {
    const ownId = oneId(key);
    if (one_id === ownId && previous !== one_id) {
      changes.push({ change: previous === undefined ? 'created' : 'split', one_id, other: previous, key, at });
    }
    if (previous === ownId && one_id !== ownId) changes.push({ change: 'merged', one_id, other: previous, key, at });
  }
  return changes;
}

/** What the world is told about persons: rows for the lake, and the same as events for the bus. */
export interface Announcements {
  readonly rows: readonly LakeRow[];
  readonly events: readonly BusEvent[];
}

/**
 * Puts changes of persons into words for others. A merge names every id that was ever given and now leads to the winner,
 * so that a receiver that missed an earlier merge can still put its own records right. Read from `ws`, after the commit.
 */
export async function announce(changes: readonly PersonChange[], ws: WorkingSet): Promise<Announcements> {
  const losers = await losersEver(
    changes.filter(({ change }) => change === 'merged'),
    ws,
  );
  const rows: LakeRow[] = [];
  const events: BusEvent[] = [];
  for (const { change, one_id, other, at } of changes) {
    const id = shortHash(['person', change, one_id, other ?? '', at].join('|'));
    // Told again later, the loser may have come out of the winner meanwhile: it was merged into it all the same.
    const all = [...new Set([...(losers.get(one_id) ?? []), ...(other === undefined ? [] : [other])])].sort();
    rows.push({
      change_id: id,
      change: `person.${change}`,
      one_id,
      other_one_id: other ?? null,
      losers: change === 'merged' ? JSON.stringify(all) : null,
      changed_at: at,
    });
    const detail = {
      created: { one_id },
      merged: { winner: one_id, loser: other, losers: all },
      split: { one_id, from: other },
    }[change];
    events.push({ detail_type: `person.${change}`, id, detail: { ...detail, at } });
  }
  return { rows, events };
}

/** Winner → every other id that was given to one of its identifiers, sorted. */
async function losersEver(merges: readonly PersonChange[], ws: WorkingSet): Promise<Map<string, readonly string[]>> {
  const losers = new Map<string, readonly string[]>();
  if (merges.length === 0) return losers;
  const keys = merges.map(({ key }) => key);
  await ws.load(keys.map(identifierDocKey));
  const located = await ws.locate(keys);
  for (const { key, one_id } of merges) {
    if (losers.has(one_id)) continue;
    const at = located.get(key);
    const component = at === undefined ? undefined : ws.component(at);
    const given = personOf(key, at, ws).members.filter((member) => isFounderEver(member, component));
    losers.set(
      one_id,
      given.map(oneId).filter((id) => id !== one_id),
    );
  }
  return losers;
}
