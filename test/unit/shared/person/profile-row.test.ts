import { expect, test } from 'vitest';
import { profileRow, profileSeq } from '../../../../functions/shared/person/profile-row.ts';
import type { PersonState } from '../../../../functions/shared/person/read.ts';
import { folded } from '../../../support/profile.ts';
import { cleanEvent, DEFINITIONS, SHIPPED } from '../../../support/stitch.ts';

const at = (date: string, time = '12:00') => ({
  occurred_at: new Date(`${date}T${time}:00.000+08:00`).toISOString(),
  local_date: date,
});

const order = (date: string, total: number, category: string) =>
  cleanEvent(['user_id:m1'], {
    ...{ name: 'Order Completed', source_id: 'server', ...at(date) },
    properties: { order_id: date, total, currency: 'CNY', products: [{ product_id: 'P1', category }] },
  });

test('the lake row of a person carries every tag that ships, and who was believed about a trait', () => {
  const events = [
    order('2026-01-05', 300, '跑步'),
    order('2026-03-15', 99.9, '户外'),
    cleanEvent(['user_id:m1'], { ...at('2026-03-15', '21:00'), properties: { product_id: 'P1' } }),
    cleanEvent(['user_id:m1'], { ...at('2026-03-14', '21:59'), properties: { product_id: 'P2' } }),
    cleanEvent(['user_id:m1'], { ...at('2026-03-15'), name: 'Product Added', properties: { category: '户外' } }),
    ...(['crm', 'app'] as const).map((source_id, index) =>
      cleanEvent(['user_id:m1'], {
        ...{ type: 'identify', name: 'identify', source_id, ...at(`2026-03-0${1 + index}`) },
        traits: { level: source_id === 'crm' ? 'silver' : 'gold' },
      }),
    ),
  ];
  const state: PersonState = {
    person: { one_id: 'p_1', founder: 'user_id:m1', members: ['user_id:m1'], shared: false },
    aggregate: folded(events, { specs: DEFINITIONS.registers }),
    first_seen: {},
    component: undefined,
  };
  const now = Date.parse('2026-03-15T23:00:00.000+08:00');
  const row = profileRow(state, { definitions: DEFINITIONS, rules: SHIPPED, now });
  expect(JSON.parse(String(row.tags))).toEqual({
    active_hour: 21,
    average_order_cny: 19_995,
    bought_running: true,
    categories_bought: 2,
    favourite_category: '户外',
    first_order_at: '2026-01-05T04:00:00.000Z',
    largest_order_cny: 30_000,
    last_order_at: '2026-03-15T04:00:00.000Z',
    last_product_viewed: 'P1',
    no_order_30d: false,
    order_days_365d: 2,
    orders_90d: 2,
    orders_total: 2,
    product_view_streak_days: 1,
    products_viewed_30d: 2,
    revenue_cny_90d: 39_990,
    revenue_cny_total: 39_990,
  });
  expect(JSON.parse(String(row.basic)).level).toMatchObject({ value: 'silver', source_id: 'crm', won_by: 'priority' });
});

test('states of a person are ordered by changes of membership, then by events, and above every clock', () => {
  const component = (changes: number) => ({
    ...{ to: null, moved: {}, evidence: [], external: [], sightings: {}, persons: [] },
    changes,
  });
  const far = Number.POSITIVE_INFINITY;
  const states = [
    Date.parse('9999-01-01T00:00:00.000Z'),
    profileSeq(undefined, 1),
    profileSeq(undefined, 2),
    profileSeq(component(1), 2),
    profileSeq(component(1), far),
    profileSeq(component(2), 0),
    profileSeq(component(far), far),
  ];
  expect(states.toSorted((a, b) => a - b)).toEqual(states);
  expect(new Set(states).size).toBe(states.length);
  expect(Number.isSafeInteger(states.at(-1))).toBe(true);
});
