import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { Source } from '../../../schemas/event.ts';
import plan from '../../../schemas/plans/retail.json' with { type: 'json' };
import sources from '../../../schemas/sources/retail.json' with { type: 'json' };
import { TrackingPlan } from '../../../schemas/tracking-plan.ts';

const contract = Compile(TrackingPlan);
const read = (data: unknown): TrackingPlan => {
  if (!contract.Check(data)) throw new Error(JSON.stringify([...contract.Errors(data)]));
  return data;
};
const planned = read(plan);

/** True when the properties keep to what the plan says of the event. */
const accepts = (name: string, properties: unknown): boolean => {
  const event = planned.events[name];
  if (event === undefined) throw new Error(`the plan has no ${name}`);
  const schema = { type: 'object', properties: event.properties, required: event.required };
  return Compile(Type.Unsafe<unknown>(schema)).Check(properties);
};

describe("the retailer's tracking plan", () => {
  it('keeps to its contract', () => {
    expect([...contract.Errors(plan)]).toEqual([]);
  });

  it('names every event of the shop', () => {
    expect(Object.keys(planned.events)).toEqual([
      ...['page', 'screen', 'identify', 'Products Searched', 'Product List Viewed', 'Product Viewed', 'Product Added'],
      ...['Product Removed', 'Cart Viewed', 'Checkout Started', 'Order Completed', 'Order Refunded', 'Order Cancelled'],
      ...['Signed Up', 'Signed In', 'Signed Out', 'Store Entered', 'Member Code Scanned', 'Coupon Received'],
      ...['Coupon Redeemed', 'Ticket Opened', 'Ticket Closed', 'Member Updated'],
    ]);
  });

  it('requires only properties that it describes, and gives the type under its own key', () => {
    for (const [name, event] of Object.entries(planned.events)) {
      for (const field of event.required) expect(Object.keys(event.properties), name).toContain(field);
      const byType = ['page', 'screen', 'identify'].includes(name);
      expect(event.type, name).toBe(byType ? name : 'track');
    }
  });

  it.each([
    ['Product Viewed', { product_id: 'P1001', price: 899, currency: 'CNY', campaign: 'spring' }],
    ['Product Added', { product_id: 'P1001', quantity: 0.5 }],
    ['Order Completed', { order_id: 'O1', total: 0, products: [{ product_id: 'P1001', price: 1.5 }] }],
    ['Order Completed', { order_id: 'O1' }],
    ['Checkout Started', {}],
    ['Store Entered', { store_id: 'S01' }],
    ['identify', { phone: 13_800_138_000, level: 'gold' }],
    ['page', {}],
  ])('takes %s %j', (name, properties) => {
    expect(accepts(name, properties)).toBe(true);
  });

  it.each([
    ['Product Viewed', {}],
    ['Product Viewed', { product_id: '' }],
    ['Product Viewed', { product_id: 'P1001', price: 'abc' }],
    ['Product Viewed', { product_id: 'P1001', price: -1 }],
    ['Product Added', { product_id: 'P1001', currency: 'yuan' }],
    ['Product Added', { quantity: 1 }],
    ['Order Completed', { total: 12 }],
    ['Order Completed', { order_id: 'O1', total: '¥199.00' }],
    ['Order Completed', { order_id: 'O1', products: [{ price: 1 }] }],
    ['Store Entered', {}],
    ['Ticket Opened', { topic: 'return' }],
  ])('refuses %s %j', (name, properties) => {
    expect(accepts(name, properties)).toBe(false);
  });

  it('marks what is personal', () => {
    const personal = Object.entries(planned.events).flatMap(([name, event]) =>
      Object.entries(event.properties)
        .filter(([, schema]) => Type.IsSchema(schema) && Reflect.get(schema, 'x-personal') === true)
        .map(([property]) => `${name}.${property}`),
    );
    expect(personal).toEqual([
      ...['name', 'phone', 'email', 'birthday', 'gender', 'address'].map((trait) => `identify.${trait}`),
      'Order Completed.shipping_address',
      'Ticket Opened.description',
    ]);
  });
});

describe("the retailer's sources", () => {
  it('keep to their contract', () => {
    expect([...Compile(Type.Array(Source)).Errors(sources)]).toEqual([]);
  });

  it('are public where the write key is in the hands of customers, and secret elsewhere', () => {
    expect(
      Object.fromEntries(sources.map((source) => [source.source_id, `${source.channel} ${source.class}`])),
    ).toEqual({
      ...{ web: 'web public', app: 'app public', miniprogram: 'miniprogram public' },
      ...{ pos: 'store secret', crm: 'crm secret', service: 'service secret', server: 'server secret' },
    });
  });
});
