import { describe, expect, it } from 'vitest';
import { decode } from '../../../../functions/shared/protocols/growingio/decode.ts';

const AT = 1_795_314_680_511;
const BASE = {
  deviceId: 'd-1',
  sessionId: 's-1',
  timestamp: AT,
  eventSequenceId: 1,
  platform: 'web',
  domain: 'shop.example.com',
};
const MINI = { ...BASE, platform: 'MinP', domain: 'wx0123456789abcdef' };
const OPENID = 'oABC2lcTSMCIW3DXZa8QkwZnLjYX';

/** What decoding made of one event, as JSON. */
interface Decoded {
  readonly type: string;
  readonly event?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly messageId?: string;
  readonly timestamp?: string;
  readonly properties?: object;
  readonly context: {
    readonly page: { readonly url: string; readonly search: string };
    readonly app: { readonly namespace?: string };
    readonly device?: object;
    readonly campaign?: object;
    readonly timezone?: string;
    readonly externalIds?: readonly object[];
  };
}

function decoded(event: object, route = 'collect'): Decoded {
  const result = decode({ route, body: Buffer.from(JSON.stringify([event])), params: { stm: String(AT) } }, undefined);
  if ('reason' in result) throw new Error(result.detail);
  return JSON.parse(JSON.stringify(result.items[0]));
}

describe('who it is', () => {
  it.each([
    ['no kind of account', { userId: 'u-1' }, { userId: 'u-1' }],
    ['a number', { userId: 17 }, { userId: '17' }],
    ['the usual kind', { userId: 'u-1', userKey: 'userId' }, { userId: 'u-1' }],
    ['another kind, in which the same id is another person', { userId: '7', userKey: 'staff' }, { userId: 'staff:7' }],
    ['a phone', { userId: '13800138000', userKey: 'phone' }, { externalIds: [{ type: 'phone', id: '13800138000' }] }],
    ['an e-mail', { userId: 'a@b.cn', userKey: 'E-Mail' }, { externalIds: [{ type: 'email', id: 'a@b.cn' }] }],
    ['what is called a phone and is none', { userId: 'u-1', userKey: 'phone' }, { userId: 'phone:u-1' }],
  ])('is by userKey: %s', (_, sent, { userId, externalIds }: { userId?: string; externalIds?: object[] }) => {
    const event = decoded({ ...BASE, eventType: 'CUSTOM', eventName: 'X', ...sent });
    expect([event.userId, event.context.externalIds]).toEqual([userId, externalIds]);
    expect(event.anonymousId).toBe('d-1');
  });

  it('is never by gioId, which goes on naming whoever was signed in before', () => {
    expect(JSON.stringify(decoded({ ...BASE, eventType: 'VISIT', gioId: 'u-before' }))).not.toContain('u-before');
  });

  it('is a device in an app, with its advertising ids, and without its IMEI', () => {
    const ids = { oaid: 'oaid-1', googleAdvertisingId: 'gaid-1', idfv: 'idfv-1', imei: '356938035643809' };
    const event = decoded({ ...BASE, ...ids, platform: 'Android', eventType: 'PAGE', title: 'Cart' });
    expect(event).toMatchObject({ type: 'screen', name: 'Cart' });
    expect(event.anonymousId).toBeUndefined();
    expect(event.context.device).toEqual({ id: 'd-1', advertisingId: 'gaid-1' });
    expect(event.context.externalIds).toEqual([
      { type: 'device_id', id: 'oaid-1' },
      { type: 'device_id', id: 'idfv-1' },
    ]);
    expect(JSON.stringify(event)).not.toContain('356938035643809');
  });

  it('is an openid of the mini program where the SDK takes it for its device, or has it among the attributes', () => {
    const forced = decoded({ ...MINI, deviceId: OPENID, eventType: 'VISIT' });
    const scoped = { type: 'openid', scope: 'wx0123456789abcdef', id: OPENID };
    expect([forced.anonymousId, forced.context.externalIds]).toEqual([undefined, [scoped]]);
    const told = decoded({ ...MINI, eventType: 'LOGIN_USER_ATTRIBUTES', attributes: { openId: OPENID } });
    expect([told.anonymousId, told.context.externalIds]).toEqual(['d-1', [scoped]]);
    expect(told.context.app.namespace).toBe('wx0123456789abcdef');
  });
});

