import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompiledRules, isNegative, resolve } from '../../functions/shared/identity/resolve.ts';
import type { ComponentDoc } from '../../functions/shared/person/docs.ts';
import { partsForSending } from '../../functions/shared/person/for-use.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import { anyGraph, componentsOf, tight } from '../support/identity.ts';

const RULES: CompiledRules = {
  ...tight,
  rules: { ...tight.rules, probabilistic: { review: 0, analytics: 0.3, sending: 0.7 } },
};
const isJoining = (edge: Evidence): boolean => !isNegative(edge) && edge.kind !== 'retract';
const RUNS = { numRuns: 2000 };

describe('the parts of a person for sending', () => {
  test('share out exactly what it holds, the owner first, and no weak link is inside one', () => {
    fc.assert(
      fc.property(anyGraph, fc.nat(), ({ evidence, sightings }, pick) => {
        const { persons } = resolve(evidence, sightings, RULES);
        const person = persons[pick % Math.max(1, persons.length)];
        if (!person) return;
        const owner = person.members[pick % person.members.length] ?? '';
        const at = Object.fromEntries(
          evidence.flatMap(({ a, b, first_seen }) => [a, b].map((key) => [key, first_seen] as const)),
        );
        const component: ComponentDoc = {
          to: null,
          moved: {},
          evidence: [...evidence],
          external: [],
          sightings: { ...at, ...Object.fromEntries(sightings.map(({ key, first_seen }) => [key, first_seen])) },
          persons,
          changes: 0,
        };
        const parts = partsForSending(owner, { person, component }, RULES);
        expect(parts.flatMap(({ members }) => members).sort()).toEqual(person.members);
        expect(parts[0]?.members).toContain(owner);
        const sure = evidence.filter(({ kind, confidence }) => kind !== 'probabilistic' || confidence >= 0.7);
        if (sure.length === evidence.length) expect(parts).toEqual([person]);
        for (const { members } of parts) {
          const within = sure.filter((edge) => isJoining(edge) && members.includes(edge.a) && members.includes(edge.b));
          expect(componentsOf(members, within)).toHaveLength(1);
        }
      }),
      RUNS,
    );
  });
});
