import { describe, expect, test } from 'vitest';
import { compileDefinitions } from '../../../../functions/shared/definitions.ts';
import { emptyAggregate, foldEvent, mergeAggregates } from '../../../../functions/shared/profile/aggregate.ts';
import { toMinorUnits } from '../../../../functions/shared/profile/money.ts';
import { valuesAt } from '../../../../functions/shared/profile/path.ts';
import { runsOf } from '../../../../functions/shared/profile/streak.ts';
import { evaluateTag, evaluateTags } from '../../../../functions/shared/profile/tags.ts';
import type { Measure, TagDefinition } from '../../../../schemas/definition.ts';
import type { CleanEvent } from '../../../../schemas/event.ts';
import { cleanEvent } from '../../../support/stitch.ts';

const tag = (measure: Measure, id = 'a_tag'): TagDefinition => ({
  id,
  version: 1,
  title: { en: 'A tag', zh: '标签' },
  owner: 'tests',
  purpose: 'tests',
  measure,
});

const on = (date: string, over: Partial<CleanEvent> = {}): CleanEvent =>
  cleanEvent(['user_id:m1'], { occurred_at: `${date}T04:00:00.000Z`, local_date: date, ...over });
const orderOn = (date: string, properties: CleanEvent['properties']): CleanEvent =>
  on(date, { name: 'Order Completed', properties });

/** The tag on these events, at this moment; the person is in Shanghai unless an event says otherwise. */
function value(measure: Measure, events: readonly CleanEvent[], now: string) {
  const { registers, tags } = compileDefinitions([tag(measure)], []);
  const parts = events.map((event) => {
    const aggregate = emptyAggregate();
    foldEvent(aggregate, event, registers);
    return aggregate;
  });
  return tags[0] && evaluateTag(tags[0], mergeAggregates(parts), Date.parse(now));
}

const NOON = '2026-03-15T04:00:00.000Z';

describe('runs of days', () => {
  test('by group, then date; months and leap days are passed', () => {
    const days = ['2028-02-28|a', '2028-03-01|a', '2028-02-29|a', '2028-03-05|a', '2026-12-31|', '2027-01-01|'];
    expect(runsOf(Object.fromEntries(days.map((day) => [day, 1])))).toEqual([
      { group: '', from: '2026-12-31', to: '2027-01-01', days: 2 },
      { group: 'a', from: '2028-02-28', to: '2028-03-01', days: 3 },
      { group: 'a', from: '2028-03-05', to: '2028-03-05', days: 1 },
    ]);
    expect(runsOf({})).toEqual([]);
  });
});

