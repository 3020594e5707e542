import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { encodeRaw } from '../../../../functions/shared/raw-record.ts';
import { CLEAN_DEPS, WEB } from '../../../support/ingest.ts';
import { AT, BASE, bodyOf, contexts, decoded, decodedOne, entity, SNOWPLOW, unstruct } from './events.ts';

describe('who it is', () => {
  it.each([
    ['the member and the site’s cookie', { uid: 'u-1' }, { userId: 'u-1', anonymousId: 'd-1' }],
    [
      'the installation',
      { duid: '', ...contexts(entity(`${SNOWPLOW}/client_session`, { userId: 'i-1' })) },
      { anonymousId: 'i-1' },
    ],
    ['the session, where no one is known', { duid: '', sid: 's-1' }, { anonymousId: 's-1' }],
    [
      'the session, where the installation must not be known',
      {
        duid: '',
        ...contexts(
          entity(`${SNOWPLOW}/client_session`, { userId: '00000000-0000-0000-0000-000000000000', sessionId: 's-2' }),
        ),
      },
      { anonymousId: 's-2' },
    ],
    ['the page view', { duid: '', ...contexts(entity(`${SNOWPLOW}/web_page`, { id: 'w-1' })) }, { anonymousId: 'w-1' }],
    ['the event alone', { duid: '' }, { anonymousId: 'e-1' }],
    ['the member alone', { duid: '', uid: 'u-1' }, { userId: 'u-1' }],
  ])('%s', (_, event, expected: { userId?: string; anonymousId?: string }) => {
    const { userId, anonymousId } = decodedOne({ e: 'pv', ...event });
    expect({ userId, anonymousId }).toEqual({ userId: undefined, anonymousId: undefined, ...expected });
  });

  it('is the collector’s cookie as well', () => {
    expect(decodedOne({ e: 'pv' }, { nuid: 'n-1' }).context.externalIds).toEqual([{ type: 'anonymous_id', id: 'n-1' }]);
    expect(decodedOne({ e: 'pv', tnuid: 'n-2' }).context.externalIds).toEqual([{ type: 'anonymous_id', id: 'n-2' }]);
  });
});

describe('when it was', () => {
  const clean = (event: object, receivedMs: number) => {
    const head = {
      v: 1 as const,
      protocol: 'snowplow',
      route: 'tp2',
      source: WEB,
      request_id: 'r1',
      received_at: new Date(receivedMs).toISOString(),
    };
    return cleanRecord(encodeRaw(head, bodyOf({ ...BASE, e: 'pv', ...event })), CLEAN_DEPS).events[0];
  };

  it('is the time of a device whose clock is off, set right by when it said it sent', () => {
    const event = clean({ dtm: String(AT - 5000), stm: String(AT) }, AT + 3_600_000);
    expect(event?.occurred_at).toBe(new Date(AT + 3_595_000).toISOString());
    expect(event?.flags).toContain('clock_skewed');
  });

  it('is the true time as it was said, however late it came', () => {
    const event = clean({ ttm: String(AT - 86_400_000), stm: String(AT) }, AT + 3_600_000);
    expect(event?.occurred_at).toBe(new Date(AT - 86_400_000).toISOString());
  });

  it('is refused by name where it is no time', () => {
    expect(clean({ dtm: 'soon' }, AT)).toBeUndefined();
  });
});

describe('what happened', () => {
  it('is a page with its address, its title and its campaign', () => {
    const url = 'https://shop.example.com/p/1?utm_source=wechat&utm_medium=qr&gclid=1';
    const sent = {
      e: 'pv',
      url,
      page: '首页',
      refr: 'https://www.baidu.com/',
      tz: 'Asia/Shanghai',
      lang: 'zh-CN',
      res: '390x844',
    };
    const { type, properties, context } = decodedOne(sent);
    expect(type).toBe('page');
    expect(properties).toEqual({
      url,
      path: '/p/1',
      search: '?utm_source=wechat&utm_medium=qr&gclid=1',
      title: '首页',
      referrer: 'https://www.baidu.com/',
    });
    expect(context).toMatchObject({
      campaign: { source: 'wechat', medium: 'qr' },
      timezone: 'Asia/Shanghai',
      locale: 'zh-CN',
      screen: { width: 390, height: 844 },
      app: { name: 'shop' },
    });
  });

  it('is a ping with how far was scrolled', () => {
    const { event, properties } = decodedOne({ e: 'pp', pp_mix: '0', pp_max: '0', pp_miy: '10', pp_may: '900' });
    expect([event, properties]).toEqual(['page_ping', { min_x: 0, max_x: 0, min_y: 10, max_y: 900 }]);
  });

  it('is whatever the schema is called, with its entities whole', () => {
    const acme = entity('iglu:com.acme/shelf', { n: 3 });
    const { event, properties, context } = decodedOne({
      ...unstruct('iglu:com.acme/view_shelf', { id: 'p1' }),
      ...contexts(acme),
    });
    expect([event, properties]).toEqual([
      'view_shelf',
      { id: 'p1', platform_event: 'iglu:com.acme/view_shelf/jsonschema/1-0-0' },
    ]);
    expect(context.entities).toEqual([acme]);
  });

  it('is the same in base64url', () => {
    const { ue_pr, ...rest } = unstruct('iglu:com.acme/view_shelf', { name: '猴子' });
    const { co } = contexts(entity('iglu:com.acme/shelf', { n: 3 }));
    const packed = {
      ...rest,
      ue_px: Buffer.from(ue_pr).toString('base64url'),
      cx: Buffer.from(co).toString('base64url'),
    };
    expect(decoded(packed)).toEqual(decoded({ ...rest, ue_pr, co }));
  });

  it('is refused by name where it cannot be read', () => {
    for (const ue_pr of ['{', '{}', '{"data":{"schema":"http://x","data":{}}}', '[]', 'null']) {
      expect(decodedOne({ e: 'ue', ue_pr }).event, ue_pr).toBeUndefined();
    }
  });

  it('has a device by Segment’s names', () => {
    const mobile = {
      osType: 'ios',
      osVersion: '19.1',
      deviceManufacturer: 'Apple',
      deviceModel: 'iPhone',
      appleIdfv: 'idfv-1',
      appleIdfa: 'idfa-1',
      networkType: 'wifi',
    };
    const { context } = decodedOne({ e: 'pv', ...contexts(entity(`${SNOWPLOW}/mobile_context`, mobile)) });
    expect(context).toMatchObject({
      os: { name: 'ios', version: '19.1' },
      device: { id: 'idfv-1', advertisingId: 'idfa-1', manufacturer: 'Apple', model: 'iPhone' },
    });
  });
});

it('names the application, but no write key that stands in its place', () => {
  expect(decodedOne({ e: 'pv' }).context.app).toEqual({ name: 'shop' });
  for (const aid of [`pk_${'x'.repeat(24)}`, `sk_${'x'.repeat(43)}`]) {
    expect(JSON.stringify(decoded({ e: 'pv', aid }))).not.toContain(aid);
  }
});
