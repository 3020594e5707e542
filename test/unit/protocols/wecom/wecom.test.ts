import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import { decodeRaw } from '../../../../functions/shared/raw-record.ts';
import { CLEAN_DEPS } from '../../../support/ingest.ts';
import { APP, hooked, NOW, plain, type Setting, sealed, TOKEN, xml } from '../wechat/sender.ts';

const CUSTOMER = 'woAJ2GCAAAXtWyujaWJHDDGi0mACH71w';
const HEAD = { ToUserName: APP, FromUserName: 'sys', CreateTime: NOW, MsgType: 'event' };

async function taken(message: string, setting: Setting = {}) {
  const made = hooked('wecom', setting);
  const answer = await collect(sealed('wecom', message), made.deps);
  expect([answer.status, answer.body]).toEqual([200, 'success']);
  const results = made.raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    events: results.flatMap(({ events }) => events),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
    stored: made.raw.records.map((record) => decodeRaw(record).body.toString()).join('\n'),
    seen: made.seen,
  };
}

const contact = (ChangeType: string, more: Record<string, string | number> = {}): string =>
  xml({
    ...HEAD,
    Event: 'change_external_contact',
    ChangeType,
    UserID: 'zhangsan',
    ExternalUserID: CUSTOMER,
    ...more,
  });

describe('customer contact', () => {
  it.each<[string, Record<string, string>, string, Record<string, unknown>]>([
    ['add_external_contact', { State: 'store-12', WelcomeCode: 'WC' }, 'Contact Added', { state: 'store-12' }],
    ['add_half_external_contact', { State: 'store-12', WelcomeCode: 'WC' }, 'Contact Requested', { state: 'store-12' }],
    ['edit_external_contact', {}, 'Contact Updated', {}],
    [
      'del_external_contact',
      { Source: 'DELETE_BY_TRANSFER' },
      'Contact Removed',
      { by: 'staff', cause: 'DELETE_BY_TRANSFER' },
    ],
    ['del_follow_user', {}, 'Contact Removed', { by: 'customer' }],
    ['transfer_fail', { FailReason: 'customer_refused' }, 'Contact Transfer Failed', { cause: 'customer_refused' }],
    ['msg_audit_approved', { WelcomeCode: 'WC' }, 'Conversation Archiving Agreed', {}],
    ['something_new', { Extra: '1' }, 'change_external_contact/something_new', { data: { Extra: '1' } }],
  ])('%s', async (change, more, name, expected) => {
    const { events, quarantined, stored } = await taken(contact(change, more));
    expect(quarantined).toEqual([]);
    expect(stored).not.toContain('WC');
    expect(events.map((event) => [event.name, event.properties])).toEqual([
      [name, { staff_id: 'zhangsan', ...expected, platform_event: `change_external_contact/${change}` }],
    ]);
    expect(events[0]?.identifiers).toEqual([{ type: 'external_userid', scope: APP, value: CUSTOMER }]);
    expect(events[0]?.context.campaign).toEqual(more.State && { source: 'wecom', name: more.State });
    expect(events[0]?.occurred_at).toBe(new Date(NOW * 1000).toISOString());
  });

  it('of a suite is of the company that authorised it', async () => {
    const message = xml({
      SuiteId: 'ww4asffe99e54c0f4c',
      AuthCorpId: 'wxf8b4f85f3a794e77',
      InfoType: 'change_external_contact',
      TimeStamp: NOW,
      ChangeType: 'add_external_contact',
      UserID: 'zhangsan',
      ExternalUserID: CUSTOMER,
      WelcomeCode: 'WC',
    });
    const { events } = await taken(message);
    expect(events.map(({ name, owner, occurred_at }) => [name, owner, occurred_at])).toEqual([
      ['Contact Added', `external_userid:wxf8b4f85f3a794e77:${CUSTOMER}`, new Date(NOW * 1000).toISOString()],
    ]);
  });

  it.each([
    ['friend_request', 'Contact Requested'],
    ['customer_start_chat', 'Conversation Started'],
    ['open_profile', 'Contact Link Opened'],
  ])('by a link that was advertised: %s', async (ChangeType, name) => {
    const message = xml({
      ...HEAD,
      Event: 'customer_acquisition',
      ChangeType,
      LinkId: 'cawc1',
      State: 'ad-1',
      UserID: 'z',
      ExternalUserID: CUSTOMER,
    });
    const { events } = await taken(message);
    expect(events.map((event) => [event.name, event.properties.link_id])).toEqual([[name, 'cawc1']]);
  });
});

