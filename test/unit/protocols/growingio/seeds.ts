import type { Payload } from '../../../../functions/shared/protocols/protocol.ts';

const APP = {
  deviceId: 'd-1',
  sessionId: 's-1',
  dataSourceId: 'ds-1',
  platform: 'Android',
  domain: 'com.example.app',
  timestamp: 1_692_911_996_960,
  timezoneOffset: '-480',
  userId: '13800138000',
  userKey: 'phone',
  oaid: 'oaid-1',
  idfv: 'idfv-1',
};

/** What the recordings have not: apps, and the kinds of events that no recorded page has sent. */
const EVENTS: readonly object[] = [
  { ...APP, eventType: 'PAGE', title: 'Cart', query: 'utm_source=wechat', eventSequenceId: 1 },
  { ...APP, eventType: 'VIEW_CHANGE', xpath: '/input', textValue: 'x', index: 3, eventSequenceId: 2 },
  { ...APP, eventType: 'VISITOR_ATTRIBUTES', attributes: { level: 'gold', tags: 'a||b' } },
  {
    ...APP,
    eventType: 'CUSTOM',
    eventName: 'Product Viewed',
    attributes: { product_id: 'p1', price: '9.5' },
    resourceItem: { id: 'p1', key: 'product', attributes: { colours: 'red||blue' } },
    eventSequenceId: 3,
  },
];

export const SEEDS: readonly Payload[] = EVENTS.map((event) => ({
  route: 'collect',
  body: Buffer.from(JSON.stringify([event])),
  params: { stm: '1692911997123' },
}));
