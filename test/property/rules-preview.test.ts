import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { previewRules } from '../../functions/shared/person/preview.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { DEFINITIONS, NOW, stitchWorld } from '../support/stitch.ts';
import { anyDelivery, anyEvents, deliveries } from '../support/stitch-events.ts';
import { expectedOf } from '../support/stitch-model.ts';
import { anyRules } from '../support/sweep-properties.ts';

const parsed = (view: string) => JSON.parse(view) as { one_id: string; tags: Record<string, unknown> };

/** One ID → its identifiers and tags, as the oracle sees them. */
function personsOf(views: ReadonlyMap<string, string>) {
  const persons = new Map<string, { keys: string[]; tags: Record<string, unknown> }>();
  for (const [key, view] of views) {
    const { one_id, tags } = parsed(view);
    const person = persons.get(one_id) ?? { keys: [], tags };
    person.keys.push(key);
    persons.set(one_id, person);
  }
  return persons;
}

const regrouped = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>) => {
  const others = new Map<string, Set<string>>();
  for (const [key, id] of from) others.set(id, (others.get(id) ?? new Set()).add(to.get(key) ?? ''));
  return [...others.values()].filter((ids) => ids.size > 1);
};

test('a preview from the store says what resolve makes of all evidence under both rules', () =>
  fc.assert(
    fc.asyncProperty(
      anyEvents,
      anyDelivery,
      fc.record({ before: anyRules, after: anyRules }),
      async (given, delivery, rules) => {
        const events = given.map(({ attested: _, ...event }) => event);
        const before = compileRules({ ...rules.before, max_degree: 100 });
        const after = compileRules(rules.after);
        const { deps } = stitchWorld({ store: new MemoryDocStore(), rules: before });
        for (const batch of deliveries(events, delivery)) await stitch(batch, deps);
        const report = await previewRules(deps.store, { before, after, definitions: DEFINITIONS, now: NOW });

        const [were, are] = [expectedOf(events, before), expectedOf(events, after)];
        const [had, has] = [personsOf(were.views), personsOf(are.views)];
        expect(report.identifiers).toBe(were.views.size);
        expect(report.persons).toEqual({ before: had.size, after: has.size });
        const kept = [...has.keys()].filter((id) => had.has(id)).length;
        expect(report.ids).toEqual({ kept, gone: had.size - kept, added: has.size - kept });
        expect(report.splits.count).toBe(regrouped(were.oneIds, are.oneIds).length);
        expect(report.merges.count).toBe(regrouped(are.oneIds, were.oneIds).length);
        const sum = (sizes: Readonly<Record<string, number>>) => Object.values(sizes).reduce((a, b) => a + b, 0);
        expect([sum(report.sizes.before), sum(report.sizes.after)]).toEqual([had.size, has.size]);
        for (const { id } of DEFINITIONS.tags) {
          const nothing = (value: unknown) => (value === false || value === 0 || value === null ? undefined : value);
          const differs = [...new Set([...had.keys(), ...has.keys()])].filter((one) => {
            const [x, y] = [had, has].map((persons) => JSON.stringify(nothing(persons.get(one)?.tags[id])));
            return x !== y;
          });
          expect(report.audiences.tags.find((tag) => tag.id === id)?.persons ?? 0, id).toBe(differs.length);
        }
      },
    ),
    { numRuns: 80 },
  ));
