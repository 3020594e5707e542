import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { compilePlan } from '../../../../functions/clean/plan.ts';
import { decode } from '../../../../functions/shared/protocols/snowplow/decode.ts';
import { encodeRaw } from '../../../../functions/shared/raw-record.ts';
import RETAIL from '../../../../schemas/plans/retail.json' with { type: 'json' };
import { CLEAN_DEPS, WEB } from '../../../support/ingest.ts';

const AT = 1_795_314_680_511;
const BASE = { eid: 'e-1', aid: 'shop', p: 'web', duid: 'd-1', dtm: String(AT), stm: String(AT + 20) };
const SNOWPLOW = 'iglu:com.snowplowanalytics.snowplow';
const ECOMMERCE = `${SNOWPLOW}.ecommerce`;

const entity = (schema: string, data: object) => ({ schema: `${schema}/jsonschema/1-0-0`, data });
const unstruct = (schema: string, data: object) => ({
  e: 'ue',
  ue_pr: JSON.stringify(entity(`${SNOWPLOW}/unstruct_event`, entity(schema, data))),
});
const contexts = (...entities: object[]) => ({
  co: JSON.stringify(entity(`${SNOWPLOW}/contexts`, entities)),
});

const bodyOf = (...data: object[]): Buffer => Buffer.from(JSON.stringify({ data }));

// What decoding made: each test says what it expects of it.
// biome-ignore lint/suspicious/noExplicitAny: the shape is what is being tested
function decoded(event: object, params: Record<string, string> = {}): any[] {
  const result = decode({ route: 'tp2', body: bodyOf({ ...BASE, ...event }), params }, undefined);
  if ('reason' in result) throw new Error(result.detail);
  return [...result.items];
}

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
    const [{ userId, anonymousId }] = decoded({ e: 'pv', ...event });
    expect({ userId, anonymousId }).toEqual({ userId: undefined, anonymousId: undefined, ...expected });
  });

  it('is the collector’s cookie as well', () => {
    expect(decoded({ e: 'pv' }, { nuid: 'n-1' })[0].context.externalIds).toEqual([{ type: 'anonymous_id', id: 'n-1' }]);
    expect(decoded({ e: 'pv', tnuid: 'n-2' })[0].context.externalIds).toEqual([{ type: 'anonymous_id', id: 'n-2' }]);
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
    const [{ type, properties, context }] = decoded(sent);
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
    const [{ event, properties }] = decoded({ e: 'pp', pp_mix: '0', pp_max: '0', pp_miy: '10', pp_may: '900' });
    expect([event, properties]).toEqual(['page_ping', { min_x: 0, max_x: 0, min_y: 10, max_y: 900 }]);
  });

  it('is whatever the schema is called, with its entities whole', () => {
    const acme = entity('iglu:com.acme/shelf', { n: 3 });
    const [{ event, properties, context }] = decoded({
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
      expect(decoded({ e: 'ue', ue_pr })[0].event, ue_pr).toBeUndefined();
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
    const [{ context }] = decoded({ e: 'pv', ...contexts(entity(`${SNOWPLOW}/mobile_context`, mobile)) });
    expect(context).toMatchObject({
      os: { name: 'ios', version: '19.1' },
      device: { id: 'idfv-1', advertisingId: 'idfa-1', manufacturer: 'Apple', model: 'iPhone' },
    });
  });
});

