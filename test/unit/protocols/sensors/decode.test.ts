import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../../functions/shared/profile/operations.ts';
import { decode } from '../../../../functions/shared/protocols/sensors/decode.ts';
import { WEB } from '../../../support/ingest.ts';
import { one, profile, sentRecords, TRACK } from './support.ts';

describe('what it becomes', () => {
  it.each([
    [{ event: '$pageview', properties: { $title: 'Shop', $url: 'https://a.example/x' } }, 'page', 'Shop'],
    [{ event: '$MPViewScreen', properties: { $url_path: 'pages/index' } }, 'screen', 'pages/index'],
    [{ event: '$AppViewScreen', properties: { $screen_name: 'Home', $title: 'x' } }, 'screen', 'Home'],
    [{ event: '$WebClick' }, 'track', '$WebClick'],
    [{ event: '$AppStart' }, 'track', '$AppStart'],
    [{ type: 'track_signup', event: '$SignUp', original_id: 'c-1' }, 'identify', 'identify'],
  ])('%j', async (record, type, name) => {
    expect(await one({ ...TRACK, ...record })).toMatchObject({ type, name });
  });

  it.each([
    ['profile_set', { level: 'gold', $is_login_id: true }, { level: 'gold' }],
    ['profile_set_once', { level: 'gold' }, { [OPERATIONS]: { once: { level: 'gold' } } }],
    ['profile_increment', { points: 5, platform_type: 'server' }, { [OPERATIONS]: { add: { points: 5 } } }],
    ['profile_append', { likes: ['a'], platform_type: 'server' }, { [OPERATIONS]: { append: { likes: ['a'] } } }],
    ['profile_unset', { old: true, platform_type: 'server' }, { [OPERATIONS]: { unset: ['old'] } }],
    ['profile_unset', { old: '' }, { [OPERATIONS]: { unset: ['old'] } }],
    ['profile_delete', {}, { [OPERATIONS]: { clear: true } }],
  ])('%s %j', async (type, properties, traits) => {
    expect(await one(profile(type, properties))).toMatchObject({ type: 'identify', traits });
  });

  it('puts what is known of device, page, campaign and zone where all clients have it', async () => {
    const properties = {
      ...{
        $os: 'iOS',
        $model: 'iPhone 14',
        $lib: 'js',
        $url: 'https://a.example/',
        $ip: '203.0.113.5',
        $app_id: 'wx1',
      },
      ...{ $timezone_offset: -480, $latest_utm_source: 'wechat', $utm_campaign: 'spring', amount: 1, $custom: 2 },
    };
    const event = await one({ ...TRACK, properties });
    expect(event.properties).toMatchObject({ amount: 1, $custom: 2 });
    expect(event.properties).not.toHaveProperty('$os');
    expect(event.context).toMatchObject({
      ...{ os: { name: 'iOS' }, device: { model: 'iPhone 14' }, library: { name: 'js' }, app: { namespace: 'wx1' } },
      ...{ page: { url: 'https://a.example/' }, campaign: { source: 'wechat', name: 'spring' }, ip: '203.0.113.0' },
    });
    expect([event.time_zone, event.time_zone_known]).toEqual(['Etc/GMT-8', true]);
  });

  it('masks personal values in operations as in traits', async () => {
    const { events, secrets } = await sentRecords([profile('profile_set_once', { email: 'a@example.com' })]);
    expect(JSON.stringify(events)).not.toContain('a@example.com');
    expect(secrets).toHaveLength(1);
  });
});

describe('when it was', () => {
  it.each([
    [1795313627813, '2026-11-22T02:13:47.813Z'],
    ['1795313627813', '2026-11-22T02:13:47.813Z'],
    ['2026-11-22 10:13:47.813', '2026-11-22T02:13:47.813Z'],
    ['2026-11-22 10:13:47', '2026-11-22T02:13:47.000Z'],
    ['2026-11-22T02:13:47Z', '2026-11-22T02:13:47.000Z'],
  ])('%j', (time, expected) => {
    const decoded = decode(
      { route: 'records', body: Buffer.from(JSON.stringify({ ...TRACK, time })), params: {} },
      WEB,
    );
    expect(decoded).toMatchObject({ items: [{ timestamp: expected }] });
  });

  it('knows clocks that change in summer', () => {
    const at = (time: string) => {
      const body = Buffer.from(JSON.stringify({ ...TRACK, time }));
      return decode({ route: 'records', body, params: {} }, { ...WEB, time_zone: 'Europe/Berlin' });
    };
    expect(at('2026-07-01 12:00:00')).toMatchObject({ items: [{ timestamp: '2026-07-01T10:00:00.000Z' }] });
    expect(at('2026-12-01 12:00:00')).toMatchObject({ items: [{ timestamp: '2026-12-01T11:00:00.000Z' }] });
  });

  it('a repetition is the same event, whenever it was sent', async () => {
    const again = await sentRecords([TRACK, { ...TRACK, _flush_time: 1795313629999 }]);
    const [a, b] = again.events;
    expect([b?.event_id, b?.body_hash]).toEqual([a?.event_id, a?.body_hash]);
    const { _track_id: _, ...bare } = profile('profile_set', { a: 1 });
    const [c, d] = (await sentRecords([{ ...bare, _flush_time: 1795313629999 }, bare])).events;
    expect(c?.event_id).toBe(d?.event_id);
  });
});
