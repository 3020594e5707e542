import { isObject, type JsonObject, objectOr } from '../../json.ts';
import { present } from '../hook-events.ts';
import { numberOf, restOf, textOf } from './fields.ts';

/** One thing that a message says. */
export interface Happening {
  readonly name: string;
  readonly properties: JsonObject;
  /** The scene of the code that was scanned: what a company tells its campaigns by. */
  readonly campaign?: string | undefined;
}

type Read = (message: JsonObject) => Happening | readonly Happening[];

const MAX_TEMPLATES = 100;

/** Fields that every event has, or that become something of their own. */
const SAID: readonly string[] = [
  'ToUserName',
  'FromUserName',
  'CreateTime',
  'MsgType',
  'Event',
  'UnionId',
  'UnionID',
  'unionid',
];

const SCENE = /^qrscene_(.+)$/s;

/** A scene comes before the key only where the code brought a new follower; a payment may be what brought her. */
const followed: Read = ({ EventKey }) => {
  const key = textOf(EventKey);
  const scene = SCENE.exec(key ?? '')?.[1];
  return {
    name: 'Account Followed',
    properties: present({ scene, event_key: scene === undefined ? key : undefined }),
    campaign: scene,
  };
};

const menu: Read = ({ EventKey, MenuId, Event }) => {
  const leads = /^view/i.test(textOf(Event) ?? '');
  const key = textOf(EventKey);
  return {
    name: 'Menu Clicked',
    properties: present({ [leads ? 'url' : 'menu_key']: key, menu_id: textOf(MenuId) }),
  };
};

const located: Read = (message) => ({
  name: 'Location Reported',
  properties: present({
    latitude: numberOf(message.Latitude),
    longitude: numberOf(message.Longitude),
    precision: numberOf(message.Precision),
  }),
});

const templateSent: Read = ({ MsgID, MsgId, Status }) => ({
  name: 'Message Delivery Reported',
  properties: present({
    kind: 'template',
    platform_message_id: textOf(MsgID) ?? textOf(MsgId),
    status: textOf(Status),
  }),
});

const session =
  (name: string): Read =>
  ({ KfAccount, ToKfAccount, FromKfAccount, SessionFrom, CloseType }) => ({
    name,
    properties: present({
      staff_id: textOf(ToKfAccount) ?? textOf(KfAccount) ?? textOf(FromKfAccount),
      session_from: textOf(SessionFrom),
      close_type: textOf(CloseType),
    }),
  });

/** Choices and deliveries by template: XML puts them into an element of the event's own, JSON beside it; one alone is no list. */
function templates(message: JsonObject): JsonObject[] {
  const wrapped =
    message.SubscribeMsgPopupEvent ?? message.SubscribeMsgChangeEvent ?? message.SubscribeMsgSentEvent ?? message;
  const { List: list } = objectOr(wrapped);
  return (Array.isArray(list) ? list : [list]).filter(isObject).slice(0, MAX_TEMPLATES);
}

const chosen: Read = (message) =>
  templates(message).map(({ TemplateId, SubscribeStatusString, PopupScene }) => ({
    name: 'Message Subscription Changed',
    properties: present({
      template_id: textOf(TemplateId),
      status: textOf(SubscribeStatusString),
      scene: textOf(PopupScene),
    }),
  }));

const delivered: Read = (message) =>
  templates(message).map(({ TemplateId, MsgID, ErrorCode, ErrorStatus }) => ({
    name: 'Message Delivery Reported',
    properties: present({
      kind: 'subscription',
      template_id: textOf(TemplateId),
      platform_message_id: textOf(MsgID),
      status: textOf(ErrorStatus),
      error_code: textOf(ErrorCode),
    }),
  }));

/** By the event's name in lower case: the platform writes some of them in capitals. */
const EVENTS: Readonly<Record<string, Read>> = {
  subscribe: followed,
  unsubscribe: () => ({ name: 'Account Unfollowed', properties: {} }),
  scan: ({ EventKey }) => {
    const scene = textOf(EventKey);
    return { name: 'QR Code Scanned', properties: present({ scene }), campaign: scene };
  },
  location: located,
  click: menu,
  view: menu,
  view_miniprogram: menu,
  scancode_push: menu,
  scancode_waitmsg: menu,
  pic_sysphoto: menu,
  pic_photo_or_album: menu,
  pic_weixin: menu,
  location_select: menu,
  templatesendjobfinish: templateSent,
  user_enter_tempsession: session('Conversation Started'),
  kf_create_session: session('Conversation Started'),
  kf_switch_session: session('Conversation Transferred'),
  kf_close_session: session('Conversation Ended'),
  subscribe_msg_popup_event: chosen,
  subscribe_msg_change_event: chosen,
  subscribe_msg_sent_event: delivered,
};

/** What a message says; an event without a name of ours keeps its own, with its fields in `data`. */
export function happeningsOf(message: JsonObject): readonly Happening[] {
  if (textOf(message.MsgType) !== 'event') return [received(message)];
  const event = textOf(message.Event)?.slice(0, 200) ?? 'event';
  const read = Object.hasOwn(EVENTS, event.toLowerCase()) ? EVENTS[event.toLowerCase()] : undefined;
  if (read === undefined) return [{ name: event, properties: restOf(message, SAID) }];
  const happenings = read(message);
  return 'name' in happenings ? [happenings] : happenings;
}

/** Content is there only where the source keeps it; else how long it was. */
function received(message: JsonObject): Happening {
  const { MsgType, Content, ContentLength, AppId, PagePath } = message;
  const content = textOf(Content);
  return {
    name: 'Message Received',
    properties: present({
      message_type: textOf(MsgType),
      length: numberOf(ContentLength) ?? (content === undefined ? undefined : [...content].length),
      content,
      app_id: textOf(AppId),
      page: textOf(PagePath),
    }),
  };
}
