import { describe, expect, test } from 'vitest';
import { compileRules, oneId } from '../../../functions/shared/identity/resolve.ts';
import { readPersonById, readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, NO_DEFINITIONS, stitchWorld } from '../../support/stitch.ts';

const membersOf = async ({ deps }: ReturnType<typeof stitchWorld>, key: string): Promise<string[] | undefined> =>
  (await readPersonByKey(deps.store, key))?.person.members;

/** Counts the documents of each commit. */
class CountingStore extends MemoryDocStore {
  readonly sizes: number[] = [];
  override commit(writes: Parameters<MemoryDocStore['commit']>[0]): ReturnType<MemoryDocStore['commit']> {
    this.sizes.push(writes.length);
    return super.commit(writes);
  }
}

describe('a batch', () => {
  test('of unrelated owners is committed owner by owner', async () => {
    const store = new CountingStore();
    const world = stitchWorld({ store });
    await stitch(
      [1, 2, 3].map((n) => cleanEvent([`anonymous_id:c${n}`])),
      world.deps,
    );
    // One document each: none can make another lose a race, and none costs more than one write.
    expect(store.sizes).toEqual([1, 1, 1]);
  });

  test('that hangs together in more than a hundred documents is halved, and every event reported once', async () => {
    const store = new CountingStore();
    const world = stitchWorld({ store, definitions: NO_DEFINITIONS });
    const lone = Array.from({ length: 120 }, (_, n) => cleanEvent([`email:e${n}`]));
    await stitch(lone, world.deps);
    const joining = lone.map((_, n) => cleanEvent(['device_id:kiosk', `email:e${n}`]));
    const { events } = await stitch(joining, world.deps);
    expect(events.map(({ event }) => event.event_id)).toEqual(joining.map((event) => event.event_id));
    expect(new Set(events.map(({ outcome }) => outcome))).toEqual(new Set(['stitched']));
    expect(Math.max(...store.sizes)).toBeLessThanOrEqual(100);
    expect(await membersOf(world, 'device_id:kiosk')).toEqual(['device_id:kiosk']);
    expect(world.lake.of('events')).toHaveLength(240);
  });

  test('with one id for two bodies keeps the first, and quarantines the second', async () => {
    const world = stitchWorld();
    const first = cleanEvent(['user_id:m1'], { event_id: 'same' });
    const second = cleanEvent(['user_id:m1'], { event_id: 'same', name: 'Order Completed' });
    const { events } = await stitch([first, second], world.deps);
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['stitched', undefined],
      ['quarantined', 'id_conflict'],
    ]);
    expect((await readPersonByKey(world.deps.store, 'user_id:m1'))?.aggregate.names).toEqual({ 'Product Viewed': 1 });
    expect(world.lake.of('quarantine')).toHaveLength(1);
  });
});

describe('what a batch touched', () => {
  test('names a new person once, and each identifier that was a person of its own', async () => {
    const world = stitchWorld();
    const before = { occurred_at: '2026-03-01T00:00:00.000Z' };
    const first = await stitch([cleanEvent(['user_id:m1', 'device_id:d1'], before)], world.deps);
    expect(first.touched).toEqual(['user_id:m1']);
    await stitch([cleanEvent(['anonymous_id:c1'])], world.deps);
    const second = await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'])], world.deps);
    expect([...second.touched].sort()).toEqual(['anonymous_id:c1', 'user_id:m1']);
  });

  test('names the person that lost a member, whose row in the lake counts its events', async () => {
    const world = stitchWorld();
    await stitch([cleanEvent(['user_id:m1'], { occurred_at: '2026-03-01T00:00:00.000Z' })], world.deps);
    await stitch([cleanEvent(['user_id:m1', 'device_id:tablet'])], world.deps);
    const { touched } = await stitch([cleanEvent(['user_id:m2', 'device_id:tablet'])], world.deps);
    expect([...touched].sort()).toEqual(['device_id:tablet', 'user_id:m1', 'user_id:m2']);
  });
});

