import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { compilePlan } from '../../../../functions/clean/plan.ts';
import { decode } from '../../../../functions/shared/protocols/snowplow/decode.ts';
import { encodeRaw } from '../../../../functions/shared/raw-record.ts';
import RETAIL from '../../../../schemas/plans/retail.json' with { type: 'json' };
import { CLEAN_DEPS, WEB } from '../../../support/ingest.ts';
import { AT, BASE, bodyOf, contexts, decodedOne, ECOMMERCE, entity, SNOWPLOW, unstruct } from './events.ts';

describe('what Snowplow’s e-commerce schemas are in the tracking plan', () => {
  const deps = { ...CLEAN_DEPS, plan: compilePlan(RETAIL as Parameters<typeof compilePlan>[0]) };
  const product = (id: string) =>
    entity(`${ECOMMERCE}/product`, { id, name: id, category: 'tea', price: 9.5, currency: 'CNY', quantity: 2 });
  const action = (type: string, ...entities: object[]) => ({
    ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type, name: 'list-1' }),
    ...contexts(...entities),
  });

  /** By name, as they come out of cleaning with the whole plan: none may break it. */
  function planned(event: object) {
    const source = { ...WEB, class: 'public' as const };
    const received_at = new Date(AT).toISOString();
    const head = { v: 1 as const, protocol: 'snowplow', route: 'tp2', source, request_id: 'r1', received_at };
    const { events, quarantined } = cleanRecord(encodeRaw(head, bodyOf({ ...BASE, ...event })), deps);
    expect(quarantined).toEqual([]);
    return events.map(({ name, event_id, properties }) => [
      name,
      event_id,
      properties.product_id ?? properties.order_id,
    ]);
  }

  it.each([
    ['product_view', action('product_view', product('p1')), [['Product Viewed', 'e-1', 'p1']]],
    [
      'add_to_cart, of two',
      action('add_to_cart', product('p1'), product('p2'), entity(`${ECOMMERCE}/cart`, { cart_id: 'c1' })),
      [
        ['Product Added', 'e-1', 'p1'],
        ['Product Added', 'e-1.1', 'p2'],
      ],
    ],
    ['remove_from_cart', action('remove_from_cart', product('p1')), [['Product Removed', 'e-1', 'p1']]],
    ['list_view', action('list_view', product('p1')), [['Product List Viewed', 'e-1', undefined]]],
    [
      'checkout_step, the first',
      action('checkout_step', entity(`${ECOMMERCE}/checkout_step`, { step: 1 })),
      [['Checkout Started', 'e-1', undefined]],
    ],
    [
      'checkout_step, another',
      action('checkout_step', entity(`${ECOMMERCE}/checkout_step`, { step: 2 })),
      [['checkout_step', 'e-1', undefined]],
    ],
    [
      'transaction',
      action(
        'transaction',
        entity(`${ECOMMERCE}/transaction`, { transaction_id: 'o1', revenue: 19, currency: 'CNY', tax: 0 }),
        product('p1'),
      ),
      [['Order Completed', 'e-1', 'o1']],
    ],
    [
      'refund',
      action('refund', entity(`${ECOMMERCE}/refund`, { transaction_id: 'o1', refund_amount: 19, currency: 'CNY' })),
      [['Order Refunded', 'e-1', 'o1']],
    ],
    ['what the plan does not name', action('promo_click'), [['promo_click', 'e-1', undefined]]],
    [
      'the older schema',
      unstruct(`${SNOWPLOW}/add_to_cart`, { sku: 's1', unitPrice: 9.5, quantity: 1, currency: 'CNY' }),
      [['Product Added', 'e-1', 's1']],
    ],
    [
      'a transaction in parameters',
      { e: 'tr', tr_id: 'o1', tr_tt: '27.5', tr_cu: 'CNY' },
      [['Order Completed', 'e-1', 'o1']],
    ],
  ])('%s', (_, event, expected) => {
    expect(planned(event)).toEqual(expected);
  });
});

it('has money and counts as numbers, also where the tracker writes them as texts', () => {
  const products = [entity(`${ECOMMERCE}/product`, { id: 'p1', price: '9.5', quantity: '2', list_price: 12 })];
  const order = entity(`${ECOMMERCE}/transaction`, { transaction_id: 'o1', revenue: '19', tax: 1 });
  const event = unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type: 'transaction' });
  const { properties, context } = decodedOne({ ...event, ...contexts(...products, order) });
  expect(properties).toMatchObject({
    order_id: 'o1',
    total: 19,
    tax: 1,
    products: [{ product_id: 'p1', price: 9.5, quantity: 2, list_price: 12 }],
  });
  expect(context.entities).toEqual([order]);
});

it('takes no more events than any protocol, also where one becomes several', () => {
  const products = Array.from({ length: 3 }, (_, n) => entity(`${ECOMMERCE}/product`, { id: `p${n}` }));
  const many = {
    ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type: 'add_to_cart' }),
    ...contexts(...products),
  };
  const body = bodyOf(...Array.from({ length: 834 }, () => many));
  expect(decode({ route: 'tp2', body, params: {} }, undefined)).toMatchObject({ reason: 'too_many_events' });
  const plain = bodyOf(...Array.from({ length: 2501 }, () => ({})));
  expect(decode({ route: 'tp2', body: plain, params: {} }, undefined)).toMatchObject({ reason: 'too_many_events' });
});

it('does not let one event of many products grow beyond all bounds', () => {
  const products = Array.from({ length: 100 }, (_, n) => entity(`${ECOMMERCE}/product`, { id: `p${n}` }));
  const large = entity('iglu:com.acme/large', { text: 'x'.repeat(19_000) });
  const all = contexts(...products.slice(1), large);
  const many = { ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type: 'add_to_cart' }), ...all };
  const one = decode({ route: 'tp2', body: bodyOf(many), params: {} }, undefined);
  expect('items' in one && one.items.length).toBe(99);
  const body = bodyOf(many, many, many);
  expect(decode({ route: 'tp2', body, params: {} }, undefined)).toMatchObject({ reason: 'event_too_large' });
});
