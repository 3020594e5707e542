import fc from 'fast-check';
import type { CleanEvent, ControlType } from '../../schemas/event.ts';
import { cleanEvent, NOW } from './stitch.ts';

const KEYS = [
  ...['user_id:m1', 'user_id:m2', 'user_id:m3', 'phone:p1', 'phone:p2', 'phone:p3', 'email:e1|x', 'email:e2'],
  ...['unionid:op:u1', 'unionid:op:u2', 'unionid:oq:u1', 'openid:wx1:o1', 'openid:wx1:o2', 'openid:wx2:o1'],
  ...['device_id:d1', 'device_id:d2', 'anonymous_id:c1', 'anonymous_id:c2', 'anonymous_id:c3', 'anonymous_id:c4'],
  ...['order_id:s1:r1', 'order_id:s1:r2', 'order_id:s1:r3', 'order_id:s2:r1'],
];
const SOURCES = [
  { source_id: 'web', channel: 'web', verified: false },
  { source_id: 'app', channel: 'app', verified: false },
  { source_id: 'crm', channel: 'crm', verified: true },
  { source_id: 'pos', channel: 'store', verified: true },
];

const CONTROLS = ['bind', 'unbind', 'merge', 'unmerge', 'split', 'match'] as const;
const isControlType = (kind: string): kind is ControlType => CONTROLS.some((control) => control === kind);
const VERIFIED = { source_id: 'operators', channel: 'operators', verified: true };

/** So few that nearly everything is shared by some, released and declared again. */
const FEW_KEYS = [
  ...['user_id:m1', 'user_id:m2', 'user_id:m3', 'openid:wx1:o1', 'openid:wx1:o2'],
  ...['anonymous_id:c1', 'anonymous_id:c2'],
];

const anyContent = {
  keys: fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 4 }),
  source: fc.constantFrom(...SOURCES),
  id: fc.integer({ min: 1, max: 12 }),
  minute: fc.integer({ min: 0, max: 5 * 24 * 6 }).map((n) => n * 10),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('Product Viewed', 'Product Viewed', 'Order Completed', 'Product Added') },
    { weight: 3, arbitrary: fc.constantFrom('identify', 'alias', 'login') },
    { weight: 4, arbitrary: fc.constantFrom(...CONTROLS) },
  ),
  attested: fc.integer({ min: 0, max: 9 }),
  confidence: fc.constantFrom(0.5, 0.85, 0.99),
  product: fc.constantFrom('P1', 'P2', '__proto__'),
  total: fc.constantFrom(10, 19.99, -3.5),
  trait: fc.constantFrom('city', 'level', 'constructor', '__proto__'),
  value: fc.oneof(fc.constantFrom('a', 'b', null), fc.integer({ min: 0, max: 3 })),
  consent: fc.option(fc.boolean()),
  zone: fc.option(fc.constantFrom('Asia/Shanghai', 'America/New_York')),
};

/** Mostly declarations, about pairs and single identifiers. */
const anyDeclared = {
  ...anyContent,
  keys: fc.uniqueArray(fc.constantFrom(...FEW_KEYS), { minLength: 1, maxLength: 2 }),
  id: fc.integer({ min: 1, max: 40 }),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('Product Viewed') },
    { weight: 6, arbitrary: fc.constantFrom('unbind', 'merge', 'unmerge') },
    { weight: 1, arbitrary: fc.constantFrom(...CONTROLS) },
  ),
};

type Content = { [K in keyof typeof anyContent]: (typeof anyContent)[K] extends fc.Arbitrary<infer T> ? T : never };

/** What only some sorts of event carry. Declarations come from servers, about few identifiers. */
function extrasOf({ keys, kind, source, attested, confidence, minute }: Content, type: CleanEvent['type']) {
  if (isControlType(type)) {
    const match = type === 'match' ? { confidence, model: `v${minute % 2}` } : {};
    return { ...VERIFIED, declared: { by: 'anna', why: 'asked to', ...match } };
  }
  const session = kind === 'login' ? ({ session: 'login' } as const) : {};
  const vouched = keys.filter((_, at) => ((attested >> at) & 1) === 1 && attested < 4);
  return { ...source, ...session, ...(vouched.length === 0 ? {} : { attested: vouched }) };
}

