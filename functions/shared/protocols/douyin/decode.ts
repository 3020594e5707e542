import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf } from '../../json.ts';
import {
  entry,
  externalIds,
  firstTime,
  messageIdOf,
  parseExact,
  parseHook,
  present,
  without,
  word,
} from '../hook-events.ts';
import type { Decode } from '../protocol.ts';
import { invalidPayload } from '../signature.ts';
import { orderEvent } from './order.ts';

/** What Douyin's names mean; any other name stays as it is. */
const NAMES: Readonly<Record<string, string>> = {
  new_follow_action: 'Account Followed',
  im_receive_msg: 'Message Received',
  im_send_msg: 'Message Sent',
  im_enter_direct_msg: 'Conversation Started',
  new_video_digg: 'Video Liked',
  item_comment_reply: 'Comment Posted',
  create_video: 'Video Shared',
  authorize: 'App Authorized',
  unauthorize: 'App Unauthorized',
  enter_group_audit_change: 'Group Requested',
  group_fans_event: 'Group Joined',
  user_subscribe_action: 'Message Subscription Changed',
};

/** Of these the person is the receiver: the company sent them. */
const SENT_BY_COMPANY: ReadonlySet<string> = new Set(['im_send_msg']);

/** What people wrote, and how they look, stays out of the lake; and credentials do. */
const NOT_KEPT = ['text', 'user_infos', 'resource_url', 'code', 'ticket', 'access_token', 'phone', 'mobile', 'open_id'];

/** A webhook of Douyin, or a message of its platform for third parties, which is about a mini program and belongs to it. */
export const decode: Decode = ({ route, body, params }) => {
  const parsed = parseHook(body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (!isObject(value))
    return { reason: 'not_an_object', field: '', detail: `Expected an object, got ${kindOf(value)}.` };
  if (route === 'platform') return { items: [platformEvent(value, params.id)], shared: {} };
  const name = word(value.event);
  const content = contentOf(value.content);
  if (name === undefined || content === undefined) {
    return invalidPayload('The webhook has no event, or its content is no JSON.', '/content');
  }
  const event = webhookEvent(value, { name, content });
  return { items: event === undefined ? [] : [{ ...messageIdOf(params.id), ...event }], shared: {} };
};

/** An object, or in real messages mostly JSON in a text. */
function contentOf(content: unknown): JsonObject | undefined {
  if (content === undefined || content === null || content === '') return {};
  const value = typeof content === 'string' ? parseExact(content)?.value : content;
  return isObject(value) ? value : undefined;
}

function webhookEvent(
  webhook: JsonObject,
  { name, content }: { name: string; content: JsonObject },
): JsonObject | undefined {
  const app = word(webhook.client_key);
  const order = orderEvent(name, content, app);
  if (order !== undefined) return order;
  const openid = word(SENT_BY_COMPANY.has(name) ? webhook.to_user_id : webhook.from_user_id) ?? word(content.open_id);
  // Nobody is named: a matter between the app and the platform.
  if (openid === undefined) return undefined;
  const timestamp = firstTime(
    content.create_time,
    content.action_time,
    content.time,
    content.time_stamp,
    content.timestamp,
  );
  const unfollows = name === 'new_follow_action' && content.action_type === 2;
  return {
    type: 'track',
    event: unfollows ? 'Account Unfollowed' : (entry(NAMES, name) ?? name),
    ...(timestamp !== undefined && { timestamp }),
    properties: present({ ...without(content, ...NOT_KEPT), platform_event: name }),
    context: { externalIds: externalIds({ type: 'douyin_openid', scope: app, id: openid }) },
  };
}

function platformEvent(message: JsonObject, id: string | undefined): JsonObject {
  const app = word(message.AppId) ?? word(message.TpAppId) ?? 'unknown';
  const timestamp = firstTime(message.EventTime, message.CreateTime);
  return {
    type: 'track',
    event: word(message.Event) ?? 'Platform Message',
    ...messageIdOf(id),
    ...(timestamp !== undefined && { timestamp }),
    anonymousId: `douyin-app:${app}`,
    properties: without(message, 'AppSuperAdminEmail', 'AppSuperAdminMobile'),
  };
}
