import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const WHO = {
  time: 1795313627813,
  _track_id: 7,
  _flush_time: 1795313627999,
  distinct_id: '$identity_mobile+13800138000',
  identities: { $identity_mobile: '13800138000', $identity_idfv: 'D-1', $identity_mp_wx0123456789abcdef_openid: 'o-1' },
  lib: { $lib: 'iOS', $lib_version: '4.5.0' },
};

/** What the recordings have not: apps, what unbinds and deletes, and times without a zone. */
const RECORDS: readonly object[] = [
  { ...WHO, type: 'track', event: '$AppViewScreen', properties: { $screen_name: 'Cart', $device_id: 'D-1' } },
  { ...WHO, type: 'track_id_unbind', event: '$UnbindID', properties: {} },
  {
    ...WHO,
    type: 'track',
    event: 'OrderPaid',
    time: '2026-11-22 10:13:47.813',
    properties: { $timezone_offset: -480 },
  },
  { ...WHO, type: 'profile_delete', properties: {} },
  { ...WHO, type: 'profile_append', properties: { likes: ['tea'], platform_type: 'server' } },
  { ...WHO, type: 'profile_unset', properties: { old: '' } },
];

export const SEEDS: readonly Payload[] = [
  { route: 'records', body: Buffer.from(JSON.stringify(RECORDS)), params: {} },
  {
    route: 'unreadable',
    body: Buffer.from('data_list=AAAA&gzip=9'),
    params: { reason: 'invalid_payload', field: '/gzip', detail: 'The records are encrypted.' },
  },
];
