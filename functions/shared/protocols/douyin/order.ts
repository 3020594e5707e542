import { type JsonObject, objectOr } from '../../json.ts';
import { entry, externalIds, firstTime, firstWord, fromMinor, present, without } from '../hook-events.ts';

/** `action` of `life_trade_order_notify`. */
const ACTIONS: Readonly<Record<string, readonly [event: string, status: string]>> = {
  pay_success: ['Order Completed', 'paid'],
  refund_success: ['Order Refunded', 'refunded'],
  close: ['Order Cancelled', 'cancelled'],
};

/** `cur_status` of `retail_life_meal_order_status_change`; its amounts need a pull, so that nothing here completes an order. */
const STATUSES: Readonly<Record<string, string>> = {
  1: 'completed',
  10: 'created',
  20: 'paid',
  30: 'to_accept',
  40: 'accepted',
  50: 'preparing',
  51: 'prepared',
  52: 'fetched',
  101: 'closed',
};

/** A webhook about an order of local services; undefined for any other. Amounts are fen. */
export function orderEvent(name: string, content: JsonObject, app: string | undefined): JsonObject | undefined {
  const order = objectOr(content.order);
  const order_id = firstWord(order.order_id, content.order_id);
  if (order_id === undefined) return undefined;
  const action = firstWord(content.action) ?? '';
  const [event, status] = entry(ACTIONS, action) ?? ['Order Updated', entry(STATUSES, content.cur_status) ?? action];
  const total = fromMinor(order.pay_amount);
  const timestamp = firstTime(content.msg_time, content.timestamp, order.update_time, order.create_time);
  const properties = present({
    ...without(content, 'order', 'open_id', 'phone', 'mobile'),
    order_id,
    affiliation: firstWord(order.account_id, content.account_id),
    store_id: firstWord(order.poi_id, content.poi_id),
    total,
    currency: total === undefined ? undefined : 'CNY',
    status,
    platform_event: name,
  });
  return {
    type: 'track',
    event,
    ...(timestamp !== undefined && { timestamp }),
    properties,
    context: {
      externalIds: externalIds(
        { type: 'douyin_openid', scope: app, id: firstWord(order.open_id, content.open_id, content.from_user_id) },
        { type: 'order_id', scope: app && `douyin.${app}`, id: order_id },
      ),
    },
  };
}
