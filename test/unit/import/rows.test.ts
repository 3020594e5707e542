import { describe, expect, it } from 'vitest';
import { named, withoutCookies } from '../../../functions/import/log-identity.ts';
import { isFinding } from '../../../functions/shared/finding.ts';
import type { JsonObject } from '../../../functions/shared/json.ts';
import { decode } from '../../../functions/shared/protocols/rows/decode.ts';
import { tableTime } from '../../../functions/shared/table-time.ts';
import { parseTime } from '../../../functions/shared/time.ts';
import type { Source } from '../../../schemas/event.ts';

const POS: Source = {
  source_id: 'pos',
  name: 'Tills',
  channel: 'store',
  class: 'secret',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};

function events(rows: readonly JsonObject[], params: Record<string, string> = {}): JsonObject[] {
  const body = Buffer.from(JSON.stringify(rows.map((row, i) => ({ n: i + 1, row }))));
  const unpacked = decode({ route: 'rows', body, params: { content: 'c1', format: 'csv', ...params } }, POS);
  if (isFinding(unpacked)) throw new Error(unpacked.detail);
  return unpacked.items as JsonObject[];
}

describe('a row of a table', () => {
  it('with the name of an event is that event, with the columns that everybody knows in their places', () => {
    const row = {
      会员号: '0012',
      手机号: '13800138000',
      事件: 'Order Completed',
      时间: '2026/3/1 10:00',
      order_id: '0099',
      revenue: '12.50',
      'properties.store.city': '上海',
      'traits.level': 'gold',
      openid: 'o1',
      appid: 'wx1',
    };
    expect(events([row])).toEqual([
      {
        type: 'track',
        event: 'Order Completed',
        messageId: expect.stringMatching(/^f_[\w-]{22}$/),
        userId: '0012',
        timestamp: '2026-03-01T02:00:00.000Z',
        properties: expect.objectContaining({
          order_id: '0099',
          revenue: 12.5,
          store: { city: '上海' },
          会员号: '0012',
        }),
        context: {
          traits: { level: 'gold', phone: '13800138000' },
          externalIds: [{ type: 'openid', id: 'o1', scope: 'wx1' }],
        },
      },
    ]);
  });

  it('without one describes a person, unless the source says which event it is', () => {
    const row = { member_id: 'M1', name: '张三', Email: 'a@example.com', points: '30' };
    expect(events([row])[0]).toMatchObject({
      type: 'identify',
      userId: 'M1',
      traits: { name: '张三', email: 'a@example.com', points: 30 },
    });
    expect(events([row], { event: 'Member Imported' })[0]).toMatchObject({ type: 'track', event: 'Member Imported' });
  });

  it('has an id that is the same whenever it comes: by its place in a content, or by its key wherever it is', () => {
    const ids = (params: Record<string, string>, rows = [{ id: '1' }, { id: '2' }]) =>
      events(rows, params).map(({ messageId }) => messageId);
    expect(ids({})).toEqual(ids({}));
    expect(new Set([...ids({}), ...ids({ content: 'c2' })]).size).toBe(4);
    const key = { key: '["id"]' };
    expect(ids(key)).toEqual(ids({ ...key, content: 'c2' }));
    expect(ids(key, [{ id: '2' }, { id: '1' }])).toEqual(ids(key).reverse());
    expect(events([{ message_id: 'm1', id: '1' }])[0]?.messageId).toBe('m1');
  });

  it('takes a number for one only where it cannot be a name', () => {
    const row = {
      price: '1.5',
      qty: '3',
      zip: '010000',
      sku: '123',
      code: '7',
      big: '12345678901234567',
      neg: '-2',
      hex: '0x1',
      lead: '007',
      yes: 'true',
      编号: '9',
    };
    expect(events([row])[0]?.properties).toEqual({ ...row, price: 1.5, qty: 3, neg: -2, yes: true });
    expect(events([row], { format: 'xlsx' })[0]?.properties).toEqual(row);
  });

  it('cannot reach a prototype', () => {
    const [event] = events([JSON.parse('{"properties.__proto__.x":"1","traits.constructor.prototype.y":"1","a":"1"}')]);
    expect(({} as JsonObject).x ?? ({} as JsonObject).y).toBeUndefined();
    expect(event?.type).toBe('identify');
  });

  it('that could not be read says so by its reason', () => {
    const body = Buffer.from('{"n":7,"content":"c","problem":{"reason":"row_too_large","detail":"Too large."}}');
    expect(decode({ route: 'rows', body, params: {} }, POS)).toEqual({
      reason: 'row_too_large',
      field: '',
      detail: 'Row 7: Too large.',
    });
    expect(decode({ route: 'rows', body: Buffer.from('{'), params: {} }, POS)).toMatchObject({
      reason: 'invalid_json',
    });
    expect(decode({ route: 'rows', body: Buffer.from('[1]'), params: {} }, POS)).toMatchObject({
      reason: 'invalid_field',
    });
  });
});

