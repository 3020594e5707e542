import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const SNOWPLOW = 'iglu:com.snowplowanalytics.snowplow';
const BASE = { eid: 'e-1', aid: 'my-app', duid: 'd-1', dtm: '1795314121010', stm: '1795314121035', tv: 'js-4.10.1' };

const entity = (schema: string, data: object) => ({ schema: `${schema}/jsonschema/1-0-0`, data });

const CONTEXTS = JSON.stringify(
  entity(`${SNOWPLOW}/contexts`, [
    entity(`${SNOWPLOW}.ecommerce/product`, { id: 'p1', price: 9.5, currency: 'CNY', quantity: 2 }),
    entity(`${SNOWPLOW}.ecommerce/product`, { id: 'p2', price: '3' }),
    entity(`${SNOWPLOW}.ecommerce/transaction`, { transaction_id: 'o1', revenue: 22, currency: 'CNY' }),
    entity(`${SNOWPLOW}/client_session`, { userId: 'i-1', sessionId: 's-1', sessionIndex: 2 }),
    entity(`${SNOWPLOW}/mobile_context`, { osType: 'ios', appleIdfv: 'idfv-1', deviceModel: 'iPhone' }),
    entity(`${SNOWPLOW}/geolocation_context`, { latitude: 31.2, longitude: 121.4 }),
    entity('iglu:com.acme/shelf', { n: 3 }),
  ]),
);

const ACTIONS = ['product_view', 'add_to_cart', 'list_view', 'checkout_step', 'transaction', 'refund', 'promo_click'];

const EVENTS: readonly object[] = [
  ...ACTIONS.map((type) => ({
    ...BASE,
    e: 'ue',
    ue_pr: JSON.stringify(
      entity(`${SNOWPLOW}/unstruct_event`, entity(`${SNOWPLOW}.ecommerce/snowplow_ecommerce_action`, { type })),
    ),
    co: CONTEXTS,
  })),
  { ...BASE, e: 'pp', pp_mix: '0', pp_may: '900', cx: Buffer.from(CONTEXTS).toString('base64url') },
];

/** What the recordings have not: e-commerce, pings, and what apps say of themselves. */
export const SEEDS: readonly Payload[] = EVENTS.map((event) => ({
  route: 'tp2',
  body: Buffer.from(JSON.stringify({ data: [event] })),
  params: { nuid: 'c0ffee00-1111-4222-8333-444455556666', userAgent: 'Browser/1' },
}));
