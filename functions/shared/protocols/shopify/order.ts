import { isObject, type JsonObject, objectOr } from '../../json.ts';
import { firstWord, major, present, word } from '../hook-events.ts';

/** The plan's bound on the lines of an order. */
const MAX_PRODUCTS = 500;

/** An order or a checkout by the tracking plan's names. Amounts of Shopify are texts in major units. */
export function orderProperties(order: JsonObject, shop: string | undefined): JsonObject {
  const shipping = objectOr(objectOr(order.total_shipping_price_set).shop_money).amount;
  return present({
    order_id: word(order.id),
    checkout_id: firstWord(order.checkout_id, order.checkout_token),
    affiliation: shop,
    store_id: firstWord(order.location_id),
    total: major(order.total_price),
    subtotal: major(order.subtotal_price),
    tax: major(order.total_tax),
    discount: major(order.total_discounts),
    shipping: major(shipping),
    currency: word(order.currency),
    coupon: word(objectOr(list(order.discount_codes)[0]).code),
    products: list(order.line_items)
      .filter(isObject)
      .slice(0, MAX_PRODUCTS)
      .map((line) => product(line, line.quantity)),
    order_name: order.name,
    financial_status: order.financial_status,
    fulfillment_status: order.fulfillment_status,
    cancel_reason: order.cancel_reason,
    source_name: order.source_name,
    test: order.test === true ? true : undefined,
  });
}

/** A refund: what was paid back, and for which lines. Names the order, not the customer. */
export function refundProperties(refund: JsonObject, shop: string | undefined): JsonObject {
  const paid = list(refund.transactions)
    .filter(isObject)
    .filter(({ kind, status }) => kind === 'refund' && status === 'success');
  const lines = list(refund.refund_line_items).filter(isObject);
  const amounts = paid.length > 0 ? paid.map(({ amount }) => amount) : lines.map(({ subtotal }) => subtotal);
  const total = amounts.reduce<number>((sum, amount) => sum + Math.round((major(amount) ?? 0) * 100), 0) / 100;
  return present({
    order_id: word(refund.order_id),
    refund_id: word(refund.id),
    affiliation: shop,
    total,
    currency: firstWord(...paid.map(({ currency }) => currency)),
    products: lines.slice(0, MAX_PRODUCTS).map(({ line_item, quantity }) => product(objectOr(line_item), quantity)),
  });
}

function product(line: JsonObject, quantity: unknown): JsonObject {
  return present({
    product_id: firstWord(line.product_id, line.variant_id, line.id) ?? 'unknown',
    sku: line.sku,
    name: firstWord(line.title),
    variant: firstWord(line.variant_title),
    price: major(line.price),
    quantity: major(quantity),
  });
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
