import { describe, expect, it } from 'vitest';
import type { Versioned } from '../../../../functions/shared/doc-store.ts';
import { beginChange, nextPhase, RULES_KEY, readRules } from '../../../../functions/shared/identity/active-rules.ts';
import { RULES_SPREAD_MS, RulesInForce, RulesTooOld } from '../../../../functions/shared/identity/rules-in-force.ts';
import { TOPOLOGY } from '../../../../functions/shared/topology.ts';
import type { IdentityRules } from '../../../../schemas/identifier.ts';
import { SHIPPED_RULES } from '../../../support/identity.ts';
import { MemoryDocStore } from '../../../support/memory-doc-store.ts';
import { heldClock } from '../../../support/stitch.ts';

const { identity_rules_cache_seconds: CACHE, identity_rules_trust_seconds: TRUST } = TOPOLOGY.limits;

/** A container over a store that can be away, on a clock that is moved by hand. */
function container(options: { trustSeconds?: number } = {}) {
  const inner = new MemoryDocStore();
  const clock = heldClock();
  const reads: string[][] = [];
  const faults: unknown[] = [];
  const state = { away: false, slowSeconds: 0 };
  const store = {
    async get(keys: readonly string[]): Promise<Map<string, Versioned>> {
      reads.push([...keys]);
      if (state.away) throw new Error('The store is away.');
      const found = await inner.get(keys);
      clock.at += state.slowSeconds * 1000;
      return found;
    },
  };
  const rules = new RulesInForce({
    store,
    shipped: SHIPPED_RULES,
    clock,
    onFault: (error) => faults.push(error),
    ...options,
  });
  const change = (version: number, over: Partial<IdentityRules> = {}) =>
    beginChange({ ...SHIPPED_RULES, ...over, version }, inner, {
      by: 'anna',
      why: 'a test',
      at: '2026-03-15T12:00:00.000Z',
      shipped: SHIPPED_RULES,
    });
  const pass = (seconds: number): void => {
    clock.at += seconds * 1000;
  };
  const version = async () => (await rules.get()).rules.version;
  return { inner, rules, reads, faults, state, change, pass, version };
}

describe('the rules in force, as a container knows them', () => {
  it('are those that ship with it where none are stored, read once and from one document', async () => {
    const { rules, reads, version } = container();
    const [first, second] = await Promise.all([rules.get(), rules.get()]);
    expect(first).toBe(second);
    expect(await version()).toBe(SHIPPED_RULES.version);
    expect(reads).toEqual([[RULES_KEY]]);
  });

  it('are the stored ones, and others at most the length of the cache after these were stored', async () => {
    const { rules, reads, change, pass, version } = container();
    await rules.get();
    await change(2, { max_degree: 7 });
    pass(CACHE - 1);
    expect(await version()).toBe(SHIPPED_RULES.version);
    pass(1);
    expect(await version()).toBe(2);
    const known = await rules.get();
    pass(CACHE);
    expect(await rules.get(), 'not compiled again while nothing changes').toBe(known);
    expect(reads).toHaveLength(3);
  });

  it('know those that wait, while the evidence for them is collected', async () => {
    const { inner, rules, change, pass, version } = container();
    await change(2, { max_degree: SHIPPED_RULES.max_degree + 1 });
    expect(await rules.get()).toMatchObject({
      rules: { version: SHIPPED_RULES.version },
      next: { rules: { version: 2 } },
    });
    const stored = await readRules(inner, SHIPPED_RULES);
    if (stored.sweep) await inner.commit(nextPhase(stored.sweep, stored, '').writes);
    pass(CACHE);
    expect(await version()).toBe(2);
    expect((await rules.get()).next).toBeUndefined();
  });

  it('stay the last known ones while the store is away, which is told each time it was asked', async () => {
    const { rules, reads, faults, state, change, pass, version } = container();
    await rules.get();
    await change(2);
    state.away = true;
    pass(CACHE);
    expect(await version()).toBe(SHIPPED_RULES.version);
    expect(await version()).toBe(SHIPPED_RULES.version);
    expect([faults.length, reads.length], 'not asked again at once').toEqual([1, 2]);
    pass(10_000);
    expect(await version()).toBe(SHIPPED_RULES.version);
    expect(faults).toHaveLength(2);
    state.away = false;
    pass(5);
    expect(await version()).toBe(2);
  });

  it('are refused to who writes persons when they may have been replaced everywhere else', async () => {
    const { rules, state, change, pass, version } = container({ trustSeconds: TRUST });
    await rules.get();
    await change(2);
    state.away = true;
    pass(TRUST);
    expect(await version()).toBe(SHIPPED_RULES.version);
    pass(1);
    await expect(rules.get()).rejects.toThrow(RulesTooOld);
    state.away = false;
    pass(5);
    expect(await version()).toBe(2);
    expect(RULES_SPREAD_MS).toBeGreaterThan((TRUST + TOPOLOGY.limits.stitch_timeout_seconds) * 1000);
  });

  it('are as old as the question was, when the answer took long', async () => {
    const { rules, state, pass, version } = container({ trustSeconds: TRUST });
    state.slowSeconds = CACHE - 5;
    expect(await version()).toBe(SHIPPED_RULES.version);
    state.away = true;
    pass(TRUST - state.slowSeconds + 1);
    await expect(rules.get()).rejects.toThrow(RulesTooOld);
  });

  it('are not those that ship with it when the store was never read: others may be in force', async () => {
    const { rules, state, pass, version, faults } = container();
    state.away = true;
    await expect(rules.get()).rejects.toThrow('The store is away.');
    await expect(rules.get()).rejects.toThrow('The store is away.');
    expect(faults).toHaveLength(1);
    state.away = false;
    pass(5);
    expect(await version()).toBe(SHIPPED_RULES.version);
  });

  it('stay the last known ones when what is stored is no rules', async () => {
    const { inner, rules, faults, pass, version } = container();
    await rules.get();
    await inner.commit([{ key: RULES_KEY, expected: 0, body: { active: { version: 2 }, next: null, history: [] } }]);
    pass(CACHE);
    expect(await version()).toBe(SHIPPED_RULES.version);
    expect(faults).toMatchObject([{ name: 'IdentityRulesError' }]);
  });
});
