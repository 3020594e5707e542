import { describe, expect, it } from 'vitest';
import { tokenise, WEB } from '../../../support/ingest.ts';
import { FROM_SERVER, keysOf, one, TRACK } from './support.ts';

describe('who it is', () => {
  const visitor = { ...TRACK, login_id: undefined, distinct_id: 'c-1' };
  it.each([
    ['a visitor', { ...visitor, anonymous_id: 'c-1' }, ['anonymous_id:c-1']],
    [
      'a member, by the server',
      { ...visitor, distinct_id: 'u-1', properties: { $is_login_id: true } },
      ['user_id:u-1'],
    ],
    ['a server that does not say which', { ...visitor, distinct_id: 'u-1' }, ['anonymous_id:u-1']],
    ['a member in a browser', { ...TRACK, anonymous_id: 'c-1' }, ['user_id:u-1', 'anonymous_id:c-1']],
    [
      'somebody who signs up',
      { ...visitor, type: 'track_signup', event: '$SignUp', distinct_id: 'u-1', original_id: 'c-1' },
      ['user_id:u-1', 'anonymous_id:c-1', 'anonymous_id:u-1'],
    ],
    [
      'identities',
      {
        ...TRACK,
        identities: {
          $identity_login_id: 'u-1',
          $identity_cookie_id: 'c-1',
          $identity_mp_wx0123456789abcdef_openid: 'o-1',
          $identity_mp_unionid: 'un-1',
          $identity_idfa: 'AAAA-1',
          $identity_oaid: 'oaid-1',
        },
        properties: { $app_id: 'wx0123456789abcdef' },
      },
      [
        'user_id:u-1',
        'unionid:wx0123456789abcdef:un-1',
        'openid:wx0123456789abcdef:o-1',
        'device_id:aaaa-1',
        'device_id:oaid-1',
        'anonymous_id:c-1',
      ],
    ],
    [
      'somebody known by a number only',
      {
        ...visitor,
        distinct_id: '$identity_mobile+13800000000',
        login_id: '$identity_mobile+13800000000',
        identities: { $identity_mobile: '13800000000', $identity_cookie_id: 'c-1' },
      },
      [`phone:${tokenise('phone', '+8613800000000')}`, 'anonymous_id:c-1'],
    ],
    ['a device', { ...visitor, properties: { $device_id: 'D-1' } }, ['device_id:d-1', 'anonymous_id:c-1']],
    ['numbers', { ...visitor, distinct_id: 12345678 }, ['anonymous_id:12345678']],
  ])('%s', async (_, record, keys) => {
    expect(keysOf(await one(record))).toEqual(keys);
  });

  it("takes the source's account as the scope of a unionid, and names what no rule knows", async () => {
    const identities = { $identity_mp_unionid: 'un-1', $identity_login_id: 'u-1', $identity_passport: 'p-1' };
    const event = await one({ ...TRACK, identities }, { source: { ...WEB, app_id: 'open-platform-1' } });
    expect(keysOf(event)).toEqual(['user_id:u-1', 'unionid:open-platform-1:un-1']);
    expect(event.flags).toContainEqual(expect.stringMatching(/^invalid_identifier:\/context\/externalIds/));
  });
});

describe('bind and unbind', () => {
  const identities = { $identity_login_id: 'u-1', $identity_mobile: '13800000000' };
  const bind = { ...TRACK, type: 'track_id_bind', event: '$BindID', login_id: undefined, identities };
  const unbind = { ...bind, type: 'track_id_unbind', event: '$UnbindID' };

  it('are declared by who holds a secret key', async () => {
    const phone = `phone:${tokenise('phone', '+8613800000000')}`;
    const bound = await one(bind, FROM_SERVER);
    expect([bound.type, keysOf(bound)]).toEqual(['bind', ['user_id:u-1', phone]]);
    const released = { ...unbind, identities: { $identity_mobile: '13800000000' } };
    const { type, identifiers } = await one(released, FROM_SERVER);
    expect([type, identifiers.map((each) => each.type)]).toEqual(['unbind', ['phone']]);
  });

  it('from a page are what was seen; what is unbound is not seen together once more', async () => {
    const seen = await one({ ...bind, anonymous_id: 'c-1' });
    expect(seen).toMatchObject({
      type: 'track',
      name: '$BindID',
      properties: { platform_remark: 'secret_key_required' },
    });
    expect(seen.identifiers.map(({ type }) => type)).toEqual(['user_id', 'phone', 'anonymous_id']);
    const released = await one({ ...unbind, login_id: 'u-1', anonymous_id: 'c-1' });
    expect([released.type, released.name, keysOf(released)]).toEqual([
      'track',
      '$UnbindID',
      ['user_id:u-1', 'anonymous_id:c-1'],
    ]);
    expect(JSON.stringify(released)).not.toContain('13800000000');
  });
});
