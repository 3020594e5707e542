import fc from 'fast-check';
import { type Aggregate, emptyAggregate, foldWithin } from '../../functions/shared/profile/aggregate.ts';
import { BOUNDS, type Bounds } from '../../functions/shared/profile/bounds.ts';
import { OPERATIONS } from '../../functions/shared/profile/operations.ts';
import { type RegisterSpec, registerSpec } from '../../functions/shared/profile/register-spec.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { cleanEvent } from './stitch.ts';

/** Names that reach a prototype where somebody forgot that they are data. */
export const HOSTILE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '10', '2'];

/** Bounds that a handful of events exceeds. */
export const TINY: Bounds = {
  names: 2,
  sources: 2,
  buckets: 2,
  groups: 2,
  values: 2,
  sketch: 2,
  steps: 2,
  step_days: 2,
  appended: 2,
};

const money = { property: 'total', currency: 'CNY' };

/** A register of every kind, and of every way to split it, on the events of `anyEvent`. */
export const EVERY_REGISTER: readonly RegisterSpec[] = [
  ...(['count', 'days', 'hours', 'dates', 'first', 'last'] as const).map((kind) =>
    registerSpec(kind, 'Order Completed'),
  ),
  ...(['days', 'dates', 'first', 'last', 'set', 'distinct', 'top'] as const).map((kind) =>
    registerSpec(kind, 'Order Completed', { by: 'products[].product_id' }),
  ),
  ...(['total', 'sum', 'min', 'max', 'day_min', 'day_max', 'count', 'days'] as const).map((kind) =>
    registerSpec(kind, 'Order Completed', money),
  ),
  registerSpec('min', 'Order Completed', { property: 'total' }),
  registerSpec('last', 'Order Completed', { property: 'total', channel: 'app' }),
  registerSpec('count', '__proto__'),
  registerSpec('top', 'page', { by: 'product_id' }),
];

const anyName = fc.constantFrom(...HOSTILE, 'city', 'level');

/** Operations on two traits, so that they often meet. */
const anyTrait = fc.constantFrom('city', '__proto__');
export const anyOperations = fc.record(
  {
    once: fc.dictionary(anyTrait, fc.constantFrom<unknown>('x', 1, [1]), { minKeys: 1, maxKeys: 2 }),
    add: fc.dictionary(anyTrait, fc.constantFrom<unknown>(1, 0.1, -0.2, 5, 'no', 1e12), { minKeys: 1, maxKeys: 2 }),
    append: fc.dictionary(anyTrait, fc.constantFrom<unknown>(['a'], ['a', 'b'], 'c', []), { minKeys: 1, maxKeys: 2 }),
    unset: fc.array(anyTrait, { maxLength: 1 }),
    clear: fc.constantFrom(false, false, false, true),
  },
  { requiredKeys: [] },
);

/** Events that often tie: same time, same id from two sources. */
export const anyEvent: fc.Arbitrary<CleanEvent> = fc
  .record({
    id: fc.constantFrom('e1', 'e2', 'e3'),
    source: fc.constantFrom('web', 'crm', 'pos', 'app'),
    channel: fc.constantFrom('web', 'app', '__proto__'),
    day: fc.integer({ min: 1, max: 4 }),
    hour: fc.constantFrom('02', '15', '16', '23'),
    type: fc.constantFrom<CleanEvent['type']>('track', 'track', 'page', 'identify'),
    name: fc.constantFrom('Order Completed', 'Order Completed', 'Product Viewed', 'Product Added', ...HOSTILE),
    products: fc.array(anyName, { maxLength: 3 }),
    total: fc.constantFrom(12.34, -5, -0, 7, 'free', null),
    traits: fc.array(fc.tuple(anyName, fc.constantFrom<unknown>('x', 'y', 1, null, { a: 1 })), { maxLength: 3 }),
    operations: fc.option(anyOperations),
    consent: fc.array(fc.tuple(anyName, fc.boolean()), { maxLength: 2 }),
    zone: fc.constantFrom('Asia/Shanghai', 'America/New_York'),
    known: fc.boolean(),
    verified: fc.boolean(),
  })
  .map(({ id, source, day, hour, products, total, traits, operations, consent, zone, known, ...rest }) =>
    cleanEvent(['user_id:m1'], {
      ...rest,
      event_id: id,
      source_id: source,
      occurred_at: `2026-03-0${day}T${hour}:00:00.000Z`,
      local_date: `2026-03-0${day}`,
      properties: { product_id: products[0], total, products: products.map((product_id) => ({ product_id })) },
      traits: { ...Object.fromEntries(traits), ...(operations && { [OPERATIONS]: operations }) },
      consent: Object.fromEntries(consent),
      time_zone: zone,
      time_zone_known: known,
    }),
  );

export const anyEvents = fc.array(anyEvent, { maxLength: 12 });

/** What the events add up to when one identifier owns them all. */
export function folded(
  events: readonly CleanEvent[],
  { specs = EVERY_REGISTER, bounds = BOUNDS }: { specs?: readonly RegisterSpec[]; bounds?: Bounds } = {},
): Aggregate {
  const aggregate = emptyAggregate();
  for (const event of events) foldWithin(aggregate, event, { specs, bounds });
  return aggregate;
}

/** JSON with sorted keys, own properties only. */
export const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
