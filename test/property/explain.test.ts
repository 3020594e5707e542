import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain, type Resolution, resolve } from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import { anyGraph, anyKey, componentsOf, holders, keysOf, tight } from '../support/identity.ts';

const RUNS = { numRuns: 1000 };

test('an explanation is an unbroken chain of accepted edges that no other chain beats at its weakest link', () => {
  /** Weakest link of the best chain: add edges strongest first until the two are connected. */
  const bottleneck = ({ accepted }: Resolution, from: string, to: string): Evidence | undefined => {
    const keys = new Set([from, to, ...keysOf(accepted)]);
    return accepted.find((_, at) =>
      componentsOf(keys, accepted.slice(0, at + 1)).some((c) => c.has(from) && c.has(to)),
    );
  };
  fc.assert(
    fc.property(anyGraph, anyKey, anyKey, ({ evidence, sightings }, from, to) => {
      const resolution = resolve(evidence, sightings, tight);
      const holder = holders(resolution);
      const { chain, path, same_person } = explain(resolution, evidence, from, to);
      expect(same_person).toBe(holder.has(from) && holder.get(from) === holder.get(to));
      if (!same_person) {
        expect([chain, path]).toEqual([[], []]);
        return;
      }
      expect([path[0], path.at(-1)]).toEqual([from, to]);
      const hops = path.slice(1).map((key, at) => [path[at], key].sort().join());
      expect(chain.map(({ a, b }) => [a, b].join()).sort()).toEqual(hops.sort());
      if (from !== to) expect(chain[0]).toEqual(bottleneck(resolution, from, to));
    }),
    RUNS,
  );
});
