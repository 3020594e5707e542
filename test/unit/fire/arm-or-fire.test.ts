import { expect, test } from 'vitest';
import { armOrFire, type RequestDeps } from '../../../functions/fire/arm-or-fire.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { Message, Timer } from '../../../schemas/decision.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

const ADDED_AT = '2026-03-15T11:00:00.000Z';
/** An event that comes late: its timer is due already. */
const NOW = Date.parse('2026-03-15T11:45:00.000Z');

/** A cart left in one store; fire reads from another until `commit` shows it what the first has. */
async function leftCart() {
  const hidden = new MemoryDocStore();
  const world = stitchWorld({ store: hidden, now: NOW });
  await stitch([cleanEvent(['user_id:m1'], { name: 'Product Added', occurred_at: ADDED_AT })], world.deps);
  const [timer] = world.bus.due();
  if (!timer) throw new Error('The event asked for no timer.');
  const [armed, messages]: [Timer[], Message[]] = [[], []];
  const channel = { send: async (message: Message) => void messages.push(message) };
  const deps: RequestDeps = {
    ...world.deps,
    store: new MemoryDocStore(),
    channels: { outbox: channel, webhook: channel },
    timers: { arm: async (timers) => void armed.push(...timers) },
    rules: async () => world.deps.rules,
  };
  const trigger = { 'detail-type': 'Campaign Triggered', detail: { timer } };
  return { timer, trigger, armed, messages, early: deps, later: { ...deps, store: hidden } };
}

test('a trigger that overtakes the commit of its event is looked at again, and not lost', async () => {
  const { timer, trigger, armed, messages, early, later } = await leftCart();
  expect(await armOrFire(trigger, early)).toBeUndefined();
  expect(armed).toEqual([timer]);
  expect(await armOrFire(timer, later)).toMatchObject({ outcome: 'sent' });
  expect(messages).toHaveLength(1);
});

test('what is due already and seen is decided at once, without a timer', async () => {
  const { trigger, armed, messages, later } = await leftCart();
  expect(await armOrFire(trigger, later)).toMatchObject({ outcome: 'sent' });
  expect({ armed, sent: messages.length }).toEqual({ armed: [], sent: 1 });
});

test('a timer whose person does not ask for it is not armed for ever', async () => {
  const { timer, armed, early } = await leftCart();
  expect(await armOrFire(timer, early)).toBeUndefined();
  expect(armed).toEqual([]);
});
