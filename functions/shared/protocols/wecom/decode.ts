import { isFinding } from '../../finding.ts';
import type { JsonObject } from '../../json.ts';
import { present } from '../hook-events.ts';
import type { Decode } from '../protocol.ts';
import { contentId, numberOf, readMessage, restOf, textOf, timeOf } from '../wechat/fields.ts';
import { customersOf } from './customers.ts';

/** By event and kind of change. */
const NAMES: Readonly<Record<string, string>> = {
  'change_external_contact/add_external_contact': 'Contact Added',
  'change_external_contact/add_half_external_contact': 'Contact Requested',
  'change_external_contact/edit_external_contact': 'Contact Updated',
  'change_external_contact/del_external_contact': 'Contact Removed',
  'change_external_contact/del_follow_user': 'Contact Removed',
  'change_external_contact/transfer_fail': 'Contact Transfer Failed',
  'change_external_contact/msg_audit_approved': 'Conversation Archiving Agreed',
  'change_external_chat/update/add_member': 'Group Chat Joined',
  'change_external_chat/update/del_member': 'Group Chat Left',
  'customer_acquisition/open_profile': 'Contact Link Opened',
  'customer_acquisition/friend_request': 'Contact Requested',
  'customer_acquisition/customer_start_chat': 'Conversation Started',
  'customer_acquisition/message_from_customer': 'Message Received',
  'customer_acquisition/del_follow_user': 'Contact Removed',
};

/** Fields that every message has, or that become something of their own. */
const SAID: readonly string[] = [
  'ToUserName',
  'FromUserName',
  'CreateTime',
  'TimeStamp',
  'MsgType',
  'Event',
  'InfoType',
  'ChangeType',
  'UpdateDetail',
  'SuiteId',
  'AuthCorpId',
  'AgentID',
  'UserID',
  'ExternalUserID',
  'external_userid',
  'State',
  'Source',
  'FailReason',
  'LinkId',
  'ChatId',
  'JoinScene',
  'QuitScene',
  'MemChangeList',
  'MemChangeCnt',
  'LastMemVer',
  'CurMemVer',
];

/** A callback: what it says of each customer in it; nothing where it concerns none. */
export const decode: Decode = ({ body }, source) => {
  const message = readMessage(body);
  if (isFinding(message)) return message;
  const customers = customersOf(message);
  const kind = [message.Event ?? message.InfoType, message.ChangeType, message.UpdateDetail].flatMap(
    (part) => textOf(part) ?? [],
  );
  const corp = textOf(message.AuthCorpId) ?? source?.app_id ?? '';
  const id = contentId('wecom', { ...message, corp });
  const state = textOf(message.State);
  const items = customers.map((customer, index) => ({
    type: 'track',
    event: nameOf(kind),
    messageId: index === 0 ? id : `${id}:${index}`,
    ...timeOf(message),
    properties: { ...propertiesOf(message, kind), platform_event: kind.join('/') },
    context: {
      externalIds: [{ type: 'external_userid', scope: corp, id: customer }],
      library: { name: 'wecom-callback' },
      ...(state !== undefined && { campaign: { source: 'wecom', name: state } }),
    },
  }));
  return { items, shared: {} };
};

function nameOf(kind: readonly string[]): string {
  const key = kind.join('/');
  const name = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  return name ?? (key === '' ? 'callback' : key.slice(0, 200));
}

/** Who of the staff it was, and from where; `by` says which of the two ended it. */
function propertiesOf(message: JsonObject, kind: readonly string[]): JsonObject {
  return present({
    staff_id: textOf(message.UserID),
    state: textOf(message.State),
    link_id: textOf(message.LinkId),
    chat_id: textOf(message.ChatId),
    join_scene: textOf(message.JoinScene),
    quit_scene: textOf(message.QuitScene),
    member_count: numberOf(message.MemChangeCnt),
    by: kind.includes('del_external_contact') ? 'staff' : kind.includes('del_follow_user') ? 'customer' : undefined,
    cause: textOf(message.Source) ?? textOf(message.FailReason),
    ...restOf(message, SAID),
  });
}
