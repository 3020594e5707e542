import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Resolution, resolve } from '../../functions/shared/identity/resolve.ts';
import { anyGraph, componentsOf, keysOf, tight } from '../support/identity.ts';

const RUNS = { numRuns: 1000 };

describe('a part of the graph can be resolved alone', () => {
  test('connected sets of evidence, one by one, give the whole', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const whole = resolve(evidence, sightings, tight);
        const components = componentsOf([...keysOf(evidence), ...sightings.map(({ key }) => key)], evidence);
        const parts = components.map((keys) =>
          resolve(
            evidence.filter(({ a }) => keys.has(a)),
            sightings.filter(({ key }) => keys.has(key)),
            tight,
          ),
        );
        const ids = (persons: Resolution['persons']) => persons.toSorted((x, y) => (x.one_id < y.one_id ? -1 : 1));
        expect(ids(parts.flatMap(({ persons }) => persons))).toEqual(whole.persons);
        const listed = (edges: readonly unknown[]) => edges.map((edge) => JSON.stringify(edge)).sort();
        expect(listed(parts.flatMap(({ accepted }) => accepted))).toEqual(listed(whole.accepted));
        expect(listed(parts.flatMap(({ rejected }) => rejected))).toEqual(listed(whole.rejected));
      }),
      RUNS,
    );
  });

  /**
   * What a store may rely on: isolated identifiers do not connect. To resolve a component it needs the edges at its own
   * identifiers and, to see that a neighbour is isolated, all edges at that neighbour.
   */
  test('connectivity may ignore the edges of isolated identifiers', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const whole = resolve(evidence, sightings, tight);
        const isolated = new Set(whole.persons.filter(({ shared }) => shared).flatMap(({ members }) => members));
        const free = evidence.filter(({ a, b }) => !isolated.has(a) && !isolated.has(b));
        const components = componentsOf([...keysOf(evidence), ...sightings.map(({ key }) => key)], free);
        const persons = components.flatMap((keys) => {
          const touching = evidence.filter(({ a, b }) => keys.has(a) || keys.has(b));
          const beyond = new Set(keysOf(touching).filter((key) => isolated.has(key)));
          const known = evidence.filter((edge) => touching.includes(edge) || beyond.has(edge.a) || beyond.has(edge.b));
          const part = resolve(known, sightings, tight);
          return part.persons.filter(({ members }) => members.some((key) => keys.has(key)));
        });
        expect(persons.toSorted((x, y) => (x.one_id < y.one_id ? -1 : 1))).toEqual(whole.persons);
      }),
      RUNS,
    );
  });
});
