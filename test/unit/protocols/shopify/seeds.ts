import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';
import { CUSTOMER, DATA_REQUEST, ORDER, REDACT, REFUND, SHOP_REDACT } from './bodies.ts';

const TOPICS: Readonly<Record<string, unknown>> = {
  'orders/paid': ORDER,
  'orders/cancelled': ORDER,
  'refunds/create': REFUND,
  'customers/update': CUSTOMER,
  'customers/data_request': DATA_REQUEST,
  'customers/redact': REDACT,
  'shop/redact': SHOP_REDACT,
  'fulfillments/create': { order_id: 5, email: 'a@example.com' },
  'carts/update': { token: 't1', line_items: ORDER.line_items },
};

/** What fuzzing begins with. */
export const SEEDS: readonly Payload[] = Object.entries(TOPICS).map(([topic, body]) => ({
  route: 'message',
  params: { topic, shop: 't.myshopify.com', id: 'w1', triggered: '2026-11-21T21:05:00Z' },
  body: Buffer.from(JSON.stringify(body)),
}));
