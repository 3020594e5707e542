import { isFinding } from '../../finding.ts';
import { isObject, kindOf } from '../../json.ts';
import { entry, externalIds, firstTime, firstWord, messageIdOf, parseHook, present, without } from '../hook-events.ts';
import type { Decode } from '../protocol.ts';

/** What a message means, by the last part of its address. */
const TOPICS: Readonly<Record<string, readonly [event: string, status: string]>> = {
  newOrder: ['Order Updated', 'created'],
  orderWaitOutStore: ['Order Updated', 'to_ship'],
  orderAdjust: ['Order Updated', 'adjusted'],
  deliveryOrder: ['Order Updated', 'shipped'],
  pushDeliveryStatus: ['Order Updated', 'delivery'],
  finishOrder: ['Order Updated', 'received'],
  applyCancelOrder: ['Order Updated', 'cancel_requested'],
  userCancelOrder: ['Order Cancelled', 'cancelled'],
  newAfterSaleBill: ['Order Updated', 'refund_created'],
  updateAfterSaleBill: ['Order Updated', 'refund_updated'],
  afterSaleBillStatus: ['Order Updated', 'refund_updated'],
};

/** The same by `statusId`, for addresses without a message's name. */
const STATUSES: Readonly<Record<string, readonly [event: string, status: string]>> = {
  20020: ['Order Cancelled', 'cancelled'],
  20030: ['Order Updated', 'cancel_requested'],
  20040: ['Order Cancelled', 'cancelled'],
  32000: ['Order Updated', 'to_ship'],
  33040: ['Order Updated', 'shipped'],
  33060: ['Order Updated', 'received'],
  90000: ['Order Updated', 'received'],
};

/** How the courier is called and reached. */
const NOT_KEPT = ['deliveryManPhone', 'deliveryManName', 'deliveryManNo', 'billId', 'statusId', 'timestamp', 'orderId'];

/**
 * A push of JD Daojia: the number of an order and what became of it. Neither buyer nor amount is in it, so that no push completes an order:
 * what is pulled for the number does, and joins it by the same number.
 */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!isObject(value))
    return { reason: 'not_an_object', field: '', detail: `Expected an object, got ${kindOf(value)}.` };
  const { topic, app } = params;
  const order = firstWord(value.billId, value.orderId);
  if (order === undefined) return { items: [], shared: {} };
  const state = firstWord(value.statusId, value.deliveryStatus);
  const [event, status] = entry(TOPICS, topic) ?? entry(STATUSES, state) ?? ['Order Updated', state];
  const at = firstTime(value.timestamp, value.opTime);
  const item = {
    type: 'track',
    event,
    ...messageIdOf('jddj', order, state ?? topic, firstWord(value.timestamp, value.opTime)),
    ...(at !== undefined && { timestamp: at }),
    properties: present({
      ...without(value, ...NOT_KEPT),
      order_id: order,
      status,
      status_id: state,
      platform_event: topic,
    }),
    context: { externalIds: externalIds({ type: 'order_id', scope: app && `jddj.${app}`, id: order }) },
  };
  return { items: [item], shared: {} };
};