describe('what Snowplow’s e-commerce schemas are in the tracking plan', () => {
  const deps = { ...CLEAN_DEPS, plan: compilePlan(RETAIL as Parameters<typeof compilePlan>[0]) };
  const product = (id: string) =>
    entity(`${ECOMMERCE}/product`, { id, name: id, category: 'tea', price: 9.5, currency: 'CNY', quantity: 2 });
  const action = (type: string, ...entities: object[]) => ({
    ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type, name: 'list-1' }),
    ...contexts(...entities),
  });

  /** By name, as they come out of cleaning with the whole plan: none may break it. */
  function planned(event: object) {
    const source = { ...WEB, class: 'public' as const };
    const received_at = new Date(AT).toISOString();
    const head = { v: 1 as const, protocol: 'snowplow', route: 'tp2', source, request_id: 'r1', received_at };
    const { events, quarantined } = cleanRecord(encodeRaw(head, bodyOf({ ...BASE, ...event })), deps);
    expect(quarantined).toEqual([]);
    return events.map(({ name, event_id, properties }) => [
      name,
      event_id,
      properties.product_id ?? properties.order_id,
    ]);
  }

  it.each([
    ['product_view', action('product_view', product('p1')), [['Product Viewed', 'e-1', 'p1']]],
    [
      'add_to_cart, of two',
      action('add_to_cart', product('p1'), product('p2'), entity(`${ECOMMERCE}/cart`, { cart_id: 'c1' })),
      [
        ['Product Added', 'e-1', 'p1'],
        ['Product Added', 'e-1.1', 'p2'],
      ],
    ],
    ['remove_from_cart', action('remove_from_cart', product('p1')), [['Product Removed', 'e-1', 'p1']]],
    ['list_view', action('list_view', product('p1')), [['Product List Viewed', 'e-1', undefined]]],
    [
      'checkout_step, the first',
      action('checkout_step', entity(`${ECOMMERCE}/checkout_step`, { step: 1 })),
      [['Checkout Started', 'e-1', undefined]],
    ],
    [
      'checkout_step, another',
      action('checkout_step', entity(`${ECOMMERCE}/checkout_step`, { step: 2 })),
      [['checkout_step', 'e-1', undefined]],
    ],
    [
      'transaction',
      action(
        'transaction',
        entity(`${ECOMMERCE}/transaction`, { transaction_id: 'o1', revenue: 19, currency: 'CNY', tax: 0 }),
        product('p1'),
      ),
      [['Order Completed', 'e-1', 'o1']],
    ],
    [
      'refund',
      action('refund', entity(`${ECOMMERCE}/refund`, { transaction_id: 'o1', refund_amount: 19, currency: 'CNY' })),
      [['Order Refunded', 'e-1', 'o1']],
    ],
    ['what the plan does not name', action('promo_click'), [['promo_click', 'e-1', undefined]]],
    [
      'the older schema',
      unstruct(`${SNOWPLOW}/add_to_cart`, { sku: 's1', unitPrice: 9.5, quantity: 1, currency: 'CNY' }),
      [['Product Added', 'e-1', 's1']],
    ],
    [
      'a transaction in parameters',
      { e: 'tr', tr_id: 'o1', tr_tt: '27.5', tr_cu: 'CNY' },
      [['Order Completed', 'e-1', 'o1']],
    ],
  ])('%s', (_, event, expected) => {
    expect(planned(event)).toEqual(expected);
  });
});

it('takes no more events than any protocol, also where one becomes several', () => {
  const products = Array.from({ length: 3 }, (_, n) => entity(`${ECOMMERCE}/product`, { id: `p${n}` }));
  const many = {
    ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type: 'add_to_cart' }),
    ...contexts(...products),
  };
  const body = bodyOf(...Array.from({ length: 834 }, () => many));
  expect(decode({ route: 'tp2', body, params: {} }, undefined)).toMatchObject({ reason: 'too_many_events' });
  const plain = bodyOf(...Array.from({ length: 2501 }, () => ({})));
  expect(decode({ route: 'tp2', body: plain, params: {} }, undefined)).toMatchObject({ reason: 'too_many_events' });
});

it('does not let one event of many products grow beyond all bounds', () => {
  const products = Array.from({ length: 100 }, (_, n) => entity(`${ECOMMERCE}/product`, { id: `p${n}` }));
  const large = entity('iglu:com.acme/large', { text: 'x'.repeat(19_000) });
  const all = contexts(...products.slice(1), large);
  const many = { ...unstruct(`${ECOMMERCE}/snowplow_ecommerce_action`, { type: 'add_to_cart' }), ...all };
  const one = decode({ route: 'tp2', body: bodyOf(many), params: {} }, undefined);
  expect('items' in one && one.items.length).toBe(99);
  const body = bodyOf(many, many, many);
  expect(decode({ route: 'tp2', body, params: {} }, undefined)).toMatchObject({ reason: 'event_too_large' });
});