describe('what happened', () => {
  it.each([
    ['VISIT', { type: 'track', event: 'VISIT' }],
    ['PAGE', { type: 'page' }],
    ['LOGIN_USER_ATTRIBUTES', { type: 'identify', traits: { a: '1' } }],
    ['VISITOR_ATTRIBUTES', { type: 'identify', traits: { a: '1' } }],
    ['CONVERSION_VARIABLES', { type: 'track', event: 'CONVERSION_VARIABLES', properties: { a: '1' } }],
    ['FORM_SUBMIT', { type: 'track', event: 'FORM_SUBMIT', properties: { a: '1' } }],
    ['APP_CLOSED', { type: 'track', event: 'APP_CLOSED' }],
    ['A_TYPE_OF_TOMORROW', { type: 'track', event: 'A_TYPE_OF_TOMORROW' }],
  ])('%s', (eventType, expected) => {
    expect(decoded({ ...BASE, eventType, attributes: { a: '1' } })).toMatchObject(expected);
  });

  it('has lists taken apart, numbers of the plan as numbers, and the thing it is about', () => {
    const attributes = { tags: 'a||b', price: '9.5', product_id: '007' };
    const resourceItem = { id: 'p1', key: 'product', attributes: { colours: 'red||blue' } };
    expect(decoded({ ...BASE, eventType: 'CUSTOM', eventName: 'X', attributes, resourceItem }).properties).toEqual({
      tags: ['a', 'b'],
      price: 9.5,
      product_id: '007',
      resource_item: { id: 'p1', key: 'product', attributes: { colours: ['red', 'blue'] } },
    });
  });

  it('has its page by Segment’s names, cut to what the plan takes, and its campaign', () => {
    const query = `utm_source=wechat&utm_campaign=spring&x=${'y'.repeat(3000)}`;
    const sent = { path: '/p', query, protocolType: 'https', title: '首页', referralPage: 'https://www.baidu.com/' };
    const { context, properties } = decoded({ ...BASE, ...sent, eventType: 'PAGE' });
    expect(context.page.url.slice(0, 30)).toBe('https://shop.example.com/p?utm');
    expect([context.page.url.length, context.page.search.length]).toEqual([2000, 2000]);
    expect(context.campaign).toEqual({ source: 'wechat', name: 'spring' });
    expect(properties).toEqual(context.page);
  });
});

it.each([
  [-480, 'GMT+0800'],
  ['-480', 'GMT+0800'],
  [300, 'GMT-0500'],
  [0, 'GMT+0000'],
  [-330, undefined],
  ['east', undefined],
  [-9000, undefined],
])('reads the offset %j as the zone %s', (timezoneOffset, zone) => {
  expect(decoded({ ...BASE, eventType: 'VISIT', timezoneOffset }).context.timezone).toBe(zone);
});

describe('the duplicate key', () => {
  const event = { ...BASE, eventType: 'CUSTOM', eventName: 'X' };

  it('is that of the device, its session, kind, number and time', () => {
    const { messageId } = decoded(event);
    expect(messageId).toMatch(/^[\w-]{22}$/);
    for (const other of [
      { deviceId: 'd-2' },
      { sessionId: 's-2' },
      { eventType: 'VISIT' },
      { eventSequenceId: 2 },
      { timestamp: AT + 1 },
    ]) {
      expect(decoded({ ...event, ...other }).messageId, JSON.stringify(other)).not.toBe(messageId);
    }
  });

  it('is left to the content where events are not numbered', () => {
    expect(decoded({ ...event, eventSequenceId: undefined }).messageId).toBeUndefined();
    expect(decoded({ t: 'cstm', tm: AT, n: 'X', cs1: 'u-1' }, 's2s').messageId).toBeUndefined();
  });
});

it('keeps a time that is none, so that cleaning refuses it by name, and passes over a sending time that is none', () => {
  expect(decoded({ ...BASE, eventType: 'VISIT', timestamp: 'soon' }).timestamp).toBe('soon');
  const payload = { route: 'collect', body: Buffer.from('[]'), params: { stm: 'soon' } };
  expect(decode(payload, undefined)).toEqual({ items: [], shared: {} });
});

it('makes no text of what brings a way of its own to become one', () => {
  const own = { toString: 1 };
  for (const field of [
    'deviceId',
    'sessionId',
    'eventType',
    'eventSequenceId',
    'timestamp',
    'userId',
    'userKey',
    'title',
  ]) {
    const event = decoded({ ...BASE, eventType: 'PAGE', eventSequenceId: 1, [field]: own });
    expect(JSON.stringify(event), field).not.toContain('[object');
  }
});
