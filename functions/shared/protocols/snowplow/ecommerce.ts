import type { JsonObject } from '../../json.ts';
import { own } from '../../own.ts';
import { compact, numeric, textOf } from '../shape.ts';
import { entityData, type SelfDescribing } from './self-describing.ts';

/** A name of the tracking plan with its properties. */
export type Planned = readonly [event: string, properties: JsonObject];

const VENDOR = 'com.snowplowanalytics.snowplow.ecommerce';
const ACTION = 'snowplow_ecommerce_action';

/** Whether an entity is told by the event's properties. */
export const isToldProduct = (entity: SelfDescribing, described: SelfDescribing | undefined): boolean =>
  described?.name === ACTION && entity.vendor === VENDOR && entity.name === 'product';

/** Events that are about each product by itself. */
const PER_PRODUCT: Readonly<Record<string, string>> = {
  product_view: 'Product Viewed',
  add_to_cart: 'Product Added',
  remove_from_cart: 'Product Removed',
};

/**
 * What an event of Snowplow's e-commerce schemas is in the tracking plan; under its own name where the plan has none. Undefined for
 * an event of another schema.
 */
export function ecommerceEvents(
  { vendor, name, data }: SelfDescribing,
  entities: readonly SelfDescribing[],
): readonly Planned[] | undefined {
  if (vendor === 'com.snowplowanalytics.snowplow') return cartEvent(name, data);
  if (vendor !== VENDOR || name !== ACTION) return undefined;
  const action = textOf(data.type) ?? ACTION;
  const products = entities.filter((entity) => entity.name === 'product').map((entity) => productOf(entity.data));
  const cart = compact({ cart_id: entityData(entities, 'cart').cart_id });
  const perProduct = own(PER_PRODUCT, action);
  if (perProduct !== undefined && products.length > 0) {
    return products.map((product) => [perProduct, { ...product, ...(action === 'product_view' ? {} : cart) }]);
  }
  switch (action) {
    case 'list_view':
      return [['Product List Viewed', { list_id: data.name, products }]];
    case 'checkout_step':
      return [checkout(entityData(entities, 'checkout_step'), products)];
    case 'transaction':
      return [['Order Completed', orderOf(entityData(entities, 'transaction'), products)]];
    case 'refund':
      return [['Order Refunded', refundOf(entityData(entities, 'refund'), products)]];
    default:
      return [[action, { ...data, ...(products.length > 0 && { products }) }]];
  }
}

/** The older schemas, of one product each. */
function cartEvent(name: string, data: JsonObject): readonly Planned[] | undefined {
  const event = { add_to_cart: PER_PRODUCT.add_to_cart, remove_from_cart: PER_PRODUCT.remove_from_cart }[name];
  if (event === undefined) return undefined;
  const { unitPrice, ...rest } = data;
  return [[event, productOf({ ...rest, id: data.sku, price: unitPrice })]];
}

const productOf = ({ id, price, quantity, position, ...rest }: JsonObject): JsonObject =>
  compact({
    product_id: id,
    ...rest,
    price: numeric(price),
    quantity: numeric(quantity),
    position: numeric(position),
  });

/** Only the first step is the start of a checkout. */
function checkout(step: JsonObject, products: readonly JsonObject[]): Planned {
  const isFirst = numeric(step.step) === 1;
  return [isFirst ? 'Checkout Started' : 'checkout_step', { ...(isFirst ? {} : step), products }];
}

const orderOf = (order: JsonObject, products: readonly JsonObject[]): JsonObject => ({
  order_id: order.transaction_id,
  total: numeric(order.revenue),
  tax: numeric(order.tax),
  shipping: numeric(order.shipping),
  discount: numeric(order.discount_amount),
  coupon: order.discount_code,
  currency: order.currency,
  payment_method: order.payment_method,
  products,
});

const refundOf = (refund: JsonObject, products: readonly JsonObject[]): JsonObject => ({
  order_id: refund.transaction_id,
  total: numeric(refund.refund_amount),
  currency: refund.currency,
  reason: refund.refund_reason,
  ...(products.length > 0 && { products }),
});
