import { isFinding } from '../../finding.ts';
import { isObject, kindOf } from '../../json.ts';
import { messageIdOf, parseHook } from '../hook-events.ts';
import type { Decode } from '../protocol.ts';
import { invalidPayload } from '../signature.ts';
import { memberEvent } from './member.ts';
import { readPush } from './message.ts';
import { tradeEvent } from './trade.ts';

/** One push of Youzan: an order, a refund, a member. What concerns goods and not people gives no event. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!isObject(value))
    return { reason: 'not_an_object', field: '', detail: `Expected an object, got ${kindOf(value)}.` };
  const push = readPush(value, params.type);
  if (push === undefined) return invalidPayload('The push has no type, or its msg is no JSON.', '/msg');
  const event = tradeEvent(push) ?? memberEvent(push);
  const { type, shop, id, version, messageId } = push;
  const ids = messageId === undefined ? messageIdOf(type, shop, id, version) : messageIdOf(messageId);
  return { items: event === undefined ? [] : [{ ...ids, ...event }], shared: {} };
};