describe('timers', () => {
  test('are asked for once, however many events come after', async () => {
    const world = stitchWorld();
    const added = cleanEvent(['user_id:m1'], { name: 'Product Added' });
    await stitch([added], world.deps);
    await stitch([cleanEvent(['user_id:m1'], { name: 'Product Viewed' })], world.deps);
    await stitch([structuredClone(added)], world.deps);
    const asked = world.bus.published.filter(({ detail_type }) => detail_type === 'Campaign Triggered');
    expect(asked.map(({ detail }) => detail.campaign)).toEqual(['cart-left-30-minutes']);
  });

  test('are asked for again when an event moves the person to another zone', async () => {
    const world = stitchWorld();
    const view = (day: number) =>
      cleanEvent(['user_id:m1'], {
        occurred_at: `2026-03-1${day}T03:00:00.000Z`,
        local_date: `2026-03-1${day}`,
        properties: { product_id: 'P1' },
      });
    await stitch([view(3), view(4), view(5)], world.deps);
    const page = { type: 'page' as const, time_zone: 'America/New_York', time_zone_known: true };
    await stitch([cleanEvent(['user_id:m1'], page)], world.deps);
    const due = world.bus.due().map(({ at }) => at);
    expect(due).toEqual(['2026-03-16T02:00:00.000Z', '2026-03-16T14:00:00.000Z']);
  });

  test('are asked for again when an identifier names its old zone anew, after another had named its own', async () => {
    const world = stitchWorld();
    const page = (key: string, hour: string, time_zone: string) =>
      cleanEvent([key], {
        type: 'page',
        occurred_at: `2026-03-15T${hour}:00:00.000Z`,
        time_zone,
        time_zone_known: true,
      });
    const view = (day: number) =>
      cleanEvent(['user_id:m1'], {
        occurred_at: `2026-03-1${day}T01:00:00.000Z`,
        local_date: `2026-03-1${day}`,
        properties: { product_id: 'P1' },
      });
    await stitch([cleanEvent(['user_id:m1', 'device_id:d1'], { type: 'identify' })], world.deps);
    await stitch([page('user_id:m1', '02', 'America/New_York')], world.deps);
    await stitch([page('device_id:d1', '03', 'Asia/Shanghai')], world.deps);
    await stitch([view(3), view(4), view(5)], world.deps);
    await stitch([page('user_id:m1', '04', 'America/New_York')], world.deps);
    const due = world.bus.due().map(({ at }) => at);
    expect(due).toEqual(['2026-03-16T02:00:00.000Z', '2026-03-16T14:00:00.000Z']);
  });

  test('name the founder, who stays when others leave', async () => {
    const world = stitchWorld();
    const at = '2026-03-15T10:00:00.000Z';
    await stitch([cleanEvent(['anonymous_id:c1'], { occurred_at: at })], world.deps);
    await stitch([cleanEvent(['user_id:m1', 'anonymous_id:c1'], { name: 'Product Added' })], world.deps);
    expect(world.bus.due().map(({ owner }) => owner)).toEqual(['anonymous_id:c1']);
  });
});

