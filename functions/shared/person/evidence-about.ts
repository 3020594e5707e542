import type { Evidence } from '../../../schemas/evidence.ts';
import type { DocStore } from '../doc-store.ts';
import type { Sighting } from '../identity/resolve.ts';
import { type ComponentDoc, identifierDocKey } from './docs.ts';
import { readAnew, type WorkingSet } from './working-set.ts';

/** Neighbours in other components that are looked at: whoever asks why wants a reason, not five hundred. */
const MAX_NEIGHBOURS = 100;

/** What `resolve` needs to tell why some identifiers are, or are not, one person. */
export interface EvidenceAbout {
  readonly evidence: readonly Evidence[];
  readonly sightings: readonly Sighting[];
}

/**
 * The evidence that decides about some identifiers: that of the components that hold them, and of those that hold the
 * neighbours with which they may not be joined. Why such a neighbour joins nothing (shared, blocked, seen with too many)
 * only its own component tells. Edges to neighbours beyond the first hundred are left out.
 */
export const evidenceAbout = (store: DocStore, keys: readonly string[]): Promise<EvidenceAbout> =>
  readAnew(store, async (ws) => {
    const own = await componentsOf(keys, ws);
    const asked = new Set(keys);
    const near = new Set<string>();
    for (const { external } of own.values()) {
      for (const { a, b } of external) {
        if (asked.has(a)) near.add(b);
        if (asked.has(b)) near.add(a);
      }
    }
    const neighbours = [...near].filter((key) => !asked.has(key)).slice(0, MAX_NEIGHBOURS);
    const docs = [...new Map([...own, ...(await componentsOf(neighbours, ws))]).values()];
    const known = new Set(docs.flatMap(({ sightings }) => Object.keys(sightings)));
    const isKnown = ({ a, b }: Evidence): boolean => known.has(a) && known.has(b);
    const alone = keys.filter((key) => !known.has(key) && ws.identifier(key) !== undefined);
    const seen = docs.flatMap(({ sightings }) => Object.entries(sightings));
    for (const key of alone) seen.push([key, ws.identifier(key)?.first_seen ?? '']);
    return {
      evidence: docs.flatMap(({ evidence, external }) => [...evidence, ...external.filter(isKnown)]),
      sightings: seen.map(([key, first_seen]) => ({ key, first_seen })),
    };
  });

async function componentsOf(keys: readonly string[], ws: WorkingSet): Promise<Map<string, ComponentDoc>> {
  await ws.load(keys.map(identifierDocKey));
  const docs = new Map<string, ComponentDoc>();
  for (const id of new Set((await ws.locate(keys)).values())) {
    const doc = ws.component(id);
    if (doc) docs.set(id, doc);
  }
  return docs;
}
