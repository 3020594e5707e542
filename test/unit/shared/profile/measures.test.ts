import { describe, expect, test } from 'vitest';
import { compileDefinitions, DefinitionError } from '../../../../functions/shared/definitions.ts';
import { emptyAggregate, foldEvent, mergeAggregates } from '../../../../functions/shared/profile/aggregate.ts';
import { evaluateTag } from '../../../../functions/shared/profile/tags.ts';
import type { Measure, TagDefinition } from '../../../../schemas/definition.ts';
import type { CleanEvent } from '../../../../schemas/event.ts';
import { cleanEvent } from '../../../support/stitch.ts';

const tag = (measure: Measure | object): TagDefinition => ({
  ...{ id: 'a_tag', version: 1, title: { en: 'A tag', zh: '标签' }, owner: 'tests', purpose: 'tests' },
  measure: measure as Measure,
});

/** An order in Shanghai at a time of its local day. */
const order = (date: string, properties: CleanEvent['properties'] = {}, time = '12:00'): CleanEvent =>
  cleanEvent(['user_id:m1'], {
    name: 'Order Completed',
    occurred_at: new Date(`${date}T${time}:00.000+08:00`).toISOString(),
    local_date: date,
    properties,
  });

const lines = (...categories: string[]) => ({ products: categories.map((category) => ({ category })) });

/** The tag on these events, each folded into an identifier of its own; the person is in Shanghai, on 15 March 2026. */
function value(measure: Measure, events: readonly CleanEvent[]) {
  const { registers, tags } = compileDefinitions([tag(measure)], []);
  const parts = events.map((event) => {
    const aggregate = emptyAggregate();
    foldEvent(aggregate, event, registers);
    return aggregate;
  });
  return tags[0] && evaluateTag(tags[0], mergeAggregates(parts), Date.parse('2026-03-15T12:00:00.000+08:00'));
}

const event = 'Order Completed';
const total = { event, property: 'total', currency: 'CNY' } as const;
const category = { event, property: 'products[].category' } as const;

describe('numbers', () => {
  const orders = [
    order('2026-03-15', { total: 10 }),
    order('2026-03-14', { total: 20.01 }),
    order('2026-03-01', { total: 300 }),
    order('2026-03-15', { total: 99, currency: 'USD' }),
    order('2026-03-15', { total: '7' }),
  ];

  test('count and sum without a window never forget, however many days there were', () => {
    const years = Array.from({ length: 1_200 }, (_, n) => {
      const date = new Date(Date.UTC(2020, 0, 1 + n)).toISOString().slice(0, 10);
      return order(date, { total: 1 });
    });
    expect(value({ kind: 'count', event }, years)).toBe(1_200);
    expect(value({ kind: 'sum', ...total }, years)).toBe(120_000);
  });

  test('average: the sum by the number of events that name an amount in this currency', () => {
    expect(value({ kind: 'average', ...total }, orders)).toBe(11_000);
    expect(value({ kind: 'average', ...total, window_days: 2 }, orders)).toBe(1_501);
    expect(value({ kind: 'average', ...total }, orders.slice(3))).toBeNull();
    const refunds = [order('2026-03-15', { total: -0.01 }), order('2026-03-15', { total: 0 })];
    expect(value({ kind: 'average', ...total }, refunds)).toBe(-1);
  });

  test('min and max: in minor units with a currency, as it is without one', () => {
    expect(value({ kind: 'min', ...total }, orders)).toBe(1_000);
    expect(value({ kind: 'max', ...total }, orders)).toBe(30_000);
    expect(value({ kind: 'max', ...total, window_days: 2 }, orders)).toBe(2_001);
    expect(value({ kind: 'max', event, property: 'total' }, orders)).toBe(300);
    expect(value({ kind: 'min', event, property: 'rating' }, orders)).toBeNull();
    expect(value({ kind: 'min', ...total, window_days: 2 }, orders.slice(2, 3))).toBeNull();
  });
});

