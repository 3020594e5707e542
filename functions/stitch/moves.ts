import { oneId } from '../shared/identity/resolve.ts';
import { founderDocKey, type IdentifierDoc, type IdentityMove, type StoredMove } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';

/** How long an owner remembers what its events changed: longer than a stream takes to deliver them again. */
const MOVES_KEPT_MS = 86_400_000;
/** As many as one change can move: the members of a largest component. */
const MAX_MOVES = 1000;

/** What an identifier's latest events changed in `identity_map`, as rows of it. */
export const movesIn = (doc: IdentifierDoc | undefined): IdentityMove[] =>
  (doc?.moves ?? []).map(({ key = doc?.key ?? '', one_id = oneId(key), shared = false, seq, at, previous }) => {
    return { key, one_id, shared, seq, at, previous };
  });

/** The owner's moves, and new ones. Of a visitor's first event that is its time and little else. */
export function addMoves({ key: owner, moves = [] }: IdentifierDoc, added: readonly IdentityMove[]): StoredMove[] {
  const short = added.map(
    ({ key, one_id, shared, seq, at, previous }): StoredMove => ({
      ...(key !== owner && { key }),
      ...(one_id !== oneId(key) && { one_id }),
      ...(shared && { shared }),
      ...{ seq, at },
      ...(previous !== undefined && { previous }),
    }),
  );
  return [...moves, ...short].slice(-MAX_MOVES);
}

/** The document without moves that are older than a day as of `now`, epoch ms: each is a part of every write. */
export function forgetMoves(doc: IdentifierDoc, now: number): IdentifierDoc {
  const { moves, ...rest } = doc;
  const since = new Date(now - MOVES_KEPT_MS).toISOString();
  const kept = moves?.filter(({ at }) => at >= since) ?? [];
  return kept.length > 0 ? { ...rest, moves: kept } : rest;
}

/** Founders of the persons that identifiers left by these moves, read into the working set. */
export async function foundersLeft(moves: readonly IdentityMove[], ws: WorkingSet): Promise<string[]> {
  const left = [...new Set(moves.flatMap(({ previous }) => (previous === undefined ? [] : [founderDocKey(previous)])))];
  await ws.load(left);
  return left.map((document) => ws.get<IdentifierDoc>(document)?.key).filter((key) => key !== undefined);
}
