import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import { decode } from '../../../../functions/shared/protocols/wechat/decode.ts';
import { decodeRaw } from '../../../../functions/shared/raw-record.ts';
import type { CleanEvent, Source } from '../../../../schemas/event.ts';
import { CLEAN_DEPS } from '../../../support/ingest.ts';
import { APP, hooked, NOW, plain, sealed, sourceOf, xml } from './sender.ts';

const HEAD = { ToUserName: 'gh_1', FromUserName: 'oP1', CreateTime: NOW - 1 };
const event = (Event: string, more: Record<string, string | number> = {}): string =>
  xml({ ...HEAD, MsgType: 'event', Event, ...more });
const said = (MsgType: string, more: Record<string, string | number>): string =>
  xml({ ...HEAD, MsgType, MsgId: '7530492131287912345', ...more });

async function taken(message: string, source: Partial<Source> = {}, path?: string) {
  const made = hooked('wechat', { source });
  const answer = await collect(sealed('wechat', message, path === undefined ? {} : { path }), made.deps);
  expect([answer.status, answer.body]).toEqual([200, 'success']);
  const stored = made.raw.records.map((record) => decodeRaw(record).body.toString());
  const results = made.raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    events: results.flatMap(({ events }) => events),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
    stored: stored.join('\n'),
  };
}

const outline = ({ name, properties }: CleanEvent) => {
  const { account, platform_event, ...rest } = properties;
  return [name, rest];
};

describe('events of an official account', () => {
  it.each<[string, string, unknown[][]]>([
    ['follow', event('subscribe', { EventKey: '' }), [['Account Followed', {}]]],
    [
      'follow by a code',
      event('subscribe', { EventKey: 'qrscene_store-12', Ticket: 'gQH' }),
      [['Account Followed', { scene: 'store-12' }]],
    ],
    [
      'follow after a payment',
      event('subscribe', { EventKey: 'last_trade_no_42' }),
      [['Account Followed', { event_key: 'last_trade_no_42' }]],
    ],
    ['unfollow', event('unsubscribe'), [['Account Unfollowed', {}]]],
    ['scan', event('SCAN', { EventKey: 'store-12', Ticket: 'gQH' }), [['QR Code Scanned', { scene: 'store-12' }]]],
    ['menu', event('CLICK', { EventKey: 'V1001' }), [['Menu Clicked', { menu_key: 'V1001' }]]],
    [
      'menu link',
      event('VIEW', { EventKey: 'https://shop.example.com/', MenuId: '7' }),
      [['Menu Clicked', { url: 'https://shop.example.com/', menu_id: '7' }]],
    ],
    ['menu scan', event('scancode_push', { EventKey: 'k' }), [['Menu Clicked', { menu_key: 'k' }]]],
    [
      'template',
      event('TEMPLATESENDJOBFINISH', { MsgID: 200163836, Status: 'failed:user block' }),
      [
        [
          'Message Delivery Reported',
          { kind: 'template', platform_message_id: '200163836', status: 'failed:user block' },
        ],
      ],
    ],
    ['agent', event('kf_create_session', { KfAccount: 'kf1@gh' }), [['Conversation Started', { staff_id: 'kf1@gh' }]]],
    [
      'agent leaves',
      event('kf_close_session', { KfAccount: 'kf1@gh', CloseType: 'KF' }),
      [['Conversation Ended', { staff_id: 'kf1@gh', close_type: 'KF' }]],
    ],
    [
      'mini program',
      event('user_enter_tempsession', { SessionFrom: 'cart' }),
      [['Conversation Started', { session_from: 'cart' }]],
    ],
    [
      'one without a name of ours',
      event('user_get_card', { CardId: 'c1', IsGiveByFriend: 1 }),
      [['user_get_card', { data: { CardId: 'c1', IsGiveByFriend: '1' } }]],
    ],
  ])('%s', async (_, message, expected) => {
    const { events, quarantined } = await taken(message);
    expect(quarantined).toEqual([]);
    expect(events.map(outline)).toEqual(expected);
    for (const each of events) {
      expect(each.identifiers).toEqual([{ type: 'openid', scope: APP, value: 'oP1' }]);
      expect(each.occurred_at).toBe(new Date((NOW - 1) * 1000).toISOString());
      expect(each.verified).toBe(true);
      expect(each.properties).toMatchObject({ account: 'gh_1' });
    }
  });

  it('names the campaign of the code, and stores no ticket', async () => {
    for (const message of [
      event('subscribe', { EventKey: 'qrscene_spring', Ticket: 'gQH' }),
      event('SCAN', { EventKey: 'spring', Ticket: 'gQH' }),
    ]) {
      const { events, stored } = await taken(message);
      expect(events[0]?.context.campaign).toEqual({ source: 'wechat', name: 'spring' });
      expect(stored).not.toContain('gQH');
    }
  });

  it('keeps where a person was only where the source keeps content', async () => {
    const message = event('LOCATION', { Latitude: 23.137466, Longitude: 113.352425, Precision: 119.38504 });
    const without = await taken(message);
    expect(without.events.map(outline)).toEqual([['Location Reported', { precision: 119.38504 }]]);
    expect(without.stored).not.toContain('23.13');
    const kept = await taken(message, { settings: { keep_content: 'yes' } });
    expect(kept.events.map(outline)).toEqual([
      ['Location Reported', { latitude: 23.137466, longitude: 113.352425, precision: 119.38504 }],
    ]);
  });
});