describe('time', () => {
  test('first: the time, or the value of a property', () => {
    const orders = [order('2026-03-15', { store: 'B' }), order('2026-03-13', { store: 'A' })];
    expect(value({ kind: 'first', event }, orders)).toBe('2026-03-13T04:00:00.000Z');
    expect(value({ kind: 'first', event, property: 'store' }, orders)).toBe('A');
    expect(value({ kind: 'first', event }, [])).toBeNull();
  });

  test('distinct_days: each local day once', () => {
    const orders = [order('2026-03-15'), order('2026-03-15'), order('2026-03-14'), order('2026-02-01')];
    expect(value({ kind: 'distinct_days', event }, orders)).toBe(3);
    expect(value({ kind: 'distinct_days', event, window_days: 30 }, orders)).toBe(2);
    expect(value({ kind: 'distinct_days', event }, [])).toBe(0);
  });

  test('hour: of the local day, wherever he is; of several the earliest', () => {
    const evening = [order('2026-03-15', {}, '21:30'), order('2026-03-14', {}, '21:00')];
    expect(value({ kind: 'hour', event }, [...evening, order('2026-03-13', {}, '08:00')])).toBe(21);
    expect(value({ kind: 'hour', event }, [...evening.slice(1), order('2026-03-13', {}, '00:10')])).toBe(0);
    const inNewYork = { occurred_at: '2026-03-15T03:00:00.000Z', time_zone: 'America/New_York' };
    expect(value({ kind: 'hour', event }, [cleanEvent(['user_id:m1'], { name: event, ...inNewYork })])).toBe(23);
    expect(value({ kind: 'hour', event }, [])).toBeNull();
  });
});

describe('values of a property', () => {
  const orders = [
    order('2026-03-15', lines('shoes', 'shoes', 'socks')),
    order('2026-03-14', lines('socks')),
    order('2026-01-01', lines('tents')),
    order('2026-01-02', lines('tents')),
    order('2026-01-03', lines('tents', '__proto__')),
  ];

  test('distinct: how many different ones', () => {
    expect(value({ kind: 'distinct', ...category }, orders)).toBe(4);
    expect(value({ kind: 'distinct', ...category, window_days: 30 }, orders)).toBe(2);
    expect(value({ kind: 'distinct', ...category }, [])).toBe(0);
  });

  test('has: ever, or within a window', () => {
    expect(value({ kind: 'has', ...category, value: 'tents' }, orders)).toBe(true);
    expect(value({ kind: 'has', ...category, value: 'tents', window_days: 30 }, orders)).toBe(false);
    expect(value({ kind: 'has', ...category, value: 'socks', window_days: 30 }, orders)).toBe(true);
    expect(value({ kind: 'has', ...category, value: '__proto__' }, orders)).toBe(true);
    expect(value({ kind: 'has', ...category, value: 'constructor' }, orders)).toBe(false);
  });

  test('top: what most orders had; of several the first by name', () => {
    expect(value({ kind: 'top', ...category }, orders)).toBe('tents');
    expect(value({ kind: 'top', ...category, window_days: 30 }, orders)).toBe('socks');
    expect(value({ kind: 'top', ...category }, orders.slice(0, 1))).toBe('shoes');
    expect(value({ kind: 'top', ...category }, [])).toBeNull();
  });

  test('a channel narrows every one of them', () => {
    expect(value({ kind: 'top', ...category, channel: 'app' }, orders)).toBeNull();
    expect(value({ kind: 'has', ...category, channel: 'app', value: 'tents' }, orders)).toBe(false);
  });
});

describe('a wrong measure is refused in words that help', () => {
  test.each([
    [{ kind: 'median', event }, /\/measure\/kind must be one of .*count, sum, .*hour\./],
    [{ kind: 'has', ...category }, /\/measure must have required properties value\./],
    [{ kind: 'count', event, by: 'x' }, /\/measure must not have additional properties: by\./],
    [{ kind: 'count', event, window_days: 401 }, /\/measure\/window_days must be <= 400\./],
    [{ kind: 'sum', ...total, currency: 'cny' }, /\/measure\/currency must match pattern/],
    [7, /\/measure/],
  ])('%j', (measure, message) => {
    const compile = () => compileDefinitions([tag(measure as object)], []);
    expect(compile).toThrow(DefinitionError);
    expect(compile).toThrow(message);
  });
});
