import { describe, expect, it } from 'vitest';
import { IdentityDiff } from '../../../../functions/shared/identity/diff.ts';
import { compileRules } from '../../../../functions/shared/identity/resolve.ts';
import { maskKey } from '../../../../functions/shared/identity/scare.ts';
import type { Evidence } from '../../../../schemas/evidence.ts';
import { edge, SHIPPED_RULES, seen, verified } from '../../../support/identity.ts';

const before = compileRules(SHIPPED_RULES);
const after = compileRules({
  ...SHIPPED_RULES,
  version: 2,
  types: SHIPPED_RULES.types.map((rule) => ({ ...rule, weak_may_join: true, limit: 9 })),
});

function compare(evidence: readonly Evidence[], days: Record<string, number>, rules = { before, after }) {
  const diff = new IdentityDiff(rules);
  const changed = diff.add({ evidence, sightings: seen(days) });
  return { report: diff.report(), changed };
}

describe('a diff of identity rules', () => {
  const family = [
    verified('user_id:m1', 'device_id:tablet'),
    edge('user_id:m2', 'device_id:tablet'),
    verified('user_id:m2', 'phone:p2'),
  ];
  const days = { 'user_id:m1': 1, 'user_id:m2': 2, 'device_id:tablet': 3, 'phone:p2': 4 };

  it('names the persons that become one, and the weakest link that holds them', () => {
    const { report, changed } = compare(
      family.map((each) => ({ ...each, verified: true })),
      days,
    );
    expect(report.persons).toEqual({ before: 3, after: 1 });
    expect(report.ids).toEqual({ kept: 1, gone: 2, added: 0 });
    expect(report.merges).toMatchObject({ count: 1, of: 3 });
    expect(report.isolated.no_longer).toMatchObject({ count: 1, by_reason: { shared: 1 } });
    expect(report.sizes).toEqual({ before: { '1': 2, '2': 1 }, after: { '3-4': 1 } });
    expect(changed.after.map(({ members }) => members.length)).toEqual([4]);
    const [scary] = report.scariest;
    // log2(4) + 3 for a second member id + log2(1 + 1) / 2 + 4 for a second person with a strong identifier + 1 for the tablet.
    expect(scary).toMatchObject({ score: 2 + 3 + 0.5 + 4 + 1, size: 4, joined: 3, strong: { user_id: 2, phone: 1 } });
  });

  it('counts an unverified or unsure link as the reason to look', () => {
    const unsure = compare([edge('user_id:m1', 'anonymous_id:c1', { confidence: 0.9 })], {}).report.scariest[0];
    const sure = compare([verified('user_id:m1', 'anonymous_id:c1')], {}).report.scariest[0];
    expect((unsure?.score ?? 0) - (sure?.score ?? 0)).toBeCloseTo(2 + 0.5, 5);
    expect(unsure?.weakest).toMatchObject({ verified: false, confidence: 0.9, sides: [1, 1] });
  });

  it('says how large the sets of connected evidence are, refused edges included', () => {
    const rules = { before, after: compileRules({ ...after.rules, max_component: 3 }) };
    expect(compare(family, days, rules).report.components).toEqual({ largest: 4, too_large: 1, bound: 3 });
    expect(compare(family, days).report.components).toMatchObject({ largest: 4, too_large: 0 });
  });

  it('counts identifiers without evidence, and which of them are blocked', () => {
    const blocked = compileRules({ ...SHIPPED_RULES, version: 2, blocked_values: ['user_id:qa'] });
    const diff = new IdentityDiff({ before, after: blocked });
    for (const key of ['user_id:qa', 'user_id:m1']) diff.addAlone(key);
    expect(diff.report()).toMatchObject({
      persons: { before: 2, after: 2 },
      ids: { kept: 2, gone: 0, added: 0 },
      isolated: { newly: { count: 1, examples: ['user_id:••'] } },
    });
  });

  it('keeps the twenty scariest, worst first', () => {
    const diff = new IdentityDiff({ before, after });
    for (let n = 0; n < 40; n += 1) {
      const members = Array.from({ length: 1 + n }, (_, i) => verified(`user_id:m${n}`, `anonymous_id:c${n}x${i}`));
      diff.add({ evidence: members, sightings: [] });
    }
    const { scariest } = diff.report();
    expect(scariest).toHaveLength(20);
    expect(scariest.map(({ score }) => score)).toEqual(scariest.map(({ score }) => score).toSorted((a, b) => b - a));
  });
});

it.each([
  ['user_id:m1', 'user_id:••'],
  ['openid:wx1:oAbCdEfGh', 'openid:wx1:oA…Gh'],
  ['phone:t1.NoXJq0lWiiaEtB4P', 'phone:t1…4P'],
])('%s is shown as %s', (key, masked) => {
  expect(maskKey(key)).toBe(masked);
});
