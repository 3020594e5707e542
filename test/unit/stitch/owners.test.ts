import { expect, test } from 'vitest';
import type { Versioned } from '../../../functions/shared/doc-store.ts';
import { type ComponentDoc, type IdentifierDoc, identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { profileRows } from '../../../functions/shared/person/profile-rows.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

/** Notes which documents are asked for. */
class CountingStore extends MemoryDocStore {
  read: string[] = [];
  override async get(keys: readonly string[]): Promise<Map<string, Versioned>> {
    this.read.push(...keys);
    return super.get(keys);
  }
}

const M1 = identifierDocKey('user_id:m1');
const MEMBER = ['user_id:m1', 'phone:p1', 'email:e1', 'anonymous_id:c1'];

const view = (keys: readonly string[], day: number): CleanEvent =>
  cleanEvent(keys, {
    occurred_at: `2026-03-${day}T03:00:00.000Z`,
    local_date: `2026-03-${day}`,
    properties: { product_id: 'P1' },
  });

/** A member with four identifiers, all of whose events so far are the member id's. */
async function member() {
  const store = new CountingStore();
  const world = stitchWorld({ store });
  await stitch([cleanEvent(MEMBER, { type: 'identify', verified: true }), view(['user_id:m1'], 13)], world.deps);
  const bodyOf = async <T>(key: string): Promise<T> => (await store.get([key])).get(key)?.body as T;
  const { component } = await bodyOf<IdentifierDoc>(M1);
  const owners = async (): Promise<readonly string[] | undefined> =>
    (await bodyOf<ComponentDoc>(`c:${component}`)).owners;
  return { store, world, component, owners, bodyOf };
}

test('an event that may trigger reads its owner and the component, and no identifier that owns no event', async () => {
  const { store, world, component, owners } = await member();
  expect(await owners()).toEqual(['user_id:m1']);
  store.read = [];
  await stitch([view(['user_id:m1'], 14)], world.deps);
  expect(store.read).toEqual([M1, `c:${component}`]);
});

test('the first event of another member is seen by what triggers, from then on', async () => {
  const { world, owners } = await member();
  await stitch([view(['phone:p1'], 14)], world.deps);
  expect(await owners()).toEqual(['user_id:m1', 'phone:p1']);
  await stitch([view(['user_id:m1'], 15)], world.deps);
  expect(world.bus.due().map(({ campaign }) => campaign)).toEqual(['viewed-three-days-coupon']);
});

test('once all members own events they are not named any more', async () => {
  const { world, owners } = await member();
  for (const key of MEMBER.slice(1)) await stitch([cleanEvent([key])], world.deps);
  expect(await owners()).toBeUndefined();
});

test('components that were written before this was noted have all their members looked at', async () => {
  const { store, world, component, bodyOf } = await member();
  await stitch([view(['phone:p1'], 14)], world.deps);
  const key = `c:${component}`;
  const { owners: _, ...old } = await bodyOf<ComponentDoc>(key);
  const expected = (await store.get([key])).get(key)?.version ?? 0;
  await store.commit([{ key, expected, body: old }]);
  await stitch([view(['user_id:m1'], 15)], world.deps);
  expect(world.bus.due().map(({ campaign }) => campaign)).toEqual(['viewed-three-days-coupon']);
});

test('a profile is read from the members that own events, and says the same as from all', async () => {
  const { store, component, world, bodyOf } = await member();
  const context = { ...world.deps, now: world.clock.at };
  store.read = [];
  const rows = await profileRows(['user_id:m1'], context);
  expect(store.read.filter((key) => /^[ic]:/.test(key))).toEqual([M1, `c:${component}`]);
  expect(JSON.parse(String(rows[0]?.identifiers))).toEqual([...MEMBER].sort());
  const key = `c:${component}`;
  const { owners: _, ...all } = await bodyOf<ComponentDoc>(key);
  await store.commit([{ key, expected: (await store.get([key])).get(key)?.version ?? 0, body: all }]);
  expect(await profileRows(['user_id:m1'], context)).toEqual(rows);
});

test('what only several identifiers together trigger is asked for once, though it shows after the commit', async () => {
  const { world, bodyOf } = await member();
  await stitch([view(['phone:p1'], 14)], world.deps);
  await stitch([view(['user_id:m1'], 15)], world.deps);
  const [timer] = world.bus.due();
  expect((await bodyOf<IdentifierDoc>(M1)).armed).toEqual([timer?.name]);
  const published = world.bus.published.length;
  const again = { properties: { product_id: 'P1' }, occurred_at: '2026-03-15T04:00:00.000Z' };
  await stitch([cleanEvent(['phone:p1'], again), cleanEvent(['user_id:m1'], again)], world.deps);
  expect(world.bus.published).toHaveLength(published);
});

test('what one identifier triggers by itself is remembered in the commit of its event', async () => {
  const { store, world, component } = await member();
  await stitch([view(['user_id:m1'], 14)], world.deps);
  store.read = [];
  await stitch([view(['user_id:m1'], 15)], world.deps);
  expect(world.bus.due()).toHaveLength(1);
  expect(store.read).toEqual([M1, `c:${component}`, `c:${component}`]);
});

test('an event that came again is looked at, since its first time may have ended before that', async () => {
  const { world } = await member();
  await stitch([cleanEvent(['phone:p1']), view(['user_id:m1'], 14)], world.deps);
  const last = [view(['phone:p1'], 15)];
  const bus = {
    publish: async () => {
      throw new Error('The bus is away.');
    },
  };
  await expect(stitch(last, { ...world.deps, bus })).rejects.toThrow('The bus is away.');
  expect(world.bus.due()).toEqual([]);
  await stitch(structuredClone(last), world.deps);
  expect(world.bus.due().map(({ campaign }) => campaign)).toEqual(['viewed-three-days-coupon']);
});
