import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const CUSTOMER = 'woAJ2GCAAAXtWyujaWJHDDGi0mACH71w';
const HEAD = { ToUserName: 'wx5823bf96d3bd56c7', FromUserName: 'sys', CreateTime: '1763776200', MsgType: 'event' };
const CONTACT = { ...HEAD, Event: 'change_external_contact', UserID: 'zhangsan', ExternalUserID: CUSTOMER };

/** Callbacks of each kind, as the platform writes them. */
export const MESSAGES: readonly Readonly<Record<string, unknown>>[] = [
  { ...CONTACT, ChangeType: 'add_external_contact', State: 'store-12', WelcomeCode: 'CODE-of-the-welcome' },
  { ...CONTACT, ChangeType: 'del_external_contact', Source: 'DELETE_BY_TRANSFER' },
  { ...CONTACT, ChangeType: 'transfer_fail', FailReason: 'customer_refused' },
  {
    ...HEAD,
    Event: 'change_external_chat',
    ChatId: 'wr1',
    ChangeType: 'update',
    UpdateDetail: 'add_member',
    JoinScene: '3',
    MemChangeCnt: '2',
    MemChangeList: { Item: [CUSTOMER, 'zhangsan'] },
  },
  { ...HEAD, Event: 'customer_acquisition', ChangeType: 'friend_request', LinkId: 'cawc1', ExternalUserID: CUSTOMER },
  { ...HEAD, Event: 'change_external_tag', Id: 't1', TagType: 'tag', ChangeType: 'update' },
  {
    ...HEAD,
    MsgType: 'text',
    Content: 'hello',
    FromUserName: 'zhangsan',
    MsgId: '4561255354251345929',
    AgentID: '218',
  },
  {
    SuiteId: 's',
    AuthCorpId: 'wx1',
    InfoType: 'change_external_contact',
    TimeStamp: 1763776200,
    ExternalUserID: 'wm1',
  },
];

/** What the raw stream has of them. */
export const SEEDS: readonly Payload[] = MESSAGES.map((message) => ({
  route: 'message',
  body: Buffer.from(JSON.stringify(message)),
  params: {},
}));
