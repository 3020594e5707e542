import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { identifierKey } from '../../../functions/shared/identifiers.ts';
import type { Source } from '../../../schemas/event.ts';
import { CLEAN_DEPS, rawRecord, SERVER, tokenise, WEB } from '../../support/ingest.ts';

const phone = `phone:${tokenise('phone', '+8613800138000')}`;
const email = `email:${tokenise('email', 'a@example.com')}`;

function identify(event: object, source: Source = WEB) {
  const { events, quarantined } = cleanRecord(rawRecord('batch', { batch: [event] }, source), CLEAN_DEPS);
  const [clean] = events;
  const flags = clean?.flags.filter((flag) => flag !== 'time_missing' && flag !== 'unplanned_event');
  return { keys: clean?.identifiers.map(identifierKey), owner: clean?.owner, flags, reason: quarantined[0]?.reason };
}

const APP: Source = { ...WEB, app_id: 'wx_source' };
const track = { type: 'track', event: 'E' };

describe('where identifiers are found', () => {
  it.each([
    ['ids of the SDK', { ...track, anonymousId: 'a', userId: ' u ' }, WEB, ['user_id:u', 'anonymous_id:a']],
    ['numbers', { ...track, userId: 42 }, WEB, ['user_id:42']],
    ['an empty user id beside a cookie', { ...track, userId: '', anonymousId: 'a' }, WEB, ['anonymous_id:a']],
    [
      'the device',
      { ...track, context: { device: { id: 'D-1', advertisingId: 'A-2' } } },
      WEB,
      ['device_id:a-2', 'device_id:d-1'],
    ],
    [
      'traits',
      { type: 'identify', userId: 'u', traits: { phone: '138 0013 8000', email: 'A@Example.com' } },
      WEB,
      ['user_id:u', phone, email],
    ],
    [
      'traits in the context',
      { ...track, anonymousId: 'a', context: { traits: { email: 'a@example.com' } } },
      WEB,
      [email, 'anonymous_id:a'],
    ],
    [
      'no traits in the context of a page',
      { type: 'page', anonymousId: 'a', context: { traits: { email: 'a@example.com' } } },
      WEB,
      ['anonymous_id:a'],
    ],
    [
      "no group's traits",
      { type: 'group', userId: 'u', groupId: 'g', traits: { email: 'a@example.com' } },
      WEB,
      ['user_id:u'],
    ],
    ['properties of a secret source', { ...track, properties: { phone: '13800138000' } }, SERVER, [phone]],
    [
      'no properties of a public source',
      { ...track, userId: 'u', properties: { phone: '13800138000' } },
      WEB,
      ['user_id:u'],
    ],
    ['a mini program', { ...track, properties: { openid: 'o1', appid: 'wx1' } }, APP, ['openid:wx1:o1']],
    [
      'WeChat ids in the context',
      { ...track, context: { openid: 'o1', unionid: 'n1' } },
      APP,
      ['unionid:wx_source:n1', 'openid:wx_source:o1'],
    ],
    [
      'a unionid and its account',
      { ...track, userId: 'u', properties: { unionid: 'n1', appid: 'wx1', open_platform_id: 'op' } },
      APP,
      ['user_id:u', 'unionid:op:n1'],
    ],
    [
      'a unionid of the account that the source names',
      { ...track, context: { unionid: 'n1', openid: 'o1', externalIds: [{ type: 'unionid', id: 'n2' }] } },
      { ...APP, settings: { open_platform_id: 'op9' } },
      ['unionid:op9:n1', 'unionid:op9:n2', 'openid:wx_source:o1'],
    ],
    [
      'external ids',
      { ...track, context: { externalIds: [{ type: 'jd_pin', id: 'p', scope: 'shop1' }] } },
      APP,
      ['jd_pin:shop1:p'],
    ],
    [
      'external ids of the app',
      { ...track, context: { app: { namespace: 'com.x' }, externalIds: [{ type: 'openid', id: 'o' }] } },
      APP,
      ['openid:com.x:o'],
    ],
    [
      'external ids of the source',
      { ...track, context: { externalIds: [{ type: 'openid', id: 'o' }] } },
      APP,
      ['openid:wx_source:o'],
    ],
    ['an alias', { type: 'alias', userId: 'u', previousId: 'a' }, WEB, ['user_id:u', 'anonymous_id:a']],
    [
      'the same one twice',
      { ...track, userId: 'u', context: { externalIds: [{ type: 'user_id', id: 'u ' }] } },
      WEB,
      ['user_id:u'],
    ],
  ])('%s', (_, event, source, keys) => {
    const found = identify(event, source);
    expect([found.keys, found.owner, found.flags]).toEqual([keys, keys[0], []]);
  });

  it('a self alias says nothing about anybody else', () => {
    const found = identify({ type: 'alias', userId: 'u', previousId: 'u', anonymousId: 'a' });
    expect([found.keys, found.flags]).toEqual([['user_id:u', 'anonymous_id:a'], ['self_alias']]);
  });
});

describe('bad identifiers', () => {
  it.each([
    [{ ...track, anonymousId: 'a', userId: 'null' }, 'blocked_identifier:/userId'],
    [{ ...track, anonymousId: 'a', context: { traits: { phone: '13' } } }, 'invalid_identifier:/context/traits/phone'],
    [{ type: 'identify', anonymousId: 'a', traits: { email: 'none' } }, 'blocked_identifier:/traits/email'],
    [{ ...track, anonymousId: 'a', properties: { openid: 'o' } }, 'identifier_without_scope:/properties/openid'],
    [
      { ...track, anonymousId: 'a', context: { externalIds: [{ type: 'nope', id: '1' }] } },
      'invalid_identifier:/context/externalIds/0',
    ],
  ])('are remarked on, and the event goes on', (event, flag) => {
    const found = identify(event);
    expect([found.keys, found.flags]).toEqual([['anonymous_id:a'], [flag]]);
  });

  it.each([
    [{ ...track, userId: 'null', anonymousId: '00000000-0000-0000-0000-000000000000' }],
    [track],
    [{ ...track, context: { externalIds: 'x', device: [], traits: 7 } }],
  ])('and no good one: nobody is named', (event) => expect(identify(event).reason).toBe('no_identifier'));

  it('twenty are taken, more are not', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, i) => ({ type: 'device_id', id: `d${i}` }));
    expect(identify({ ...track, context: { externalIds: ids(20) } }).keys?.length).toBe(20);
    expect(identify({ ...track, context: { externalIds: ids(21) } }).reason).toBe('too_many_identifiers');
  });
});
