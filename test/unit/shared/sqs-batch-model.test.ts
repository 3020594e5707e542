import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOPOLOGY, topologyOf } from '../../../functions/shared/topology.ts';
import { type Message, type Outage, QueueModel } from '../../support/queue-model.ts';

const DAY = 86_400;
const { visibility_seconds } = TOPOLOGY.raw_queue;
const { batch_size } = topologyOf('medium').consumers.clean;
const RUNS = 100;

const at = fc.nat({ max: 1_800 });
const healthy = fc.record({ kind: fc.constant('healthy' as const), at });
const bad = fc.record({ kind: fc.constant('bad' as const), at, times: fc.integer({ min: 1, max: 12 }) });
const killer = fc.record({ kind: fc.constant('killer' as const), at });
const outage = fc
  .record({ from: fc.nat({ max: 1_800 }), seconds: fc.integer({ min: 1, max: 4 * 3_600 }) })
  .map(({ from, seconds }) => ({ from, to: from + seconds }));

const story = fc.record({
  messages: fc
    .tuple(
      fc.array(healthy, { minLength: 1, maxLength: 600 }),
      fc.array(bad, { maxLength: 8 }),
      fc.array(killer, { maxLength: 3 }),
    )
    .map((parts): Message[] => parts.flat()),
  outages: fc.array(outage, { maxLength: 2 }),
  seed: fc.integer(),
});

const outSeconds = (outages: readonly Outage[]): number => outages.reduce((sum, { from, to }) => sum + to - from, 0);

/** What has waited through an outage comes again within a quarter of an hour; what a group with a killer took along, too. */
const LONGEST_WAIT_SECONDS = 900;
/** Visibility timeouts that a message may lose to killers: some before they are suspected, then some for each. */
const mostTimeouts = (killers: number): number => (killers === 0 ? 0 : 5 + 12 * killers);

const waits = ({ messages }: QueueModel): number[] =>
  messages
    .filter(({ message }) => message.kind === 'healthy')
    .map(({ message, doneAt = Number.POSITIVE_INFINITY }) => doneAt - message.at);

const many = (count: number, over: number): Message[] =>
  Array.from({ length: count }, (_, n) => ({ kind: 'healthy', at: Math.floor((n * over) / count) }));

describe('a queue and the function that reads it', () => {
  it('do all that can be done, acknowledge nothing undone, and let killers hold nobody up for long', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ messages, outages, seed }) => {
        const model = new QueueModel(messages, { outages, seed });
        await model.run(14 * DAY);
        expect(model.lost, 'acknowledged undone').toEqual([]);
        for (const { message, gone } of model.messages) {
          expect(gone).toBe(message.kind === 'killer' ? 'dead' : 'acknowledged');
        }
        const killers = messages.filter(({ kind }) => kind === 'killer').length;
        const most =
          outSeconds(outages) +
          (outages.length + 1) * LONGEST_WAIT_SECONDS +
          mostTimeouts(killers) * visibility_seconds;
        expect(Math.max(...waits(model))).toBeLessThan(most);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  it.each([1, 2, 3])('are done with four hundred messages soon, whatever %d killers among them do', async (killers) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const among = Array.from({ length: killers }, (_, n): Message => ({ kind: 'killer', at: n * 10 }));
      const model = new QueueModel([...many(400, 200), ...among], { seed });
      await model.run(14 * DAY);
      expect(Math.max(...waits(model)) / visibility_seconds, `seed ${seed}`).toBeLessThan(mostTimeouts(killers));
    }
  });

  it('work off what an outage of three hours left, two hundred batches, in few calls', async () => {
    const seconds = 3 * 3_600;
    const model = new QueueModel(many(200 * batch_size, seconds), { outages: [{ from: 0, to: seconds }], seed: 7 });
    await model.run(seconds - 1);
    const before = model.works;
    await model.run(14 * DAY);
    expect([model.lost, model.messages.filter(({ gone }) => gone !== 'acknowledged')]).toEqual([[], []]);
    // Fewer than one call for ten messages, and all within the longest wait.
    expect(model.works - before).toBeLessThan(20 * batch_size);
    expect(model.now - seconds).toBeLessThan(LONGEST_WAIT_SECONDS + 60);
  });
});
