import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf } from '../../json.ts';
import { entry, externalIds, firstTime, messageIdOf, parseHook, present, word } from '../hook-events.ts';
import type { Decode } from '../protocol.ts';
import { invalidPayload } from '../signature.ts';
import { orderProperties, refundProperties } from './order.ts';
import { customerEvent, personOf } from './person.ts';
import { privacyEvent } from './privacy.ts';

/** What an order's topic means. Only being paid completes an order: it is also created, updated and fulfilled. */
const ORDERS: Readonly<Record<string, readonly [event: string, status: string]>> = {
  'orders/create': ['Order Updated', 'created'],
  'orders/updated': ['Order Updated', 'updated'],
  'orders/edited': ['Order Updated', 'edited'],
  'orders/paid': ['Order Completed', 'paid'],
  'orders/fulfilled': ['Order Updated', 'shipped'],
  'orders/partially_fulfilled': ['Order Updated', 'partly_shipped'],
  'orders/cancelled': ['Order Cancelled', 'cancelled'],
  'orders/delete': ['Order Updated', 'deleted'],
  'checkouts/create': ['Checkout Started', 'created'],
};

/** One webhook of Shopify: an order, a refund, a customer, a shipment, a request for privacy. Topics that concern no person give no event. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!isObject(value))
    return { reason: 'not_an_object', field: '', detail: `Expected an object, got ${kindOf(value)}.` };
  const { topic, shop, id, triggered } = params;
  if (topic === undefined) return invalidPayload('The request has no X-Shopify-Topic.');
  const event = eventOf(value, { topic, shop, triggered });
  return { items: event === undefined ? [] : [{ ...messageIdOf(id), ...event }], shared: {} };
};

interface Head {
  readonly topic: string;
  readonly shop: string | undefined;
  readonly triggered: string | undefined;
}

function eventOf(body: JsonObject, head: Head): JsonObject | undefined {
  const { topic, shop, triggered } = head;
  const [subject] = topic.split('/');
  const order = entry(ORDERS, topic);
  if (order !== undefined) {
    const [event, status] = order;
    const own =
      topic === 'orders/cancelled' ? body.cancelled_at : topic === 'orders/create' ? body.created_at : undefined;
    return {
      ...track(event, { ...orderProperties(body, shop), status }, head),
      ...timestamp(own, body.updated_at, body.created_at, triggered),
      ...personOf(body, { shop, order: subject === 'orders' ? body.id : undefined }),
    };
  }
  if (topic === 'refunds/create') {
    return {
      ...track('Order Refunded', refundProperties(body, shop), head),
      ...timestamp(body.processed_at, body.created_at, triggered),
      ...personOf({}, { shop, order: body.order_id }),
    };
  }
  const privacy = privacyEvent(body, head);
  if (privacy !== undefined) return privacy;
  if (['customers/create', 'customers/update', 'customers/enable', 'customers/disable'].includes(topic)) {
    return { ...customerEvent(body, shop), ...timestamp(body.updated_at, body.created_at, triggered) };
  }
  return other(body, head);
}

/** Shipments, carts, deleted customers and topics to come: by the platform's own name, where they name somebody. */
function other(body: JsonObject, head: Head): JsonObject | undefined {
  const { topic, shop, triggered } = head;
  if (topic.startsWith('fulfillments/')) {
    const { order_id, tracking_company, shipment_status } = body;
    const properties = present({ order_id: word(order_id), status: 'shipped', tracking_company, shipment_status });
    return {
      ...track('Order Updated', properties, head),
      ...timestamp(body.updated_at, body.created_at, triggered),
      ...personOf(body, { shop, order: order_id }),
    };
  }
  const when = timestamp(body.updated_at, triggered);
  if (topic === 'customers/delete') {
    const ids = externalIds({ type: 'shopify_customer_id', scope: shop, id: word(body.id) });
    return { ...track('Customer Deleted', {}, head), ...when, context: { externalIds: ids } };
  }
  if (topic.startsWith('carts/')) {
    const { line_items, token } = body;
    const { products } = orderProperties({ line_items }, shop);
    const cart = present({ cart_id: word(token), products });
    return { ...track('Cart Updated', cart, head), ...when, ...personOf({ cart_token: token }, { shop }) };
  }
  if (!isObject(body.customer) && word(body.email) === undefined) return undefined;
  return { ...track(topic, { shop }, head), ...when, ...personOf(body, { shop }) };
}

const track = (event: string, properties: JsonObject, { topic }: Head): JsonObject => ({
  type: 'track',
  event,
  properties: { ...properties, platform_event: topic },
});

function timestamp(...times: readonly unknown[]): JsonObject {
  const found = firstTime(...times);
  return found === undefined ? {} : { timestamp: found };
}
