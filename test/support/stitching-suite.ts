import { expect, it } from 'vitest';
import { cleanTraffic, connected, DELIVERIES, pairwise, personsOf } from './stitching-score.ts';

/** Stitches labelled traffic in every delivery, each into a store of its own, and scores it against the truth. */
export function stitchingSuite({ events: count, ceiling }: { events: number; ceiling: number }): void {
  const events = cleanTraffic(count);
  const inOrder = personsOf(events);

  it(`knows the ceiling for ${count} events: connecting all that share an identifier`, () => {
    const { precision, recall } = pairwise(events, connected(events));
    expect([precision, recall]).toEqual([1, expect.closeTo(ceiling, 4)]);
  });

  it.each(Object.entries(DELIVERIES))(
    `joins ${count} events, %s: nobody wrongly, all that can be`,
    async (_, order) => {
      const persons = order === DELIVERIES['in order'] ? await inOrder : await personsOf(order(events));
      const { precision, recall } = pairwise(events, persons);
      expect(precision).toBe(1);
      expect(recall).toBeGreaterThanOrEqual(pairwise(events, connected(events)).recall);
      expect(persons).toEqual(await inOrder);
    },
  );

  it('scores what is wrong as wrong', () => {
    const everyone = new Map(events.map(({ event }) => [event.event_id, 'one']));
    const merged = pairwise(events, everyone);
    expect(merged.recall).toBe(1);
    expect(merged.precision).toBeLessThan(0.01);
    const alone = new Map(events.map(({ event }) => [event.event_id, event.event_id]));
    expect(pairwise(events, alone).recall).toBe(0);
  });
}
