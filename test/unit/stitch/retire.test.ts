import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import type { ComponentDoc, IdentifierDoc } from '../../../functions/shared/person/docs.ts';
import { componentDocKey, identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { cleanEvent, NO_DEFINITIONS, stitchWorld } from '../../support/stitch.ts';
import { identityMapFaults } from '../../support/stitch-model.ts';

const DAY_MS = 86_400_000;
const order = (n: number): string => `order_id:shop:${String(n).padStart(5, '0')}`;
const dayOf = (n: number): string => new Date(Date.UTC(2024, 0, 1) + n * DAY_MS).toISOString();
const SHOP = { source_id: 'shop', verified: true };
const placed = (n: number, keys: readonly string[], over: Partial<CleanEvent> = {}): CleanEvent =>
  cleanEvent([...keys, order(n)], { ...SHOP, occurred_at: dayOf(n), ...over });

/** Twenty identifiers are the bound, so ten of them may be orders. */
function worldOf(max_component = 20) {
  const rules = compileRules({ ...SHIPPED_RULES, max_component });
  const world = stitchWorld({ definitions: NO_DEFINITIONS, rules });
  world.clock.tick = 1;
  const { deps, lake } = world;
  const take = async (...events: CleanEvent[]): Promise<void> => {
    for (const event of events) await stitch([event], deps);
  };
  const membersOf = async (key: string) => (await readPersonByKey(deps.store, key))?.person.members ?? [];
  const oneIdOf = async (key: string) => (await readPersonByKey(deps.store, key))?.person.one_id;
  const componentOf = async (key: string): Promise<ComponentDoc> => {
    const bodyOf = async (document: string) => (await deps.store.get([document])).get(document)?.body;
    const { component } = (await bodyOf(identifierDocKey(key))) as IdentifierDoc;
    return (await bodyOf(componentDocKey(component ?? ''))) as ComponentDoc;
  };
  return { lake, take, membersOf, oneIdOf, componentOf };
}

const BUYER = ['email:e1', 'phone:p1'];
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('of plentiful identifiers a component', () => {
  test('keeps the latest and the founder, and word of nobody else', async () => {
    const { take, membersOf, oneIdOf, componentOf, lake } = worldOf();
    await take(...numbers(0, 60).map((n) => placed(n, BUYER)));
    const members = await membersOf('email:e1');
    expect(members).toEqual(expect.arrayContaining([...BUYER, order(59)]));
    expect(members.length).toBeLessThan(14);
    const { sightings, moved, evidence } = await componentOf('email:e1');
    expect(Object.keys(sightings).sort()).toEqual([...members].sort());
    expect(moved).toEqual({});
    expect(evidence.length).toBeLessThan(30);
    for (const n of [1, 20, 40]) expect(await membersOf(order(n))).toEqual([order(n)]);
    expect(lake.of('quarantine')).toEqual([]);
    const oneIds = new Map<string, string>();
    for (const key of [...BUYER, ...numbers(0, 60).map(order)]) oneIds.set(key, (await oneIdOf(key)) ?? '');
    expect(identityMapFaults(lake.of('identity_map'), oneIds)).toEqual([]);
  });

  test('keeps the bytes small, whatever the bound of identifiers is', async () => {
    const { take, componentOf, membersOf } = worldOf(1000);
    await take(...numbers(0, 500).map((n) => placed(n, [...BUYER, 'shopify_customer_id:shop:1'])));
    expect(JSON.stringify(await componentOf('email:e1')).length).toBeLessThan(200_000);
    expect(await membersOf('email:e1')).toContain(order(499));
    expect(await membersOf(order(3))).toEqual([order(3)]);
  });

  test('keeps what holds two others together, and what somebody declared anything about', async () => {
    const { take, membersOf } = worldOf();
    const guest = 'shopify_customer_id:shop:guest';
    await take(placed(0, BUYER), placed(1, BUYER), placed(1, [guest]), placed(2, BUYER));
    const declared = { type: 'bind', name: 'bind', source_id: 'desk', verified: true } as const;
    await take(cleanEvent(['email:e1', order(2)], { ...declared, declared: { by: 'anna', why: 'asked to' } }));
    await take(...numbers(3, 40).map((n) => placed(n, BUYER)));
    const members = await membersOf('email:e1');
    expect(members).toEqual(expect.arrayContaining([guest, order(1), order(2), order(39)]));
    expect(members).not.toContain(order(3));
  });

  test('keeps the order that founded the person: his One ID stays', async () => {
    const { take, membersOf, oneIdOf } = worldOf();
    await take(cleanEvent([order(0)], { ...SHOP, occurred_at: dayOf(-1) }));
    const before = await oneIdOf(order(0));
    await take(...numbers(0, 60).map((n) => placed(n, BUYER)));
    expect(await oneIdOf('email:e1')).toBe(before);
    expect(await membersOf('email:e1')).toContain(order(0));
    expect(await membersOf('email:e1')).not.toContain(order(1));
  });

  test('lets go first of what nobody answerable vouched for', async () => {
    const { take, membersOf } = worldOf();
    await take(...numbers(0, 4).map((n) => placed(n, BUYER)));
    await take(...numbers(100, 140).map((n) => placed(n, ['email:e1'], { source_id: 'web', verified: false })));
    const members = await membersOf('email:e1');
    for (const n of [0, 1, 2, 3]) expect(members).toContain(order(n));
  });

  test('takes an identifier in again that has something new to say, and what follows finds its person', async () => {
    const { take, membersOf, lake } = worldOf();
    await take(...numbers(0, 40).map((n) => placed(n, BUYER)));
    expect(await membersOf(order(2))).toEqual([order(2)]);
    await take(placed(2, BUYER, { source_id: 'erp' }), cleanEvent([order(39)], { ...SHOP, name: 'Order Shipped' }));
    expect(await membersOf(order(39))).toEqual(await membersOf('phone:p1'));
    expect(lake.of('quarantine')).toEqual([]);
  });

  test('leaves all of a type that is not plentiful: beyond the bound nothing is joined', async () => {
    const { take, lake } = worldOf();
    await take(...numbers(0, 30).map((n) => cleanEvent(['email:e1', `anonymous_id:c${n}`])));
    expect(new Set(lake.of('quarantine').map(({ reason }) => reason))).toEqual(new Set(['component_too_large']));
  });
});
