import { describe, expect, it } from 'vitest';
import { qualityRow } from '../../../../functions/shared/quality/figures.ts';
import {
  brokenRules,
  checkRules,
  loadQualityRules,
  QualityRulesError,
} from '../../../../functions/shared/quality/rules.ts';
import plan from '../../../../schemas/plans/retail.json' with { type: 'json' };
import type { QualityRule } from '../../../../schemas/quality.ts';
import type { FieldRow, QualityRow } from '../../../../schemas/quality-report.ts';
import shipped from '../../../../schemas/quality-rules.json' with { type: 'json' };
import type { TrackingPlan } from '../../../../schemas/tracking-plan.ts';

const PLAN = plan as TrackingPlan;
const common = { id: 'r', title: { en: 'Title', zh: '标题' }, min_events: 10, severity: 'error' as const };

const row = (more: Partial<QualityRow>): QualityRow => ({
  ...qualityRow(
    { day: '2026-03-01', source_id: 'web', event: '' },
    { figures: { accepted: 100 }, faults: [], outside: [], volume: null },
  ),
  ...more,
});
const field = (more: Partial<FieldRow>): FieldRow => ({
  day: '2026-03-01',
  source_id: 'web',
  event: 'Order Completed',
  field: 'order_id',
  planned: true,
  events: 100,
  empty: 2,
  null_share: 0.02,
  type_failures: 0,
  ...more,
});
const broken = (rule: QualityRule, rows: QualityRow[], fields: FieldRow[] = []) =>
  brokenRules([rule], { rows, fields }).map(({ source_id, event, value, threshold }) => ({
    source_id,
    event,
    value,
    threshold,
  }));

describe('the rules that ship', () => {
  it('go with the plan that ships', () => {
    expect(checkRules(shipped, PLAN)).toBe(shipped);
    expect(loadQualityRules(PLAN).rules).toHaveLength(shipped.rules.length);
  });

  it('leave out what another plan does not name', () => {
    const rules = loadQualityRules({ ...PLAN, events: {} }).rules;
    expect(rules.every(({ event }) => event === undefined)).toBe(true);
    expect(rules.length).toBeGreaterThan(4);
  });
});

describe('rules that are wrong', () => {
  const withRule = (more: object) => ({ ...shipped, rules: [{ ...shipped.rules[0], ...more }] });
  const nullRule = { ...common, measure: 'null_share', event: 'Order Completed', field: 'order_id', above: 0.01 };
  it.each([
    [withRule({ below: 'half' }), /^Quality rule "volume-dropped": \/below must be number/],
    [{ ...shipped, rules: [{ ...common, measure: 'lateness_p95_seconds', above: 61 }] }, /^Quality rule "r": \/above /],
    [{ ...shipped, rules: [{ ...common, measure: 'fun', above: 1 }] }, /^Quality rule "r": \/measure /],
    [{ ...shipped, rules: [nullRule, nullRule] }, /"r" exists twice/],
    [{ ...shipped, rules: [{ ...nullRule, event: 'Nothing' }] }, /the plan has no event "Nothing"/],
    [
      { ...shipped, rules: [{ ...nullRule, field: 'nothing' }] },
      /"Order Completed" has no field "nothing" in the plan/,
    ],
    [{ ...shipped, time_zone: '+08:00' }, /time_zone must be an IANA zone/],
    [{ ...shipped, window_hours: 0 }, /^Quality rules: \/window_hours /],
    [null, /^Quality rules: /],
  ])('are refused with the rule and the field: %#', (value, message) => {
    expect(() => checkRules(value, PLAN)).toThrow(QualityRulesError);
    expect(() => checkRules(value, PLAN)).toThrow(message);
  });
});

describe('a rule is broken', () => {
  const share: QualityRule = { ...common, measure: 'quarantine_share', above: 0.02 };

  it('by a share above its threshold, and by no share at it', () => {
    expect(broken(share, [row({ quarantined: 3, quarantine_share: 0.03 })])).toEqual([
      { source_id: 'web', event: '', value: 0.03, threshold: 0.02 },
    ]);
    expect(broken(share, [row({ quarantine_share: 0.02 })])).toEqual([]);
  });

  it('only where enough came', () => {
    expect(broken(share, [row({ accepted: 8, quarantined: 1, quarantine_share: 0.11 })])).toEqual([]);
    expect(broken(share, [row({ accepted: 9, quarantined: 1, quarantine_share: 0.1 })])).toHaveLength(1);
  });

  it('for the source and event that it is about', () => {
    const wrong = { quarantine_share: 0.5 };
    const rows = [row(wrong), row({ ...wrong, source_id: 'app' }), row({ ...wrong, event: 'Order Completed' })];
    expect(broken(share, rows).map(({ source_id, event }) => [source_id, event])).toEqual([
      ['web', ''],
      ['app', ''],
    ]);
    expect(broken({ ...share, source: 'app' }, rows)).toHaveLength(1);
    expect(broken({ ...share, event: 'Order Completed' }, rows)).toMatchObject([{ event: 'Order Completed' }]);
  });

  it('by what nobody counts: never', () => {
    const rule: QualityRule = { ...common, measure: 'duplicate_share', above: 0 };
    expect(broken(rule, [row({ duplicates: null, duplicate_share: null })])).toEqual([]);
    expect(broken(rule, [row({ duplicates: 5, duplicate_share: 0.05 })])).toHaveLength(1);
  });

  it('by a source that fell silent, but not by one of which a single week is known', () => {
    const rule: QualityRule = { ...common, measure: 'volume_ratio', below: 0.5 };
    const silent = { accepted: 0, volume: { counted: 0, expected: 50, deviation: 1, weeks: 4, ratio: 0 } };
    expect(broken(rule, [row(silent)])).toMatchObject([{ value: 0 }]);
    expect(broken(rule, [row({ ...silent, volume: { ...silent.volume, weeks: 1 } })])).toEqual([]);
    expect(broken(rule, [row({ ...silent, volume: { ...silent.volume, expected: 9 } })])).toEqual([]);
  });

  it('by lateness beyond every bound', () => {
    const rule: QualityRule = { ...common, measure: 'lateness_p95_seconds', above: 604_800 };
    expect(broken(rule, [row({ lateness: { within: [], p50_seconds: 60, p95_seconds: null } })])).toHaveLength(1);
    expect(broken(rule, [row({ lateness: { within: [], p50_seconds: 60, p95_seconds: 604_800 } })])).toEqual([]);
  });

  it('by a field that is empty too often', () => {
    const rule: QualityRule = {
      ...common,
      measure: 'null_share',
      event: 'Order Completed',
      field: 'order_id',
      above: 0.01,
    };
    expect(broken(rule, [], [field({}), field({ field: 'total', null_share: 1 })])).toHaveLength(1);
    expect(broken(rule, [], [field({ null_share: 0.01 })])).toEqual([]);
  });

  it('errors first', () => {
    const rows = [row({ quarantine_share: 0.5, unplanned_share: 0.5 })];
    const mild: QualityRule = { ...common, id: 'mild', measure: 'unplanned_share', above: 0.1, severity: 'warning' };
    expect(brokenRules([mild, share], { rows, fields: [] }).map(({ rule }) => rule)).toEqual(['r', 'mild']);
  });
});
