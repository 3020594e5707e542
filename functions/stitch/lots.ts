import type { OpenEvidence } from './draft.ts';
import { sightedAt } from './evidence.ts';

/** Splits open evidence into lots that share no identifier and no component: each lot is resolved by itself. */
export function lotsOf(open: readonly OpenEvidence[], at: ReadonlyMap<string, string>): OpenEvidence[][] {
  const parent = new Map<string, string>();
  const find = (name: string): string => {
    let root = name;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    return root;
  };
  const join = (x: string, y: string): void => {
    const [a, b] = [find(x), find(y)];
    if (a !== b) parent.set(a, b);
  };
  for (const { keys } of open) {
    for (const key of keys) {
      join(key, keys[0] ?? key);
      const component = at.get(key);
      if (component !== undefined) join(key, `component ${component}`);
    }
  }
  const lots = new Map<string, OpenEvidence[]>();
  for (const item of open) {
    const root = find(item.keys[0] ?? '');
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