describe('tags', () => {
  test('streak_days: the longest run that still lives, in one group', () => {
    const measure: Measure = { kind: 'streak_days', event: 'Product Viewed', by: 'product_id' };
    const view = (date: string, product: string) => on(date, { properties: { product_id: product } });
    const events = [view('2026-03-13', 'a'), view('2026-03-14', 'a'), view('2026-03-15', 'b'), view('2026-03-12', 'b')];
    expect(value(measure, events, NOON)).toBe(2);
    expect(value(measure, events, '2026-03-15T16:00:00.000Z')).toBe(1);
    expect(value(measure, events, '2026-03-16T16:00:00.000Z')).toBe(0);
    expect(value(measure, [], NOON)).toBe(0);
  });

  test('count: a window of local days that ends today', () => {
    const measure: Measure = { kind: 'count', event: 'Order Completed', window_days: 2 };
    const events = ['2026-03-13', '2026-03-14', '2026-03-15'].map((date) => orderOn(date, {}));
    expect(value(measure, events, NOON)).toBe(2);
    expect(value(measure, events, '2026-03-15T16:00:00.000Z')).toBe(1);
    expect(value({ kind: 'count', event: 'Order Completed' }, events, '2030-01-01T00:00:00.000Z')).toBe(3);
    expect(value({ kind: 'count', event: 'Order Completed', channel: 'app' }, events, NOON)).toBe(0);
  });

  test('the window follows the zone that an event named last', () => {
    const zone = { time_zone: 'America/New_York', time_zone_known: true };
    const events = [on('2026-03-14', { ...zone, name: 'Order Completed' })];
    const measure: Measure = { kind: 'count', event: 'Order Completed', window_days: 1 };
    expect(value(measure, events, '2026-03-15T03:59:00.000Z')).toBe(1);
    expect(value(measure, events, '2026-03-15T04:00:00.000Z')).toBe(0);
  });

  test('sum: minor units of one currency, refunds included', () => {
    const measure: Measure = {
      kind: 'sum',
      event: 'Order Completed',
      property: 'total',
      currency: 'CNY',
      window_days: 30,
    };
    const events = [
      orderOn('2026-03-15', { total: 19.99 }),
      orderOn('2026-03-14', { total: 0.1, currency: 'cny' }),
      orderOn('2026-03-14', { total: -5, currency: 'CNY' }),
      orderOn('2026-03-14', { total: 100, currency: 'USD' }),
      orderOn('2026-03-14', { total: '7' }),
      orderOn('2026-01-01', { total: 1000 }),
    ];
    expect(value(measure, events, NOON)).toBe(1999 + 10 - 500);
  });

  test('last: the time, or the value of a property', () => {
    const events = [orderOn('2026-03-15', { total: 1 }), orderOn('2026-03-13', { total: 2 })];
    expect(value({ kind: 'last', event: 'Order Completed' }, events, NOON)).toBe('2026-03-15T04:00:00.000Z');
    expect(value({ kind: 'last', event: 'Order Completed', property: 'total' }, events, NOON)).toBe(1);
    expect(value({ kind: 'last', event: 'Order Completed', property: 'none' }, events, NOON)).toBeNull();
    expect(value({ kind: 'last', event: 'Order Completed' }, [], NOON)).toBeNull();
  });

  test('absent: true once the last one has left the window', () => {
    const measure: Measure = { kind: 'absent', event: 'Order Completed', window_days: 3 };
    expect(value(measure, [], NOON)).toBe(true);
    expect(value(measure, [orderOn('2026-03-13', {})], NOON)).toBe(false);
    expect(value(measure, [orderOn('2026-03-12', {})], NOON)).toBe(true);
  });

  test('all of them, sorted by id', () => {
    const measure: Measure = { kind: 'count', event: 'x' };
    const definitions = compileDefinitions([tag(measure, 'b'), tag(measure, 'a')], []);
    expect(JSON.stringify(evaluateTags(definitions, emptyAggregate(), 0))).toBe('{"a":0,"b":0}');
  });
});

describe('money', () => {
  test.each([
    [1.15, 'CNY', 115],
    [-1.15, 'CNY', -115],
    [0.125, 'CNY', 13],
    [-0.125, 'CNY', -13],
    [1500, 'JPY', 1500],
    [1.234, 'KWD', 1234],
    [-0.001, 'CNY', 0],
  ])('%d %s is %i minor units', (amount, currency, minor) => expect(toMinorUnits(amount, currency, {})).toBe(minor));

  test('what is no amount of this currency does not count', () => {
    for (const amount of ['1', null, Number.NaN, Number.POSITIVE_INFINITY, 1e11]) {
      expect(toMinorUnits(amount, 'CNY', {})).toBeUndefined();
    }
    expect(toMinorUnits(1, 'CNY', { currency: 'USD' })).toBeUndefined();
    expect(toMinorUnits(1, 'CNY', { currency: 7 })).toBe(100);
  });
});

describe('paths', () => {
  test('step into objects, fan out over arrays, and read only what is own', () => {
    const root = { a: { b: 1 }, list: [{ id: 'x' }, { id: 'y' }, 7, null], empty: [] };
    expect(valuesAt(root, 'a.b')).toEqual([1]);
    expect(valuesAt(root, 'list[].id')).toEqual(['x', 'y']);
    expect(valuesAt(root, 'a[].b')).toEqual([]);
    expect(valuesAt(root, 'empty[].id')).toEqual([]);
    expect(valuesAt(root, 'a.c')).toEqual([]);
    for (const path of ['constructor.name', '__proto__', 'a.toString']) expect(valuesAt(root, path)).toEqual([]);
    expect(valuesAt(null, 'a')).toEqual([]);
  });
});
