import { isFinding } from '../../finding.ts';
import { isObject, kindOf } from '../../json.ts';
import { isoTime, messageIdOf, parseHook, without } from '../hook-events.ts';
import { whoIn } from '../plain-identity.ts';
import type { Decode } from '../protocol.ts';

/** A message of Standard Webhooks 1.0.0: `type` names the event, `data` are its properties. The id and the time of sending came in the head. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!isObject(value)) {
    return { reason: 'not_an_object', field: '', detail: `Expected a JSON object, got ${kindOf(value)}.` };
  }
  const data = isObject(value.data) ? value.data : without(value, 'type', 'timestamp');
  const { context, ...who } = whoIn(data);
  const sentAt = isoTime(Number(params.sent));
  const isIdentify = value.type === 'identify';
  const event = {
    type: isIdentify ? 'identify' : 'track',
    ...(!isIdentify && { event: value.type }),
    ...messageIdOf(params.id),
    ...(value.timestamp !== undefined && { timestamp: value.timestamp }),
    ...(sentAt !== undefined && { sentAt }),
    ...who,
    context,
    ...(isIdentify ? { traits: isObject(data.traits) ? data.traits : data } : { properties: data }),
  };
  return { items: [event], shared: {} };
};
