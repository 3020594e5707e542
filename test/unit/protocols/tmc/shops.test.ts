import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { encodeRaw } from '../../../../functions/shared/raw-record.ts';
import { ARRIVAL, CLEAN_DEPS, SERVER } from '../../../support/ingest.ts';
import { ORDERS } from '../jos/seeds.ts';
import { MESSAGES } from './seeds.ts';

const cleaned = (protocol: string, body: unknown, app_id?: string) => {
  const source = { ...SERVER, source_id: protocol, ...(app_id !== undefined && { app_id }) };
  const head = { v: 1 as const, protocol, route: 'r', source, request_id: 'r1', received_at: ARRIVAL };
  return cleanRecord(encodeRaw(head, Buffer.from(JSON.stringify(body))), CLEAN_DEPS);
};

describe('messages of the channel of Taobao and Tmall', () => {
  it('become orders of their buyer, each once; what concerns goods becomes nothing', () => {
    const { events, quarantined } = cleaned('tmc', MESSAGES, 'shop9');
    expect(quarantined).toEqual([]);
    expect(events).toMatchObject([
      {
        event_id: 'tmc:5123456789012345678',
        name: 'Order Completed',
        identifiers: [
          { type: 'tmall_ouid', scope: 'shop9', value: 'AAHb5d' },
          { type: 'order_id', scope: 'tmall.shop9', value: '3939829492939123456' },
        ],
        properties: { order_id: '3939829492939123456', total: 44.47, currency: 'CNY', affiliation: 'y' },
      },
      {
        name: 'Order Refunded',
        occurred_at: '2026-11-22T02:10:00.000Z',
        flags: expect.arrayContaining(['clock_ahead']),
        identifiers: [{ type: 'order_id', scope: 'tmall.shop9' }],
        properties: { total: 10, refund_id: '77' },
      },
    ]);
  });

  it('belong to the shop of the seller where the source names none', () => {
    const { events } = cleaned('tmc', MESSAGES);
    expect(events[0]?.identifiers[0]).toEqual({ type: 'tmall_ouid', scope: '1234567890', value: 'AAHb5d' });
  });

  it('name nobody by a masked nick', () => {
    const [paid] = MESSAGES;
    const { events } = cleaned('tmc', [{ ...paid, content: '{"buyer_nick":"x**","tid":5,"payment":"1.00"}' }], 'shop9');
    expect(events[0]?.identifiers).toEqual([{ type: 'order_id', scope: 'tmall.shop9', value: '5' }]);
  });

  it.each([
    ['no list', {}, 'invalid_payload'],
    ['a message that is none', ['x'], 'not_an_object'],
    ['a topic that is a method', [{ id: '1', topic: 'taobao_trade_constructor', content: '{}' }], 'no_identifier'],
  ])('are refused with a reason: %s', (_, body, reason) => {
    expect(cleaned('tmc', body, 'shop9').quarantined.map((each) => each.reason)).toEqual([reason]);
  });
});

describe('orders pulled from JD', () => {
  it('become one event for each state that they are seen in, of the buyer and never of the receiver', () => {
    const { events, quarantined } = cleaned('jos', ORDERS, 'jd-shop');
    expect(quarantined).toEqual([]);
    expect(events).toMatchObject([
      {
        event_id: 'jos:267010001:WAIT_SELLER_STOCK_OUT',
        name: 'Order Completed',
        occurred_at: '2026-11-20T01:01:00.000Z',
        properties: {
          total: 199,
          shipping: 6,
          discount: 10,
          products: [{ product_id: '10', sku: '100', name: '杯子', price: 99.5, quantity: 2 }],
        },
      },
      { event_id: 'jos:267010001:FINISHED_L', name: 'Order Updated', properties: { status: 'received' } },
    ]);
    for (const { identifiers } of events) {
      expect(identifiers).toEqual([
        { type: 'jd_pin', scope: 'jd-shop', value: 'oJDbuyer1' },
        { type: 'order_id', scope: 'jd.jd-shop', value: '267010001' },
      ]);
    }
    expect(JSON.stringify(events)).not.toContain('13800000000');
  });

  it('are completed once where an overseas seller has two states for what is paid', () => {
    const [paid] = ORDERS;
    const later = { ...paid, orderState: 'WAIT_SELLER_DELIVERY', modified: '2026-11-20 12:00:00' };
    const [first, second] = cleaned('jos', [paid, later], 'jd-shop').events;
    expect([second?.event_id, second?.body_hash]).toEqual([first?.event_id, first?.body_hash]);
  });

  it('are the same events when they are pulled again', () => {
    const ids = () => cleaned('jos', ORDERS, 'jd-shop').events.map(({ event_id, body_hash }) => [event_id, body_hash]);
    expect(ids()).toEqual(ids());
  });
});