describe('subscription messages', () => {
  const list = (inner: string, name: string): string =>
    `<xml><ToUserName>gh_1</ToUserName><FromUserName>oP1</FromUserName><CreateTime>${NOW}</CreateTime><MsgType>event</MsgType><Event>${name}</Event>${inner}</xml>`;
  const choice = (id: string, status: string): string =>
    `<List><TemplateId>${id}</TemplateId><SubscribeStatusString>${status}</SubscribeStatusString><PopupScene>0</PopupScene></List>`;
  const expected = [
    ['Message Subscription Changed', { template_id: 't1', status: 'accept', scene: '0' }],
    ['Message Subscription Changed', { template_id: 't2', status: 'reject', scene: '0' }],
  ];

  it('are one event for each template, from XML and from JSON, of which one alone is no list', async () => {
    const inner = `<SubscribeMsgPopupEvent>${choice('t1', 'accept')}${choice('t2', 'reject')}</SubscribeMsgPopupEvent>`;
    const { events } = await taken(list(inner, 'subscribe_msg_popup_event'));
    expect(events.map(outline)).toEqual(expected);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2);
    const one = { TemplateId: 't1', SubscribeStatusString: 'accept', PopupScene: '0' };
    for (const [List, count] of [
      [[one, { ...one, TemplateId: 't2', SubscribeStatusString: 'reject' }], 2],
      [one, 1],
    ] as const) {
      const json = { ...HEAD, MsgType: 'event', Event: 'subscribe_msg_change_event', List };
      expect((await taken(JSON.stringify(json))).events.map(outline)).toEqual(expected.slice(0, count));
    }
  });

  it('say whether they arrived', async () => {
    const inner =
      '<SubscribeMsgSentEvent><List><TemplateId>t1</TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>';
    expect((await taken(list(inner, 'subscribe_msg_sent_event'))).events.map(outline)).toEqual([
      [
        'Message Delivery Reported',
        {
          kind: 'subscription',
          template_id: 't1',
          platform_message_id: '1700827132819554304',
          status: 'success',
          error_code: '0',
        },
      ],
    ]);
  });
});

describe('messages of people', () => {
  it.each([
    ['text', { Content: '我的手机号 13800000000 👍' }, { message_type: 'text', length: 19 }, '13800000000'],
    ['image', { PicUrl: 'http://pic.example.com/1', MediaId: 'm-1' }, { message_type: 'image' }, 'm-1'],
    ['voice', { MediaId: 'm-1', Format: 'amr', Recognition: '你好' }, { message_type: 'voice' }, '你好'],
    ['location', { Location_X: 23.1, Location_Y: 113.3, Label: '某街 1 号' }, { message_type: 'location' }, '某街'],
    ['link', { Title: '标题', Description: 'd', Url: 'https://a.example.com' }, { message_type: 'link' }, '标题'],
    [
      'miniprogrampage',
      { Title: '标题', AppId: 'wx2', PagePath: 'pages/a' },
      { message_type: 'miniprogrampage', app_id: 'wx2', page: 'pages/a' },
      '标题',
    ],
  ])('%s: that it came, and never what was in it', async (type, fields, expected, secret) => {
    const { events, stored } = await taken(said(type, fields));
    expect(events.map(outline)).toEqual([['Message Received', expected]]);
    expect(stored).not.toContain(secret);
    expect(events[0]?.event_id).toBe(`wechat:${APP}:7530492131287912345`);
  });

  it('are kept whole where the source keeps content', async () => {
    const { events } = await taken(said('text', { Content: '你好' }), { settings: { keep_content: 'yes' } });
    expect(events.map(outline)).toEqual([['Message Received', { message_type: 'text', length: 2, content: '你好' }]]);
  });

  it('have ids beyond 2^53 in JSON, and keep every digit', async () => {
    const ids = ['7530492131287912345', '7530492131287912346'];
    for (const id of ids) {
      const json = `{"ToUserName":"gh_1","FromUserName":"oP1","CreateTime":${NOW},"MsgType":"text","Content":"a","MsgId":${id}}`;
      expect((await taken(json)).events[0]?.event_id).toBe(`wechat:${APP}:${id}`);
    }
  });
});

