import { mkdirSync, writeFileSync } from 'node:fs';
import { encrypt, getSignature } from '@wecom/crypto';
import type { HttpRequest } from '../../functions/shared/http.ts';
import {
  AES_KEY,
  APP,
  check,
  NOW,
  type Sending,
  sealed,
  signedSeal,
  TOKEN,
  xml,
} from '../unit/protocols/wechat/sender.ts';

/**
 * `node test/support/record-wechat.ts`: writes down what WeChat and WeCom push, sealed and signed by the platform's library, with
 * made-up messages in the documented form. No account was at hand to record the platforms themselves.
 */
const ROOT = new URL('../recordings/', import.meta.url);
const CUSTOMER = 'woAJ2GCAAAXtWyujaWJHDDGi0mACH71w';

const HEAD = { ToUserName: 'gh_1f0a2b3c4d5e', FromUserName: 'oABC2lcTSMCIW3DXZa8QkwZnLjYX', CreateTime: NOW };
const event = (Event: string, more: Record<string, string | number> = {}): string =>
  xml({ ...HEAD, MsgType: 'event', Event, ...more });

/** The three tries: another nonce, and another sealing of the same text. */
const tries = (protocol: string, message: string): HttpRequest[] =>
  [0, 5, 10].map((later) => sealed(protocol, message, { nonce: `48645265${later}`, timestamp: NOW + later }));

const followed = event('subscribe', { EventKey: 'qrscene_store-12', Ticket: 'gQH-made-up' });

/** `{ToUserName, Encrypt}` of the JSON format, around the same seal. */
function asJson(message: unknown, sending: Sending = {}): HttpRequest {
  const request = sealed('wechat', JSON.stringify(message), sending);
  const Encrypt = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(request.body.toString())?.[1];
  return { ...request, body: Buffer.from(JSON.stringify({ ToUserName: HEAD.ToUserName, Encrypt })) };
}

const time = String(NOW);
const plainCheck = check('wechat', {
  signature: getSignature(TOKEN, time, '1514711492', ''),
  echostr: '4375120948345356249',
  timestamp: time,
  nonce: '1514711492',
});
const echostr = encrypt(AES_KEY, '1616140317555161061', APP);
const sealedCheck = check('wecom', {
  msg_signature: getSignature(TOKEN, time, '263014780', echostr),
  timestamp: time,
  nonce: '263014780',
  echostr,
});

const contact = (ChangeType: string, more: Record<string, string> = {}): string =>
  xml({
    ToUserName: APP,
    FromUserName: 'sys',
    CreateTime: NOW,
    MsgType: 'event',
    Event: 'change_external_contact',
    ChangeType,
    UserID: 'zhangsan',
    ExternalUserID: CUSTOMER,
    ...more,
  });

const RECORDINGS: Readonly<Record<string, readonly HttpRequest[]>> = {
  'wechat-message-push/01-official-account-safe-xml': [
    plainCheck,
    ...tries('wechat', followed),
    sealed('wechat', event('CLICK', { EventKey: 'V1001' })),
    sealed('wechat', xml({ ...HEAD, MsgType: 'text', Content: '有货吗', MsgId: '7530492131287912345' })),
  ],
  'wechat-message-push/02-mini-program-safe-json': [
    asJson({ ...HEAD, MsgType: 'event', Event: 'user_enter_tempsession', SessionFrom: 'cart' }),
    asJson({
      ...HEAD,
      MsgType: 'event',
      Event: 'subscribe_msg_popup_event',
      List: ['accept', 'reject'].map((SubscribeStatusString, at) => ({
        TemplateId: `made-up-${at}`,
        SubscribeStatusString,
        PopupScene: '0',
      })),
    }),
  ],
  'wechat-message-push/03-refused': [
    sealed('wechat', followed, { token: 'another' }),
    sealed('wechat', followed, { timestamp: NOW - 400 }),
    sealed('wechat', followed, { app: 'wx000000000000000a' }),
    signedSeal('wechat', echostr.slice(0, -8)),
  ],
  'wecom-callback/01-customer-contact': [
    sealedCheck,
    ...tries('wecom', contact('add_external_contact', { State: 'store-12', WelcomeCode: 'made-up' })),
    sealed('wecom', contact('del_follow_user')),
    sealed(
      'wecom',
      xml({ ToUserName: APP, FromUserName: 'zhangsan', CreateTime: NOW, MsgType: 'event', Event: 'enter_agent' }),
    ),
  ],
};

const receivedAt = new Date(NOW * 1000 + 10_500).toISOString();

for (const [name, requests] of Object.entries(RECORDINGS)) {
  mkdirSync(new URL(`${name.split('/')[0]}/`, ROOT), { recursive: true });
  const written = requests.map(({ method, path, query, headers, body }) => ({
    receivedAt,
    method,
    path,
    query,
    rawUrl: `${path}?${new URLSearchParams(query)}`,
    headers: {
      ...headers,
      ...(method === 'POST' && { 'content-type': 'text/xml', 'content-length': `${body.length}` }),
    },
    ...(method === 'POST' && { body: { length: body.length, text: body.toString() } }),
  }));
  writeFileSync(new URL(`${name}.json`, ROOT), `${JSON.stringify({ requests: written }, null, 1)}\n`);
}