describe('customer groups', () => {
  const members = ['wmJoiner1111111111111111111111', 'zhangsan', 'woJoiner2222222222222222222222'];
  const update = (UpdateDetail: string, list: string): string =>
    `<xml><ToUserName>${APP}</ToUserName><FromUserName>sys</FromUserName><CreateTime>${NOW}</CreateTime><MsgType>event</MsgType><Event>change_external_chat</Event><ChatId>wr1</ChatId><ChangeType>update</ChangeType><UpdateDetail>${UpdateDetail}</UpdateDetail><JoinScene>3</JoinScene><MemChangeCnt>3</MemChangeCnt><MemChangeList>${list}</MemChangeList></xml>`;

  it.each([
    ['items', members.map((id) => `<Item>${id}</Item>`).join('')],
    ['one text', members.join(',')],
  ])('are joined and left by customers, one event each, and employees make none (%s)', async (_, list) => {
    for (const [detail, name] of [
      ['add_member', 'Group Chat Joined'],
      ['del_member', 'Group Chat Left'],
    ] as const) {
      const { events } = await taken(update(detail, list));
      expect(events.map((event) => [event.name, event.owner])).toEqual([
        [name, `external_userid:${APP}:${members[0]}`],
        [name, `external_userid:${APP}:${members[2]}`],
      ]);
      expect(events[0]?.properties).toMatchObject({ chat_id: 'wr1', join_scene: '3', member_count: 3 });
      expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(2);
    }
  });
});

describe('what concerns no customer', () => {
  it.each([
    [
      'an employee who opens an app',
      xml({ ...HEAD, FromUserName: 'zhangsan', Event: 'enter_agent', AgentID: 1 }),
      'zhangsan',
    ],
    [
      'an employee who writes',
      xml({ ...HEAD, FromUserName: 'zhangsan', MsgType: 'text', Content: 'hello', MsgId: 1, AgentID: 218 }),
      'hello',
    ],
    [
      'the directory',
      xml({
        ...HEAD,
        Event: 'change_contact',
        ChangeType: 'create_user',
        UserID: 'li',
        Name: '李四',
        Mobile: '13800000000',
      }),
      '李四',
    ],
    ['tags', xml({ ...HEAD, Event: 'change_external_tag', Id: 't1', TagType: 'tag', ChangeType: 'update' }), 'sys'],
    [
      'a customer service that has news to be fetched',
      xml({ ...HEAD, Event: 'kf_msg_or_event', Token: 'SECRET', OpenKfId: 'wk1' }),
      'SECRET',
    ],
    ['a ticket', xml({ SuiteId: 's', InfoType: 'suite_ticket', TimeStamp: NOW, SuiteTicket: 'SECRET' }), 'SECRET'],
  ])('%s is kept as an outline, and makes no event', async (_, message, secret) => {
    const { events, quarantined, stored, seen } = await taken(message);
    expect([events, quarantined]).toEqual([[], []]);
    expect(stored).not.toContain(secret);
    expect(seen).toEqual([{ source_id: 'wecom', protocol: 'wecom', accepted: 0, refused: [], status: 200 }]);
  });
});

describe('safety', () => {
  it('tells a retry from what happened to two customers in one second', async () => {
    const [one, again] = await Promise.all([
      taken(contact('edit_external_contact')),
      taken(contact('edit_external_contact')),
    ]);
    expect(again.events[0]?.event_id).toBe(one.events[0]?.event_id);
    expect(again.events[0]?.body_hash).toBe(one.events[0]?.body_hash);
    const other = await taken(contact('edit_external_contact', { ExternalUserID: `${CUSTOMER}x` }));
    expect(other.events[0]?.event_id).not.toBe(one.events[0]?.event_id);
  });

  it.each<[string, Setting, string]>([
    ['a plain message', {}, 'signature_missing'],
    ['a source without a key', { secrets: { token: [TOKEN] } }, 'signature_unverifiable'],
  ])('takes nothing plain: %s', async (_, setting, reason) => {
    const { deps, seen } = hooked('wecom', setting);
    const request = plain(contact('edit_external_contact'), { path: '/v1/hooks/wecom/k' });
    expect((await collect(request, deps)).status).toBe(401);
    expect(seen.map(({ refused }) => refused)).toEqual([[reason]]);
  });
});
