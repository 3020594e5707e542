import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf } from '../../json.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import {
  entry,
  externalIds,
  firstTime,
  firstWord,
  fromMinor,
  messageIdOf,
  parseExact,
  parseHook,
  present,
  without,
  word,
} from '../hook-events.ts';
import type { Decode } from '../protocol.ts';
import { RefusedItem } from '../refused-item.ts';
import { invalidPayload } from '../signature.ts';

const CURRENCY = 'CNY';

/** What a tag means, and the field that such a message has: without it, it is only an order that changed somehow. */
const TAGS: Readonly<Record<string, { readonly event: string; readonly status: string; readonly proof?: string }>> = {
  100: { event: 'Order Updated', status: 'created' },
  101: { event: 'Order Completed', status: 'paid', proof: 'pay_time' },
  102: { event: 'Order Updated', status: 'shipped' },
  103: { event: 'Order Updated', status: 'received' },
  106: { event: 'Order Cancelled', status: 'cancelled', proof: 'cancel_time' },
  108: { event: 'Order Updated', status: 'partly_shipped' },
  110: { event: 'Order Updated', status: 'to_ship' },
  200: { event: 'Order Updated', status: 'refund_created' },
  201: { event: 'Order Updated', status: 'refund_agreed' },
  206: { event: 'Order Refunded', status: 'refunded', proof: 'success_time' },
  207: { event: 'Order Updated', status: 'refund_closed' },
};

/** Who lives where, encrypted or masked; and the ids, which have places of their own. */
const NOT_KEPT = ['receiver_msg', 'post_receiver_msg', 'open_id', 'doudian_open_id', 'p_id', 's_ids', 'shop_id'];

/** An array of `{tag, msg_id, data}`, where `data` is JSON in a text. Messages name the order, hardly ever the buyer. */
export const decode: Decode = ({ body }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!Array.isArray(value)) return invalidPayload(`Expected an array of messages, got ${kindOf(value)}.`);
  if (value.length > MAX_BATCH_EVENTS) {
    const detail = `There are ${value.length} messages; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '', detail };
  }
  return { items: value.flatMap(toEvents), shared: {} };
};

function toEvents(message: unknown): unknown[] {
  const data = isObject(message) ? dataOf(message.data) : undefined;
  if (!isObject(message) || data === undefined) {
    return [new RefusedItem(invalidPayload('A message has a tag and, in data, a JSON object.', '/data'), [message])];
  }
  const tag = word(message.tag) ?? '';
  const order = firstWord(data.p_id, data.shop_order_id, data.order_id);
  const buyer = firstWord(data.doudian_open_id, data.open_id);
  // About goods, the shop or the platform: nobody's doing.
  if (order === undefined && buyer === undefined) return [];
  return [{ ...messageIdOf('doudian', message.msg_id), ...eventOf(data, { tag, order, buyer }) }];
}

function dataOf(data: unknown): JsonObject | undefined {
  const value = typeof data === 'string' ? parseExact(data)?.value : data;
  return isObject(value) ? value : undefined;
}

function eventOf(
  data: JsonObject,
  { tag, order, buyer }: { tag: string; order: string | undefined; buyer: string | undefined },
): JsonObject {
  const shop = word(data.shop_id);
  const known = entry(TAGS, tag);
  const proven = known !== undefined && (known.proof === undefined || word(data[known.proof]) !== undefined);
  const timestamp = timeOf(data);
  const total = fromMinor(known?.status === 'refunded' ? data.refund_amount : (data.pay_amount ?? data.order_amount));
  return {
    type: 'track',
    event: proven ? known.event : 'Order Updated',
    ...(timestamp !== undefined && { timestamp }),
    properties: present({
      ...without(data, ...NOT_KEPT),
      order_id: order,
      affiliation: shop,
      store_id: word(data.store_id),
      status: known?.status,
      total,
      currency: total === undefined ? undefined : CURRENCY,
      platform_event: tag,
    }),
    context: {
      externalIds: externalIds(
        { type: 'doudian_openid', scope: shop, id: buyer },
        { type: 'order_id', scope: shop && `doudian.${shop}`, id: order },
      ),
    },
  };
}

/** The message's own moment: what each kind calls it, before when the order was made. */
const timeOf = (data: JsonObject): string | undefined =>
  firstTime(
    data.pay_time,
    data.cancel_time,
    data.success_time,
    data.complete_time,
    data.ship_time,
    data.apply_time,
    data.agree_time,
    data.close_time,
    data.modify_time,
    data.update_time,
    data.event_time,
    data.create_time,
  );
