import { describe, expect, test } from 'vitest';
import type { CommitResult, DocStore, ScanOptions, ScanPage, Write } from '../../../functions/shared/doc-store.ts';
import { beginChange, compileActive } from '../../../functions/shared/identity/active-rules.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import { StaleRead } from '../../../functions/shared/person/working-set.ts';
import { ResolveConflict } from '../../../functions/stitch/resweep.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { sweepStep } from '../../../functions/stitch/sweep.ts';
import type { IdentityRules } from '../../../schemas/identifier.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

/** Does something else just before its first commit of a component; the first read after that commit fails. */
class EndingStore implements DocStore {
  readonly #inner: DocStore;
  #before: (() => Promise<unknown>) | undefined;
  #ending: Error | undefined;
  readonly #end: Error;
  constructor(inner: DocStore, before: () => Promise<unknown>, end: Error) {
    this.#inner = inner;
    this.#before = before;
    this.#end = end;
  }
  async get(keys: readonly string[]): ReturnType<DocStore['get']> {
    const ending = this.#ending;
    this.#ending = undefined;
    if (ending) throw ending;
    return this.#inner.get(keys);
  }
  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const before = this.#before;
    if (before === undefined || !writes.some(({ key }) => key.startsWith('c:'))) return this.#inner.commit(writes);
    this.#before = undefined;
    await before();
    const result = await this.#inner.commit(writes);
    this.#ending = this.#end;
    return result;
  }
  scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    return this.#inner.scan(prefix, options);
  }
}

const devices = (version: number, limit: number): IdentityRules => ({
  ...SHIPPED_RULES,
  version,
  types: SHIPPED_RULES.types.map((rule) => (rule.type === 'device_id' ? { ...rule, limit } : rule)),
});

const view = (key: string, day: number) =>
  cleanEvent([key], {
    occurred_at: `2026-03-${day}T03:00:00.000Z`,
    local_date: `2026-03-${day}`,
    properties: { product_id: 'P1' },
  });

/** Two devices of one browser, of which the old rules believe the first; events of both come in just before the sweep joins them. */
async function twoDevices(end: Error) {
  const store = new MemoryDocStore();
  const shipped = devices(1, 1);
  const live = compileActive({ active: shipped, next: null, history: [] });
  const world = stitchWorld({ store, rules: live });
  world.clock.tick = 1;
  const { deps } = world;
  for (const device of ['device_id:d1', 'device_id:d2']) {
    for (const keys of [[device, 'anonymous_id:c1'], [device]]) {
      await stitch([cleanEvent(keys, { type: 'page', occurred_at: '2026-03-12T00:00:00.000Z' })], deps);
    }
  }
  await stitch([view('device_id:d1', 13)], deps);
  const rules = devices(2, 20);
  await beginChange(rules, store, { by: 'anna', why: 'a test', at: '2026-03-15T12:00:00.000Z', shipped });
  Object.assign(live, compileActive({ active: rules, next: null, history: [] }));
  const halves = async (): Promise<void> => {
    await stitch([view('device_id:d1', 14)], deps);
    await stitch([view('device_id:d2', 15)], deps);
  };
  const told: string[] = [];
  const onTouched = async (keys: readonly string[]) => void told.push(...keys);
  const parts = { ...deps, shipped, onTouched };
  const first = sweepStep({ ...parts, store: new EndingStore(store, halves, end) });
  return { store, world, told, first, goOn: () => sweepStep(parts) };
}

describe.each([
  ['dies', new Error('The runner died.'), Error],
  ['finds that others write', new StaleRead('A read after the commit.'), ResolveConflict],
])('a sweep that %s after its commit', (_, end, thrown) => {
  test('tells of the change with its next step, and asks for what the persons had triggered meanwhile', async () => {
    const { store, world, told, first, goOn } = await twoDevices(end);
    await expect(first).rejects.toBeInstanceOf(thrown);
    expect((await readPersonByKey(store, 'device_id:d2'))?.person.members).toHaveLength(3);
    expect(world.bus.due()).toEqual([]);
    expect((await goOn()).sweep?.phase).toBe('done');
    expect(world.bus.due().map(({ campaign }) => campaign)).toEqual(['viewed-three-days-coupon']);
    expect(told).toContain('device_id:d2');
    expect(world.lake.of('person_changes').map(({ change }) => change)).toContain('person.merged');
  });
});
