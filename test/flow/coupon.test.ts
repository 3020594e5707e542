import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fire } from '../../functions/fire/fire.ts';
import { readPersonByKey } from '../../functions/shared/person/read.ts';
import { wallClock } from '../../functions/shared/zoned.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import type { Decision, Message } from '../../schemas/decision.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { cleanEvent, type StitchWorld, stitchWorld } from '../support/stitch.ts';

const CAMPAIGN = 'viewed-three-days-coupon';
const HOUR = 3_600_000;

/** A product viewed at a wall-clock time in New York (in March 2026: UTC−5, from the 8th at 02:00 UTC−4). */
function viewed(keys: readonly string[], local: string, over: Partial<CleanEvent> = {}): CleanEvent {
  const offset = local >= '2026-03-08T02' ? '-04:00' : '-05:00';
  return cleanEvent(keys, {
    occurred_at: new Date(`${local}${offset}`).toISOString(),
    local_date: local.slice(0, 10),
    time_zone: 'America/New_York',
    time_zone_known: true,
    properties: { product_id: 'P1' },
    ...over,
  });
}

const ordered = (keys: readonly string[], local: string, product = 'P1'): CleanEvent =>
  viewed(keys, local, { name: 'Order Completed', properties: { products: [{ product_id: product }], total: 10 } });

const threeViews = (keys: readonly string[]): CleanEvent[] => [
  viewed(keys, '2026-03-06T23:30'),
  viewed(keys, '2026-03-07T00:30'),
  viewed(keys, '2026-03-08T23:59'),
];

/** Fires every timer of the coupon when it is due, on a held clock; what was sent and decided, in order. */
async function fireAll(world: StitchWorld): Promise<{ decisions: Decision[]; messages: Message[] }> {
  const messages: Message[] = [];
  const decisions: Decision[] = [];
  const channel = { send: async (message: Message) => void messages.push(message) };
  for (const timer of world.bus.due().filter(({ campaign }) => campaign === CAMPAIGN)) {
    world.clock.at = Math.max(world.clock.at, Date.parse(timer.at));
    const decision = await fire(timer, { ...world.deps, channels: { outbox: channel, webhook: channel } });
    if (decision) decisions.push(decision);
  }
  return { decisions, messages };
}

/** Each batch arrives at the time of its latest event. */
async function takeIn(world: StitchWorld, batches: readonly (readonly CleanEvent[])[]): Promise<void> {
  for (const batch of batches) {
    const latest = Math.max(...batch.map((event) => Date.parse(event.occurred_at)));
    world.clock.at = Math.max(world.clock.at, latest);
    await stitch(
      batch.map((event) => ({ ...event, received_at: new Date(world.clock.at).toISOString() })),
      world.deps,
    );
  }
}

const start = Date.parse('2026-03-06T00:00:00.000Z');