describe('identity', () => {
  it('takes a unionid into the scope of the open-platform account, where the source names it', async () => {
    const message = event('subscribe', { UnionId: 'uU1' });
    const { events } = await taken(message, { settings: { open_platform_id: 'op-1' } });
    expect(events[0]?.identifiers).toEqual([
      { type: 'unionid', scope: 'op-1', value: 'uU1' },
      { type: 'openid', scope: APP, value: 'oP1' },
    ]);
    expect((await taken(message)).events[0]?.identifiers[0]).toEqual({ type: 'unionid', scope: APP, value: 'uU1' });
  });

  it('is of the account that the path of a third-party platform names', async () => {
    const { events } = await taken(event('subscribe'), {}, '/v1/hooks/wechat/k/apps/wxabc');
    expect(events[0]?.owner).toBe('openid:wxabc:oP1');
  });
});

describe('what concerns nobody', () => {
  it('is kept as an outline without tickets, and makes no event', async () => {
    const notice = xml({
      AppId: 'wxp',
      CreateTime: NOW,
      InfoType: 'component_verify_ticket',
      ComponentVerifyTicket: 'ticket@@@x',
    });
    const { events, quarantined, stored } = await taken(notice);
    expect([events, quarantined]).toEqual([[], []]);
    expect(JSON.parse(stored)).toEqual({ AppId: 'wxp', CreateTime: String(NOW), InfoType: 'component_verify_ticket' });
  });

  it('is kept without the people in it: whoever registered a mini program through the platform', async () => {
    const info = '<info><name>某公司</name><legal_persona_name>张三</legal_persona_name></info>';
    const notice = `<xml><AppId>wxp</AppId><CreateTime>${NOW}</CreateTime><InfoType>notify_third_fasteregister</InfoType><FromUserName>o</FromUserName>${info}</xml>`;
    const { events, stored } = await taken(notice);
    expect(events).toEqual([]);
    expect(stored).not.toContain('张三');
  });
});

describe('what cannot be read', () => {
  it.each([
    ['no markup', 'hello', 'invalid_payload'],
    ['a list', '[1]', 'invalid_payload'],
    ['half an element', '<xml><a>', 'invalid_payload'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>o</FromUserName></xml>', 'invalid_payload'],
    ['a name that is refused', '{"__proto__":{"a":1},"FromUserName":"o"}', 'forbidden_key'],
    ['too deep', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'too_deep'],
    ['a time that is none', event('subscribe').replace(String(NOW - 1), 'x'), undefined],
  ])(
    '%s goes to quarantine and is answered with success, since a second try brings the same',
    async (_, message, reason) => {
      const { events, quarantined } = await taken(message);
      expect(quarantined.map((each) => each.reason)).toEqual(reason === undefined ? [] : [reason]);
      expect(events.length).toBe(reason === undefined ? 1 : 0);
      expect(quarantined.map((each) => each.route).join()).toBe(reason === undefined ? '' : 'wechat:message');
    },
  );

  it('plain text that is not UTF-8 is refused, whatever JSON it holds', async () => {
    const made = hooked('wechat', { secrets: { token: ['QDG6eK'] } });
    const request = plain('');
    const body = Buffer.concat([
      Buffer.from('{"FromUserName":"o1","Ticket":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect((await collect({ ...request, body }, made.deps)).body).toBe('success');
    expect(made.seen[0]?.refused).toEqual(['invalid_payload']);
  });

  it('decoding alone never throws, with or without a source', () => {
    for (const body of ['', '{}', 'null', '{"FromUserName":{}}', '{"FromUserName":"o","MsgType":"event"}']) {
      const payload = { route: 'message', body: Buffer.from(body), params: {} };
      for (const source of [undefined, sourceOf('wechat')]) expect(() => decode(payload, source)).not.toThrow();
    }
  });
});
