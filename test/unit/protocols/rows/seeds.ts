import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const rows = (params: Payload['params'], ...all: object[]): Payload => ({
  route: 'rows',
  params: { content: 'c1', file: 'f', ...params },
  body: Buffer.from(JSON.stringify(all.map((row, i) => ({ n: i + 1, row })))),
});

/** Rows of each kind of file, as the importer puts them on the raw stream. */
export const SEEDS: readonly Payload[] = [
  rows(
    { format: 'csv', event: 'Order Completed', key: '["order_id"]' },
    { 会员号: 'M1', 手机号: '13800138000', order_id: 'o1', 时间: '2026-11-01 10:00:00', 'properties.total': '12.5' },
    { user_id: 'M2', 'traits.level': 'gold', timestamp: '1764000000', openid: 'o1', appid: 'wx1', unionid: 'u1' },
  ),
  rows(
    { format: 'xlsx', zone: 'Europe/Berlin' },
    { member_id: 'M3', email: 'a@example.com', level: 'gold', 时间: 46000.5 },
  ),
  rows(
    { format: 'nginx' },
    {
      remote_addr: '192.0.2.1',
      time_local: '22/Nov/2026:10:00:00 +0800',
      request: 'GET /p/1?utm_source=x HTTP/1.1',
      status: '200',
      http_user_agent: 'Mozilla/5.0',
      http_cookie: 'aid=a1',
    },
  ),
  rows({ format: 'w3c' }, { date: '2026-11-22', time: '10:00:00', 'cs-uri-stem': '/', 'cs(User-Agent)': 'x%20y' }),
  {
    route: 'rows',
    params: { format: 'csv' },
    body: Buffer.from('{"n":7,"problem":{"reason":"row_too_large","detail":"x"}}'),
  },
];