describe('viewed three days running: the coupon of day four', () => {
  test('is decided once, at ten in the zone of the person, over a change to summer time', async () => {
    const world = stitchWorld({ now: start });
    await takeIn(
      world,
      threeViews(['user_id:m1']).map((event) => [event]),
    );
    const { decisions, messages } = await fireAll(world);
    expect(decisions.map(({ outcome, reason, subject, due_at }) => ({ outcome, reason, subject, due_at }))).toEqual([
      { outcome: 'sent', reason: 'sent', subject: 'P1', due_at: '2026-03-09T14:00:00.000Z' },
    ]);
    expect(wallClock(Date.parse(decisions[0]?.due_at ?? ''), 'America/New_York')).toEqual({
      date: '2026-03-09',
      time: '10:00',
    });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ send_id: decisions[0]?.send_id, template: 'product-coupon', subject: 'P1' });
    expect(world.lake.of('decisions')).toHaveLength(1);
  });

  test('an order of the product in between: one decision not to send, which says so', async () => {
    const world = stitchWorld({ now: start });
    const order = ordered(['user_id:m1'], '2026-03-09T08:00');
    await takeIn(world, [...threeViews(['user_id:m1']).map((event) => [event]), [order]]);
    const { decisions, messages } = await fireAll(world);
    expect(decisions.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual([
      { outcome: 'not_sent', reason: 'condition_no_longer_true' },
    ]);
    expect(decisions[0]?.facts.because).toBe(`Order Completed at ${order.occurred_at}`);
    expect(messages).toEqual([]);
  });

  test('an order of another product, or before the first view, changes nothing', async () => {
    const world = stitchWorld({ now: start });
    const others = [ordered(['user_id:m1'], '2026-03-08T09:00', 'P2'), ordered(['user_id:m1'], '2026-03-05T09:00')];
    await takeIn(world, [[...threeViews(['user_id:m1']), ...others]]);
    expect((await fireAll(world)).decisions.map(({ reason }) => reason)).toEqual(['sent']);
  });

  test('two days, or three with a gap, decide nothing', async () => {
    const world = stitchWorld({ now: start });
    await takeIn(world, [
      [viewed(['user_id:m1'], '2026-03-06T10:00'), viewed(['user_id:m1'], '2026-03-07T10:00')],
      [
        viewed(['user_id:m1'], '2026-03-09T10:00'),
        viewed(['user_id:m1'], '2026-03-08T10:00', { properties: { product_id: 'P2' } }),
      ],
    ]);
    expect((await fireAll(world)).decisions).toEqual([]);
  });

  test('views twice, late and shuffled give the same decisions, byte for byte', async () => {
    const events = [
      ...threeViews(['user_id:m1']),
      ...threeViews(['user_id:m2']),
      ordered(['user_id:m2'], '2026-03-08T12:00'),
    ];
    const inOrder = stitchWorld({ now: start });
    await takeIn(
      inOrder,
      events.map((event) => [event]),
    );
    const expected = await fireAll(inOrder);
    const bySubject = (all: readonly Decision[]) => all.map((one) => JSON.stringify(one)).sort();
    expect(expected.decisions).toHaveLength(2);
    const twice = [...events, ...events];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...twice.keys()], { minLength: twice.length }),
        fc.integer({ min: 1, max: 6 }),
        async (order, size) => {
          const world = stitchWorld({ now: start });
          const shuffled = order.map((at) => twice[at]).filter((event) => event !== undefined);
          const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, n) =>
            shuffled.slice(n * size, n * size + size),
          );
          await takeIn(world, batches);
          const got = await fireAll(world);
          expect(bySubject(got.decisions)).toEqual(bySubject(expected.decisions));
          expect(got.messages).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a cookie on the first two days, the member on the third: one decision for one person', async () => {
    const world = stitchWorld({ now: start });
    const [first, second] = threeViews(['anonymous_id:c1']);
    const third = threeViews(['user_id:m1', 'anonymous_id:c1'])[2];
    if (!first || !second || !third) throw new Error('three views were made');
    await takeIn(world, [[first], [second], [third]]);
    const { decisions, messages } = await fireAll(world);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['sent']);
    const person = await readPersonByKey(world.deps.store, 'anonymous_id:c1');
    expect(decisions[0]?.one_id).toBe(person?.person.one_id);
    expect(messages).toHaveLength(1);
  });

  test('two persons that both have a timer and then turn out to be one get one coupon', async () => {
    const world = stitchWorld({ now: start });
    const login = cleanEvent(['user_id:m1', 'anonymous_id:c1'], {
      type: 'identify',
      name: 'identify',
      occurred_at: '2026-03-09T12:00:00.000Z',
      local_date: '2026-03-09',
    });
    await takeIn(world, [threeViews(['anonymous_id:c1']), threeViews(['user_id:m1']), [login]]);
    expect(world.bus.due().filter(({ campaign }) => campaign === CAMPAIGN).length).toBeGreaterThan(1);
    const { decisions, messages } = await fireAll(world);
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['sent']);
    expect(messages).toHaveLength(1);
  });

  test('found a day too late: not sent, and said so', async () => {
    const world = stitchWorld({ now: start });
    const views = threeViews(['user_id:m1']);
    await takeIn(world, [views.slice(0, 2)]);
    world.clock.at = Date.parse('2026-03-09T14:00:00.000Z') + 25 * HOUR;
    await takeIn(world, [views.slice(2)]);
    expect((await fireAll(world)).decisions.map(({ reason }) => reason)).toEqual(['too_late']);
  });
});
