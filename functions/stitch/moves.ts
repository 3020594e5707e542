import { founderDocKey, type IdentifierDoc, type IdentityMove } from '../shared/person/docs.ts';
import type { WorkingSet } from '../shared/person/working-set.ts';

/** Founders of the persons that identifiers left by these moves, read into the working set. */
export async function foundersLeft(moves: readonly IdentityMove[], ws: WorkingSet): Promise<string[]> {
  const left = [...new Set(moves.flatMap(({ previous }) => (previous === undefined ? [] : [founderDocKey(previous)])))];
  await ws.load(left);
  return left.map((document) => ws.get<IdentifierDoc>(document)?.key).filter((key) => key !== undefined);
}