const typeOf = (kind: string): CleanEvent['type'] =>
  kind === 'identify' || kind === 'alias' || isControlType(kind) ? kind : 'track';

function eventOf(content: Content): CleanEvent {
  const { id, minute, kind, product, total, trait, value, consent, zone } = content;
  const occurred = NOW - 5 * 86_400_000 + minute * 60_000;
  const type = typeOf(kind);
  const keys = isControlType(type) ? content.keys.slice(0, 2) : content.keys;
  const properties: Record<string, unknown> =
    kind === 'Order Completed'
      ? { total, currency: 'CNY', products: [{ product_id: product }] }
      : { product_id: product };
  return cleanEvent(keys, {
    ...extrasOf(content, type),
    event_id: `e${id}`,
    type,
    name: kind,
    occurred_at: new Date(occurred).toISOString(),
    received_at: new Date(NOW).toISOString(),
    local_date: new Date(occurred + 8 * 3_600_000).toISOString().slice(0, 10),
    properties,
    traits: type === 'identify' ? Object.fromEntries([[trait, value]]) : {},
    consent: consent === null ? {} : { marketing: consent },
    ...(zone === null ? {} : { time_zone: zone, time_zone_known: true }),
  });
}

/** No message id is used for two bodies. */
function withOwnIds(events: readonly CleanEvent[]): CleanEvent[] {
  const first = new Map<string, CleanEvent>();
  for (const event of events) {
    const id = `${event.owner}|${event.source_id}|${event.event_id}`;
    if (!first.has(id)) first.set(id, event);
  }
  return [...first.values()];
}

const observationsOf = (keys: typeof anyContent.keys) =>
  fc
    .array(
      fc
        .record({
          ...anyContent,
          keys,
          kind: fc.constantFrom('Product Viewed', 'Order Completed', 'identify', 'login'),
        })
        .map(eventOf),
      { minLength: 2, maxLength: 20, size: 'max' },
    )
    .map(withOwnIds);

/** Events of few identifiers that declare nothing. */
export const anyObservations = observationsOf(anyContent.keys);

/** The same of two persons and all that they may have several of: whoever is named too often is named by many sorts. */
export const anyCrowd = observationsOf(
  fc
    .tuple(
      fc.constantFrom('phone:p1', 'email:e2'),
      fc.uniqueArray(fc.constantFrom(...KEYS.filter((key) => /^(device|anonymous|order)_id/.test(key))), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([person, others]) => [person, ...others]),
);

/** Events of few identifiers, so that persons meet, merge and split. */
export const anyEvents = fc
  .oneof(
    fc.array(fc.record(anyContent).map(eventOf), { minLength: 1, maxLength: 28, size: 'max' }),
    fc.array(fc.record(anyDeclared).map(eventOf), { minLength: 8, maxLength: 28, size: 'max' }),
  )
  .map(withOwnIds);

/** How a stream may deliver some events: out of order, some of them again, cut into batches. Seeded, so it shrinks. */
export const anyDelivery = fc.record({
  order: fc.infiniteStream(fc.integer({ min: 0, max: 1 << 24 })),
  again: fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
  size: fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
});
type Delivery = typeof anyDelivery extends fc.Arbitrary<infer T> ? T : never;

const take = (stream: fc.Stream<number>): number => Number(stream.next().value);

/** The events as a stream may deliver them, 40 % of them twice. Each delivery is an object of its own. */
export function deliveries(events: readonly CleanEvent[], { order, again, size }: Delivery): CleanEvent[][] {
  const all = events.flatMap((event) => (take(again) < 4 ? [event, event] : [event]));
  const shuffled = all.map((event) => ({ event: structuredClone(event), at: take(order) })).sort((a, b) => a.at - b.at);
  const batches: CleanEvent[][] = [];
  for (let from = 0; from < shuffled.length; ) {
    const length = take(size);
    batches.push(shuffled.slice(from, from + length).map(({ event }) => event));
    from += length;
  }
  return batches;
}