describe('bounds of a component', () => {
  const rules = compileRules({ ...SHIPPED_RULES, max_component: 6 });

  test('an event that would pass them goes on without its evidence, and its neighbours are joined', async () => {
    const world = stitchWorld({ rules });
    const cookie = (n: number) => cleanEvent(['user_id:m1', `anonymous_id:c${n}`]);
    await stitch([1, 2, 3, 4].map(cookie), world.deps);
    const batch = [5, 6, 7].map(cookie);
    const { events } = await stitch(batch, world.deps);
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['stitched', undefined],
      ['stitched', 'component_too_large'],
      ['stitched', 'component_too_large'],
    ]);
    expect(await membersOf(world, 'user_id:m1')).toHaveLength(6);
    expect((await readPersonByKey(world.deps.store, 'user_id:m1'))?.aggregate.events).toBe(7);
    expect(await membersOf(world, 'anonymous_id:c7')).toEqual(['anonymous_id:c7']);
    expect((await readPersonById(world.deps.store, oneId('anonymous_id:c7')))?.person.shared).toBe(false);
    expect(world.lake.of('quarantine').map(({ reason }) => reason)).toEqual([
      'component_too_large',
      'component_too_large',
    ]);
  });

  test('a device of 300 cookies that turns out to be shared falls apart, though one transaction takes a hundred', async () => {
    const wide = compileRules({
      ...SHIPPED_RULES,
      types: SHIPPED_RULES.types.map((rule) => ({ ...rule, limit: rule.strong ? rule.limit : 1000 })),
    });
    const store = new CountingStore();
    const world = stitchWorld({ store, rules: wide, definitions: NO_DEFINITIONS });
    await stitch([cleanEvent(['user_id:m1', 'device_id:pos'])], world.deps);
    for (let from = 0; from < 300; from += 30) {
      const cookies = Array.from({ length: 30 }, (_, n) => cleanEvent(['device_id:pos', `anonymous_id:c${from + n}`]));
      await stitch(cookies, world.deps);
    }
    expect(await membersOf(world, 'user_id:m1')).toHaveLength(302);
    const { events } = await stitch([cleanEvent(['user_id:m2', 'device_id:pos'])], world.deps);
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([['stitched', undefined]]);
    expect(Math.max(...store.sizes)).toBeLessThanOrEqual(100);
    expect(await membersOf(world, 'user_id:m1')).toEqual(['user_id:m1']);
    expect((await readPersonByKey(store, 'device_id:pos'))?.person.shared).toBe(true);
    for (const n of [0, 150, 299]) {
      expect(await membersOf(world, `anonymous_id:c${n}`)).toEqual([`anonymous_id:c${n}`]);
      expect(await readPersonById(store, oneId(`anonymous_id:c${n}`))).toBeDefined();
    }
  });

  test('a member seen with too many cookies stays shared, whatever comes after', async () => {
    const world = stitchWorld({ definitions: NO_DEFINITIONS });
    const cookie = (n: number) => `anonymous_id:0b6e1f5a-7c1d-4f0e-9f55-${String(n).padStart(12, '0')}`;
    const shared: unknown[] = [];
    for (let from = 0; from < 650; from += 50) {
      const seen = Array.from({ length: 50 }, (_, n) => ['user_id:m1', cookie(from + n)]);
      const again = seen.map((keys) => cleanEvent(keys, { type: 'identify', name: 'identify' }));
      await stitch([...seen.map((keys) => cleanEvent(keys)), ...again], world.deps);
      shared.push((await readPersonByKey(world.deps.store, 'user_id:m1'))?.person.shared);
    }
    expect(shared).toEqual([...Array(10).fill(false), true, true, true]);
    expect(await membersOf(world, 'user_id:m1')).toEqual(['user_id:m1']);
  });

  test('a shared device of long names keeps what fits into its document', async () => {
    const world = stitchWorld({ definitions: NO_DEFINITIONS });
    const long = (n: number) => `user_id:${String(n).padStart(4, '0')}${'界'.repeat(250)}`;
    for (let from = 0; from < 600; from += 20) {
      const logins = Array.from({ length: 20 }, (_, n) =>
        cleanEvent([long(from + n), `device_id:${'终'.repeat(250)}`]),
      );
      const { events } = await stitch(logins, world.deps);
      expect(events.filter(({ reason }) => reason !== undefined)).toEqual([]);
    }
    expect((await readPersonByKey(world.deps.store, `device_id:${'终'.repeat(250)}`))?.person.shared).toBe(true);
  });

  test('an owner whose profile is full has its event quarantined, and its neighbours go on', async () => {
    const world = stitchWorld();
    const traits = (from: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`t${from + n}`, '界'.repeat(2000)]));
    const big = Array.from({ length: 5 }, (_, n) =>
      cleanEvent(['user_id:m1'], { type: 'identify', name: 'identify', traits: traits(n * 20) }),
    );
    const { events } = await stitch([...big, cleanEvent(['user_id:m2'])], world.deps);
    const refused = events.filter(({ outcome }) => outcome === 'quarantined');
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['profile_too_large']));
    expect(events.at(-1)?.outcome).toBe('stitched');
    expect(world.lake.of('events')).toHaveLength(6);
  });
});
