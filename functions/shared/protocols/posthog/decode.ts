import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf, objectOr } from '../../json.ts';
import { OPERATIONS } from '../../profile/operations.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import { parseTime } from '../../time.ts';
import type { Decode } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { scalarText } from '../shape.ts';
import { invalidPayload } from '../signature.ts';
import { contextOf } from './context.ts';

/** Visitors whom its browser library made up are UUIDs of version 7; members may be UUIDs of another. */
const MADE_UP = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The id by which the client tells an event from its repetition. */
export const uuidOf = (item: unknown): string | undefined => {
  if (!isObject(item)) return undefined;
  return typeof item.messageId === 'string' ? item.messageId : undefined;
};

/** PostHog's events: one, a list, or a batch with its sending time. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseBody(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  const list = Array.isArray(value) ? value : isObject(value) && Array.isArray(value.batch) ? value.batch : [value];
  if (list.length > MAX_BATCH_EVENTS) {
    const detail = `The batch has ${list.length} events; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '/batch', detail };
  }
  if (list.length === 1 && !isObject(list[0])) return invalidPayload(`Expected an event, got ${kindOf(list[0])}.`);
  const sentAt = params.sent_at ?? (isObject(value) ? (value.sent_at ?? value.sentAt) : undefined);
  const isTime = parseTime(sentAt) !== undefined;
  return { items: list.flatMap(toEvents), shared: isTime ? { sentAt } : {} };
};

/** What tells the traits that came with an event from the event itself. */
const TRAITS_SUFFIX = ':set';

/**
 * One of its events in Segment's shape, and a second one for the traits that it may bring along. What is no event stays as it is, and is
 * refused for that.
 */
function toEvents(item: unknown): unknown[] {
  if (!isObject(item)) return [item];
  const event = toEvent(item);
  const traits = traitsOf(item, objectOr(item.properties));
  if (event.type === 'identify' || Object.keys(traits).length === 0) return [event];
  const { userId, anonymousId, timestamp, sentAt, context, messageId } = event;
  const id = typeof messageId === 'string' ? { messageId: `${messageId}${TRAITS_SUFFIX}` } : {};
  const times = { ...(timestamp !== undefined && { timestamp }), ...(sentAt !== undefined && { sentAt }) };
  return [event, { type: 'identify', ...id, userId, anonymousId, ...times, context, traits }];
}

function toEvent(item: JsonObject): JsonObject {
  const properties = objectOr(item.properties);
  const name = typeof item.event === 'string' ? item.event : '';
  const { context, rest } = contextOf(properties);
  const common: JsonObject = { ...timesOf(item, properties), ...whoOf(item, properties, name), context };
  const messageId = item.uuid ?? properties.$insert_id;
  if (typeof messageId === 'string' && messageId !== '') common.messageId = messageId;
  switch (name) {
    case '$identify':
    case '$set':
      return { ...common, type: 'identify', traits: traitsOf(item, properties), properties: rest };
    case '$create_alias':
      return { ...common, type: 'alias', previousId: properties.alias, properties: rest };
    case '$groupidentify':
      return {
        ...common,
        type: 'group',
        groupId: `${scalarText(properties.$group_type) ?? 'group'}:${scalarText(properties.$group_key) ?? ''}`,
        traits: objectOr(properties.$group_set),
      };
    case '$pageview':
      return { ...common, type: 'page', name: properties.title, properties: rest };
    case '$screen':
      return { ...common, type: 'screen', name: properties.$screen_name, properties: rest };
    default:
      return { ...common, type: 'track', event: item.event, properties: rest };
  }
}

/** `$set` are traits, `$set_once` those that count where there are none yet; in both places where its libraries put them. */
function traitsOf(item: JsonObject, properties: JsonObject): JsonObject {
  const once = Object.entries({ ...objectOr(properties.$set_once), ...objectOr(item.$set_once) });
  const said = once.filter(([, value]) => value !== null && value !== undefined);
  const set = { ...objectOr(properties.$set), ...objectOr(item.$set) };
  return said.length === 0 ? set : { ...set, [OPERATIONS]: { once: Object.fromEntries(said) } };
}

/**
 * Who it was. Its browser library names the device as `$device_id`, and as `distinct_id` whoever signed in, else the device again. A
 * server's `distinct_id` is a member, unless it is one that a browser made up.
 */
function whoOf(item: JsonObject, properties: JsonObject, name: string): JsonObject {
  const distinct = item.distinct_id ?? item.$distinct_id ?? properties.distinct_id ?? properties.$distinct_id;
  const { $device_id: device, $anon_distinct_id: before, $is_identified: isIdentified, $user_id: user } = properties;
  const anonymous = before ?? item.$anon_distinct_id ?? device;
  if (name === '$create_alias' || name === '$identify') return { userId: distinct, anonymousId: anonymous };
  const isMember =
    isIdentified === true ||
    (user !== undefined && user === distinct) ||
    (isIdentified !== false && device === undefined && !(typeof distinct === 'string' && MADE_UP.test(distinct)));
  if (isMember) return { userId: distinct, anonymousId: anonymous };
  return { anonymousId: distinct ?? anonymous };
}

/**
 * When it was. The browser library says how long before sending (`offset`, milliseconds), and in `$time` when by its clock
 * (seconds): together they tell when it sent.
 */
function timesOf(item: JsonObject, properties: JsonObject): JsonObject {
  const stated = item.timestamp ?? properties.timestamp;
  if (parseTime(stated) !== undefined) return { timestamp: stated };
  const time = properties.$time;
  if (typeof time !== 'number' || parseTime(time * 1000) === undefined) return {};
  const timestamp = new Date(time * 1000).toISOString();
  const { offset } = item;
  if (typeof offset !== 'number' || !(offset >= 0 && offset < 31 * 86_400_000)) return { timestamp };
  return { timestamp, sentAt: new Date(time * 1000 + offset).toISOString() };
}
