import { DisjointSets } from '../shared/disjoint-sets.ts';
import type { OpenEvidence } from './draft.ts';
import { sightedAt } from './evidence.ts';

/** Splits open evidence into lots that share no identifier and no component: each lot is resolved by itself. */
export function lotsOf(open: readonly OpenEvidence[], at: ReadonlyMap<string, string>): OpenEvidence[][] {
  const sets = new DisjointSets();
  for (const { keys } of open) {
    for (const key of keys) {
      sets.unite(key, keys[0] ?? key);
      const component = at.get(key);
      if (component !== undefined) sets.unite(key, `component ${component}`);
    }
  }
  const lots = new Map<string, OpenEvidence[]>();
  for (const item of open) {
    const root = sets.find(item.keys[0] ?? '');
    const lot = lots.get(root);
    if (lot) lot.push(item);
    else lots.set(root, [item]);
  }
  return [...lots.values()];
}

/** When each identifier of a lot was first seen in it. */
export function sightingsOf(lot: readonly OpenEvidence[]): Map<string, string> {
  const sightings = new Map<string, string>();
  for (const { keys, event } of lot) {
    const at = sightedAt(event);
    for (const key of keys) {
      const known = sightings.get(key);
      if (known === undefined || at < known) sightings.set(key, at);
    }
  }
  return sightings;
}
