import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

/** What fuzzing begins with, besides the recordings: data as it is seldom sent. */
export const SEEDS: readonly Payload[] = [
  {
    route: 'binary',
    params: { id: '1', source: '/crm', specversion: '1.0', type: 'identify', time: '2026-11-22T10:00:00+08:00' },
    body: Buffer.from('{"userId":"m1","traits":{"level":"gold"}}'),
  },
  {
    route: 'structured',
    params: {},
    body: Buffer.from(
      '{"id":"1","source":"/c","specversion":"1.0","type":"t","datacontenttype":"text/json","data_base64":"e30="}',
    ),
  },
];
