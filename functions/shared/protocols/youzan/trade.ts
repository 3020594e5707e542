import { isObject, type JsonObject, objectOr } from '../../json.ts';
import { entry, externalIds, firstWord, major, present, without, word } from '../hook-events.ts';
import { type Push, timeOf } from './message.ts';

const CURRENCY = 'CNY';
const MAX_PRODUCTS = 500;

/** What a push about an order means. Being paid completes it once: `trade_TradeBuyerPay` says of the same order that it can be sent. */
const TRADES: Readonly<Record<string, readonly [event: string, status: string]>> = {
  trade_TradeCreate: ['Order Updated', 'created'],
  trade_TradePaid: ['Order Completed', 'paid'],
  trade_TradeBuyerPay: ['Order Updated', 'to_ship'],
  trade_TradePartlySellerShip: ['Order Updated', 'partly_shipped'],
  trade_TradeSellerShip: ['Order Updated', 'shipped'],
  trade_TradeSuccess: ['Order Updated', 'received'],
  trade_TradeClose: ['Order Cancelled', 'cancelled'],
  trade_refund_RefundSuccess: ['Order Refunded', 'refunded'],
  trade_refund_SysRefund: ['Order Refunded', 'refunded'],
  youzan_trade_RefundSuccess: ['Order Refunded', 'refunded'],
};

/** A push about an order or a refund; undefined for any other. */
export function tradeEvent(push: Push): JsonObject | undefined {
  const { type, msg, shop } = push;
  if (!/^(?:youzan_)?trade_/.test(type)) return undefined;
  const order = objectOr(msg.full_order_info);
  const info = objectOr(order.order_info);
  const tid = firstWord(info.tid, msg.tid, push.id);
  const [event, status] = meaningOf(push);
  return {
    type: 'track',
    event,
    ...timeOf(push, info.update_time, info.pay_time, info.created),
    properties: present({
      ...propertiesOf(msg, order),
      order_id: tid,
      affiliation: shop,
      status,
      version: push.version,
      platform_event: type,
    }),
    ...buyerOf(objectOr(order.buyer_info), { shop, tid }),
  };
}

function meaningOf({ type, msg, status }: Push): readonly [string, string] {
  // Agreeing to a refund alone pays it; agreeing to take goods back does not yet.
  const refunds = type === 'trade_refund_RefundSellerAgree' && msg.refund_type === 'REFUND_ONLY';
  if (refunds) return ['Order Refunded', 'refunded'];
  return entry(TRADES, type) ?? ['Order Updated', status ?? type.replace(/^.*_/, '')];
}

function propertiesOf(msg: JsonObject, order: JsonObject): JsonObject {
  const pay = objectOr(order.pay_info);
  const refunded = major(msg.refunded_fee);
  const lines = Array.isArray(order.orders) ? order.orders.filter(isObject) : [];
  return {
    ...without(msg, ...NOT_KEPT),
    total: refunded ?? major(pay.payment),
    shipping: major(pay.post_fee),
    currency: refunded === undefined && pay.payment === undefined ? undefined : CURRENCY,
    products: lines.length === 0 ? undefined : lines.slice(0, MAX_PRODUCTS).map(product),
  };
}

/** Read for its parts, or who lives where: the raw archive has them. */
const NOT_KEPT = ['full_order_info', 'order_promotion', 'delivery_order', 'refund_order', 'qr_info', 'address', 'tid'];

const product = (line: JsonObject): JsonObject =>
  present({
    product_id: firstWord(line.item_id, line.outer_item_id, line.oid) ?? 'unknown',
    sku: firstWord(line.outer_sku_id, line.sku_id),
    name: word(line.title),
    price: major(line.price),
    quantity: major(line.num),
  });

const PHONE = /^\+?\d[\d -]{5,20}$/;

/** The buyer by Youzan's id and by phone, where it is not encrypted; and the order, by which pushes that name no buyer find theirs. */
function buyerOf(buyer: JsonObject, { shop, tid }: { shop: string | undefined; tid: string | undefined }): JsonObject {
  const phone = word(buyer.buyer_phone);
  return {
    context: {
      ...(phone !== undefined && PHONE.test(phone) && { traits: { phone } }),
      externalIds: externalIds(
        { type: 'youzan_openid', scope: shop, id: word(buyer.yz_open_id) },
        { type: 'order_id', scope: shop && `youzan.${shop}`, id: tid },
      ),
    },
  };
}
