import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject } from '../../json.ts';
import {
  entry,
  externalIds,
  firstTime,
  firstWord,
  isoTime,
  major,
  messageIdOf,
  parseList,
  present,
  word,
} from '../hook-events.ts';
import type { Decode } from '../protocol.ts';

const CURRENCY = 'CNY';
const MAX_PRODUCTS = 500;

/** What an order's state means. JD hands orders over once they are paid; received ones end in FINISHED_L. */
const STATES: Readonly<Record<string, readonly [event: string, status: string]>> = {
  WAIT_SELLER_STOCK_OUT: ['Order Completed', 'paid'],
  WAIT_GOODS_RECEIVE_CONFIRM: ['Order Updated', 'shipped'],
  FINISHED_L: ['Order Updated', 'received'],
  TRADE_CANCELED: ['Order Cancelled', 'cancelled'],
  LOCKED: ['Order Updated', 'locked'],
  PAUSE: ['Order Updated', 'paused'],
  POP_ORDER_PAUSE: ['Order Updated', 'paused'],
};

/**
 * Overseas sellers have two states in which an order is paid and not sent, one after the other: it is completed once, and so both have
 * the name of the first.
 */
const stateOf = (state: string): string => (state === 'WAIT_SELLER_DELIVERY' ? 'WAIT_SELLER_STOCK_OUT' : state);

/** States in which the time of the end is there, and stays. */
const isEnd = (status: string): boolean => status === 'received' || status === 'cancelled';

/** Orders of a JD shop, as they were pulled: a list of `orderInfo` of the order search. */
export const decode: Decode = ({ body }, source) => {
  const list = parseList(body, 'orders');
  if (isFinding(list)) return list;
  return { items: list.map((order) => toEvent(order, source?.app_id)), shared: {} };
};

/**
 * One event for each state that an order is seen in: pulled twice in the same state, it is the same event. Where nothing but the last
 * modification says when, an order that is modified within a state is another event of it.
 */
function toEvent(order: unknown, shop: string | undefined): unknown {
  if (!isObject(order)) return order;
  const read = (camel: string, snake: string): unknown => order[camel] ?? order[snake];
  const id = word(read('orderId', 'order_id'));
  const state = stateOf(word(read('orderState', 'order_state')) ?? 'unknown');
  const [event, status] = entry(STATES, state) ?? ['Order Updated', state.toLowerCase()];
  const total = major(read('orderPayment', 'order_payment')) ?? major(read('orderTotalPrice', 'order_total_price'));
  const paidAt = firstTime(
    read('paymentConfirmTime', 'payment_confirm_time'),
    read('orderStartTime', 'order_start_time'),
  );
  const endedAt = isoTime(read('orderEndTime', 'order_end_time'));
  const fixed = event === 'Order Completed' ? paidAt : isEnd(status) ? endedAt : undefined;
  const modifiedAt = isoTime(order.modified);
  const at = fixed ?? modifiedAt ?? endedAt;
  const version =
    fixed === undefined && event === 'Order Updated' && modifiedAt !== undefined ? [Date.parse(modifiedAt)] : [];
  return {
    ...messageIdOf('jos', id, state, ...version),
    type: 'track',
    event,
    timestamp: at ?? paidAt,
    properties: present({
      order_id: id,
      total,
      shipping: major(read('freightPrice', 'freight_price')),
      discount: major(read('sellerDiscount', 'seller_discount')),
      currency: total === undefined ? undefined : CURRENCY,
      products: productsOf(read('itemInfoList', 'item_info_list')),
      affiliation: shop,
      status,
      platform_event: state,
    }),
    context: {
      // The phone in an order is the receiver's, who may be somebody else: it is no identifier.
      externalIds: externalIds(
        {
          type: 'jd_pin',
          scope: shop,
          id: firstWord(read('openIdBuyer', 'open_id_buyer'), read('xidBuyer', 'xid_buyer'), order.pin),
        },
        { type: 'order_id', scope: shop && `jd.${shop}`, id },
      ),
    },
  };
}

function productsOf(list: unknown): JsonObject[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list
    .filter(isObject)
    .slice(0, MAX_PRODUCTS)
    .map((item) =>
      present({
        product_id: firstWord(item.wareId, item.ware_id, item.skuId, item.sku_id) ?? 'unknown',
        sku: firstWord(item.outerSkuId, item.outer_sku_id, item.skuId, item.sku_id),
        name: firstWord(item.skuName, item.sku_name),
        price: major(item.jdPrice ?? item.jd_price),
        quantity: major(item.itemTotal ?? item.item_total),
      }),
    );
}