describe('a time in a table', () => {
  const at = '2026-03-01T02:00:00Z';
  it.each([
    ['2026-03-01 10:00:00', at],
    ['2026/3/1 10:00', at],
    ['2026.03.01 10:00:00.000', at],
    ['2026-03-01T10:00:00', at],
    ['2026年3月1日 10:00', at],
    ['20260301100000', at],
    ['2026-03-01T02:00:00Z', at],
    ['2026-03-01 10:00:00+08:00', at],
    ['1772330400', at],
    ['1772330400000', at],
    [1_772_330_400.5, '2026-03-01T02:00:00.500Z'],
    ['46082.4166666667', at],
    ['2026-03-01', '2026-02-28T16:00:00Z'],
    ['20260301', '2026-02-28T16:00:00Z'],
  ])('%j is what clocks in the zone of the source show', (value, expected) => {
    expect(tableTime(value, 'Asia/Shanghai')).toBe(Date.parse(expected));
  });

  it.each(['', 'soon', '2026-02-30', '2026-13-01', '2026-03-01 25:00', '12', '99999999', '1900-01-01', {}, null])(
    '%j means none',
    (value) => {
      expect(tableTime(value, 'Asia/Shanghai')).toBeUndefined();
    },
  );

  it('in a gap or an overlap of summer time is the one after it, or the earlier', () => {
    expect(tableTime('2026-03-29 02:30:00', 'Europe/Berlin')).toBe(parseTime('2026-03-29T01:30:00Z'));
    expect(tableTime('2026-10-25 02:30:00', 'Europe/Berlin')).toBe(parseTime('2026-10-25T00:30:00Z'));
  });
});

describe('a line of an access log', () => {
  const line = {
    time: at(),
    path: '/p/1',
    query: 'uid=u%201',
    cookie: 'sid=secret; aid=a1',
    user: 'li',
    ip: '192.0.2.1',
    user_agent: 'UA',
    status: 200,
  };
  function at() {
    return '2026-03-01T02:00:00Z';
  }

  it('names whom its settings say, and keeps no cookie', () => {
    const places = { userId: 'query:uid', anonymousId: 'cookie:aid', crm_id: 'user' };
    const row = named(line, places);
    expect(row).toEqual({ ...withoutCookies(line), ids: { userId: 'u 1', anonymousId: 'a1', crm_id: 'li' } });
    expect(JSON.stringify(row)).not.toContain('secret');
    expect(named(line, { anonymousId: 'cookie:none' })).toBeUndefined();
    expect(named(line)).toBeUndefined();
  });

  it('is a page, or a part of one, that was asked for; its own id tells it from others', () => {
    const rows = [named({ ...line, request_id: 'r1' }, { userId: 'query:uid' }) ?? {}, { ...line, path: '/app.js' }];
    const [page, asset] = events(rows, { format: 'nginx' });
    expect(page).toMatchObject({
      type: 'track',
      event: 'Page Requested',
      userId: 'u 1',
      timestamp: at(),
      properties: { path: '/p/1', search: '?uid=u%201', status: 200 },
      context: { ip: '192.0.2.1', userAgent: 'UA', page: { path: '/p/1' } },
    });
    expect(asset?.event).toBe('Asset Requested');
    expect(events([rows[0] ?? {}], { format: 'nginx', content: 'other' })[0]?.messageId).toBe(page?.messageId);
  });
});
