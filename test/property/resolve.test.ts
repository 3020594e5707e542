import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evidenceKey,
  isNegative,
  mergeEvidence,
  normaliseEvidence,
  type Resolution,
  resolve,
} from '../../functions/shared/identity/resolve.ts';
import { readKey } from '../../functions/shared/identity/rules.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import { anyEvidence, anyGraph, componentsOf, holders, isStrong, keysOf, tight } from '../support/identity.ts';

const RUNS = { numRuns: 1000 };

describe('the answer depends on the set of evidence alone', () => {
  test('order, repetition and the way round an edge is written change nothing', () => {
    const shuffled = anyGraph.chain((graph) =>
      fc.record({
        graph: fc.constant(graph),
        order: fc.shuffledSubarray([...graph.evidence, ...graph.evidence], { minLength: graph.evidence.length * 2 }),
        sightings: fc.shuffledSubarray([...graph.sightings, ...graph.sightings], {
          minLength: graph.sightings.length * 2,
        }),
        flip: fc.array(fc.boolean(), { minLength: 1 }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ graph, order, sightings, flip }) => {
        const turned = order.map((edge, at) => (flip[at % flip.length] ? { ...edge, a: edge.b, b: edge.a } : edge));
        expect(resolve(turned, sightings, tight)).toEqual(resolve(graph.evidence, graph.sightings, tight));
      }),
      RUNS,
    );
  });

  test('the arguments are left as they were', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const before = structuredClone(graph);
        resolve(graph.evidence, graph.sightings, tight);
        expect(graph).toEqual(before);
      }),
      RUNS,
    );
  });

  test('evidence folded beforehand gives the same as evidence folded by resolve', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const stored = new Map<string, Evidence>();
        for (const edge of evidence.map(normaliseEvidence)) {
          const known = stored.get(evidenceKey(edge));
          stored.set(evidenceKey(edge), known ? mergeEvidence(known, edge) : edge);
        }
        expect(resolve([...stored.values()], sightings, tight)).toEqual(resolve(evidence, sightings, tight));
      }),
      RUNS,
    );
  });

  test('adding evidence and taking it away again gives back the same persons and ids', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(anyEvidence, { minLength: 1, maxLength: 4 }), ({ evidence, sightings }, extra) => {
        const before = resolve(evidence, sightings, tight);
        const all = [...extra, ...evidence];
        resolve(all, sightings, tight);
        const added = new Set(extra);
        expect(resolve(all.filter((edge) => !added.has(edge)).reverse(), sightings, tight)).toEqual(before);
      }),
      RUNS,
    );
  });

  test('an unbind takes back whatever was said between its two identifiers', () => {
    const input = fc.tuple(anyGraph, anyEvidence, anyEvidence);
    fc.assert(
      fc.property(input, ([{ evidence, sightings }, said, other]) => {
        const unbind: Evidence = { ...other, a: said.a, b: said.b, kind: 'unbind' };
        const everybody = keysOf([...evidence, said]).map((key) => ({ key, first_seen: '2026-03-05T00:00:00.000Z' }));
        const sighted = [...sightings, ...everybody];
        const { persons } = resolve([...evidence, said, unbind], sighted, tight);
        expect(persons).toEqual(resolve([...evidence, unbind], sighted, tight).persons);
      }),
      RUNS,
    );
  });
});

describe('persons keep the rules', () => {
  test('each identifier is in exactly one person, and ids are not given twice', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const resolution = resolve(evidence, sightings, tight);
        const expected = new Set([...keysOf(evidence), ...sightings.map(({ key }) => key)]);
        expect(new Set(holders(resolution).keys())).toEqual(expected);
        const ids = resolution.persons.map(({ one_id }) => one_id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toEqual(ids.toSorted());
      }),
      RUNS,
    );
  });

  test('no person holds more of a type in a scope than its limit', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        for (const { members } of resolve(evidence, sightings, tight).persons) {
          const held = new Map<string, number>();
          for (const key of members) {
            const reading = readKey(key, tight);
            if (!reading.ok) continue;
            const count = (held.get(reading.group) ?? 0) + 1;
            held.set(reading.group, count);
            expect(count, `${reading.group} in ${members}`).toBeLessThanOrEqual(reading.rule.limit);
          }
        }
      }),
      RUNS,
    );
  });

  test('shared identifiers are alone', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        for (const { shared, members } of resolve(evidence, sightings, tight).persons) {
          if (shared) expect(members).toHaveLength(1);
        }
      }),
      RUNS,
    );
  });

  test('negative evidence keeps its two identifiers apart', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const holder = holders(resolve(evidence, sightings, tight));
        for (const { a, b } of evidence.filter((edge) => isNegative(edge) && edge.a !== edge.b)) {
          expect(holder.get(a)).not.toBe(holder.get(b));
        }
      }),
      RUNS,
    );
  });

  test('unverified evidence never changes which strong identifiers are together', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const trusted = evidence.filter((edge) => edge.verified || edge.kind === 'manual' || isNegative(edge));
        const sighted = [...sightings, ...keysOf(evidence).map((key) => ({ key, first_seen: '2026-03-05' }))];
        const [all, some] = [resolve(evidence, sighted, tight), resolve(trusted, sighted, tight)];
        const isolated = ({ persons }: Resolution) => persons.filter((p) => p.shared).flatMap((p) => p.members);
        fc.pre(isolated(all).sort().join() === isolated(some).sort().join());
        const strong = ({ persons }: Resolution) =>
          new Set(persons.map(({ members }) => members.filter(isStrong).join()).filter((keys) => keys !== ''));
        expect(strong(all)).toEqual(strong(some));
      }),
      RUNS,
    );
  });
});

describe('every edge has an outcome', () => {
  test('accepted edges lie inside one person, rejected ones between two', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const resolution = resolve(evidence, sightings, tight);
        const holder = holders(resolution);
        const outcomes = [...resolution.accepted, ...resolution.rejected.map(({ edge }) => edge)].map(evidenceKey);
        const positive = evidence
          .filter((edge) => !isNegative(edge))
          .map((edge) => evidenceKey(normaliseEvidence(edge)));
        expect(outcomes.toSorted()).toEqual([...new Set(positive)].sort());
        for (const { a, b } of resolution.accepted) expect(holder.get(a)).toBe(holder.get(b));
        for (const { edge } of resolution.rejected) {
          if (edge.a !== edge.b) expect(holder.get(edge.a)).not.toBe(holder.get(edge.b));
        }
      }),
      RUNS,
    );
  });

  test('accepted edges connect every person', () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => {
        const { persons, accepted } = resolve(evidence, sightings, tight);
        const keys = persons.flatMap(({ members }) => members);
        const connected = componentsOf(keys, accepted).map((component) => [...component].sort().join());
        expect(connected.sort()).toEqual(persons.map(({ members }) => members.join()).sort());
      }),
      RUNS,
    );
  });
});
