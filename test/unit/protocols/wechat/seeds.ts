import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const HEAD = { ToUserName: 'gh_1', FromUserName: 'oP1', CreateTime: '1763776200' };

/** Messages of each kind, as the platform writes them. */
export const MESSAGES: readonly Readonly<Record<string, unknown>>[] = [
  {
    ...HEAD,
    MsgType: 'event',
    Event: 'subscribe',
    EventKey: 'qrscene_12',
    Ticket: 'gQH-ticket-of-the-code',
    UnionId: 'uU1',
  },
  { ...HEAD, MsgType: 'event', Event: 'unsubscribe', EventKey: '' },
  { ...HEAD, MsgType: 'event', Event: 'SCAN', EventKey: '12', Ticket: 'gQH-ticket-of-the-code' },
  { ...HEAD, MsgType: 'event', Event: 'VIEW', EventKey: 'https://shop.example.com/', MenuId: 7 },
  { ...HEAD, MsgType: 'event', Event: 'LOCATION', Latitude: '23.1', Longitude: '113.3', Precision: '119' },
  { ...HEAD, MsgType: 'event', Event: 'TEMPLATESENDJOBFINISH', MsgID: 200163836, Status: 'success' },
  { ...HEAD, MsgType: 'event', Event: 'kf_close_session', KfAccount: 'kf1@gh', CloseType: 'KF' },
  { ...HEAD, MsgType: 'event', Event: 'user_enter_tempsession', SessionFrom: 'cart' },
  {
    ...HEAD,
    MsgType: 'event',
    Event: 'subscribe_msg_popup_event',
    List: [
      { TemplateId: 't1', SubscribeStatusString: 'accept', PopupScene: '0' },
      { TemplateId: 't2', SubscribeStatusString: 'reject', PopupScene: '0' },
    ],
  },
  {
    ...HEAD,
    MsgType: 'event',
    Event: 'subscribe_msg_sent_event',
    SubscribeMsgSentEvent: { List: { TemplateId: 't1', MsgID: '17', ErrorCode: '0', ErrorStatus: 'success' } },
  },
  { ...HEAD, MsgType: 'event', Event: 'user_get_card', CardId: 'c1', Nested: { a: [1, { b: 'c' }] } },
  { ...HEAD, MsgType: 'text', Content: '你好', MsgId: '7530492131287912345' },
  { ...HEAD, MsgType: 'miniprogrampage', Title: 't', AppId: 'wx2', PagePath: 'pages/a', MsgId: 1 },
  {
    AppId: 'wxp',
    CreateTime: 1763776200,
    InfoType: 'component_verify_ticket',
    ComponentVerifyTicket: 'ticket@@@of-the-platform',
  },
];

/** What the raw stream has of them. */
export const SEEDS: readonly Payload[] = MESSAGES.map((message) => ({
  route: 'message',
  body: Buffer.from(JSON.stringify(message)),
  params: { app: 'wx5823bf96d3bd56c7' },
}));
