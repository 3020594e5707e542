import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, objectOr } from '../../json.ts';
import {
  entry,
  externalIds,
  firstTime,
  firstWord,
  isoTime,
  major,
  messageIdOf,
  parseExact,
  parseList,
  present,
  word,
} from '../hook-events.ts';
import type { Decode } from '../protocol.ts';

/** What a topic of Taobao's trade messages means. An order is completed when it is paid; being received ends it. */
const TRADES: Readonly<Record<string, readonly [event: string, status: string]>> = {
  taobao_trade_TradeCreate: ['Order Updated', 'created'],
  taobao_trade_TradePaid: ['Order Completed', 'paid'],
  taobao_trade_TradeBuyerPay: ['Order Completed', 'paid'],
  taobao_trade_TradeSellerShip: ['Order Updated', 'shipped'],
  taobao_trade_TradePartlySellerShip: ['Order Updated', 'partly_shipped'],
  taobao_trade_TradeSuccess: ['Order Updated', 'received'],
  taobao_trade_TradeClose: ['Order Cancelled', 'cancelled'],
  taobao_trade_TradeCloseAndModifyDetailOrder: ['Order Cancelled', 'cancelled'],
  taobao_trade_TradeChanged: ['Order Updated', 'changed'],
  taobao_trade_TradeRated: ['Product Reviewed', 'rated'],
  taobao_refund_RefundSuccess: ['Order Refunded', 'refunded'],
  taobao_refund_RefundCreated: ['Order Updated', 'refund_asked'],
  taobao_refund_RefundClosed: ['Order Updated', 'refund_closed'],
};

const CURRENCY = 'CNY';

/**
 * Messages of Taobao's and Tmall's channel (TMC), as a consumer stored them: a list of `{id, topic, content, nick, userid, time}`.
 * Messages about goods and shops concern no customer and give no event.
 */
export const decode: Decode = ({ body }, source) => {
  const list = parseList(body, 'messages');
  if (isFinding(list)) return list;
  const items = list.flatMap((message) => toEvent(message, source?.app_id) ?? []);
  return { items, shared: {} };
};

/** One event; what is no message stays as it is, and is refused for that. */
function toEvent(message: unknown, shop: string | undefined): unknown {
  if (!isObject(message)) return message;
  const topic = word(message.topic) ?? '';
  if (!/^taobao_(?:trade|refund)_/.test(topic)) return undefined;
  const content =
    typeof message.content === 'string' ? objectOr(parseExact(message.content)?.value) : objectOr(message.content);
  const [event, status] = entry(TRADES, topic) ?? ['Order Updated', topic.replace(/^.*_/, '')];
  const tid = firstWord(content.tid, content.oid);
  const isRefund = event === 'Order Refunded';
  const total = major(isRefund ? content.refund_fee : content.payment);
  return {
    ...messageIdOf('tmc', word(message.id)),
    type: 'track',
    event,
    timestamp: firstTime(content.modified, content.pay_time, message.time) ?? isoTime(message.time),
    properties: present({
      order_id: tid,
      sub_order_id: word(content.oid),
      total,
      currency: total === undefined ? undefined : CURRENCY,
      affiliation: firstWord(content.seller_nick, message.nick),
      status,
      trade_status: word(content.status),
      trade_type: word(content.type),
      refund_id: word(content.refund_id),
      platform_event: topic,
    }),
    context: { externalIds: identifiersOf(content, { shop: scopeOf(shop, message), tid }) },
  };
}

/** A seller's number stands for the shop where the source names none. */
const scopeOf = (shop: string | undefined, { userid, nick }: JsonObject): string | undefined => {
  const named = firstWord(shop, userid, nick);
  return named !== undefined && /^[A-Za-z0-9._-]{1,64}$/.test(named) ? named : undefined;
};

/** The buyer by open uid, which differs from shop to shop; a nick is masked and no identifier. The order joins what names no buyer. */
const identifiersOf = (
  { buyer_open_uid, ouid, open_uid }: JsonObject,
  { shop, tid }: { shop: string | undefined; tid: string | undefined },
): JsonObject[] =>
  externalIds(
    { type: 'tmall_ouid', scope: shop, id: firstWord(buyer_open_uid, ouid, open_uid) },
    { type: 'order_id', scope: shop && `tmall.${shop}`, id: tid },
  );
