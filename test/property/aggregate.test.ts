import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Aggregate,
  cloneAggregate,
  emptyAggregate,
  foldEvent,
  mergeAggregates,
} from '../../functions/shared/profile/aggregate.ts';
import { keepGreatestKeys, keepLatest, keepSmallestKeys } from '../../functions/shared/profile/bounds.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { cleanEvent, DEFINITIONS } from '../support/stitch.ts';

/** Names that reach a prototype where somebody forgot that they are data. */
const HOSTILE = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '10', '2'];
const anyName = fc.constantFrom(...HOSTILE, 'city', 'level');
const day = fc.integer({ min: 1, max: 4 });

/** Events that often tie: same time, same id from two sources. */
const anyEvent: fc.Arbitrary<CleanEvent> = fc
  .record({
    id: fc.constantFrom('e1', 'e2', 'e3'),
    source: fc.constantFrom('web', 'crm'),
    channel: fc.constantFrom('web', 'app', '__proto__'),
    day,
    type: fc.constantFrom<CleanEvent['type']>('track', 'page', 'identify'),
    name: fc.constantFrom('Product Viewed', 'Order Completed', 'Product Added', ...HOSTILE),
    product: anyName,
    total: fc.constantFrom(12.34, -5, 'free', null),
    traits: fc.array(fc.tuple(anyName, fc.constantFrom<unknown>('x', 'y', 1, null, { a: 1 })), { maxLength: 3 }),
    consent: fc.array(fc.tuple(anyName, fc.boolean()), { maxLength: 2 }),
    zone: fc.constantFrom('Asia/Shanghai', 'America/New_York'),
    known: fc.boolean(),
  })
  .map(({ id, source, day, product, total, traits, consent, zone, known, ...rest }) =>
    cleanEvent(['user_id:m1'], {
      ...rest,
      event_id: id,
      source_id: source,
      occurred_at: `2026-03-0${day}T10:00:00.000Z`,
      local_date: `2026-03-0${day}`,
      properties: { product_id: product, total, products: [{ product_id: product }] },
      traits: Object.fromEntries(traits),
      consent: Object.fromEntries(consent),
      time_zone: zone,
      time_zone_known: known,
    }),
  );

const folded = (events: readonly CleanEvent[]): Aggregate => {
  const aggregate = emptyAggregate();
  for (const event of events) foldEvent(aggregate, event, DEFINITIONS.registers);
  return aggregate;
};

/** JSON with sorted keys, own properties only. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

const anyEvents = fc.array(anyEvent, { maxLength: 12 });
const RUNS = { numRuns: 500 };

describe('aggregates are sums', () => {
  test('folding in any order gives the same bytes', () => {
    const shuffled = anyEvents.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, other]) => {
        expect(text(folded(other))).toBe(text(folded(events)));
      }),
      RUNS,
    );
  });

  test('merging is commutative and associative, and equals folding everything at once', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, anyEvents, (x, y, z) => {
        const [a, b, c] = [folded(x), folded(y), folded(z)];
        const before = text([a, b, c]);
        const whole = text(folded([...x, ...y, ...z]));
        expect(text(mergeAggregates([a, b, c]))).toBe(whole);
        expect(text(mergeAggregates([c, mergeAggregates([b, a])]))).toBe(whole);
        expect(text(mergeAggregates([mergeAggregates([c, a]), emptyAggregate(), b]))).toBe(whole);
        expect(text([a, b, c]), 'merging changed its inputs').toBe(before);
      }),
      RUNS,
    );
  });

  test('a copy can be folded into without touching the original, and survives JSON', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (x, y) => {
        const original = folded(x);
        const before = text(original);
        const copy = cloneAggregate(JSON.parse(JSON.stringify(original)));
        for (const event of y) foldEvent(copy, event, DEFINITIONS.registers);
        expect(text(original)).toBe(before);
        expect(text(copy)).toBe(text(folded([...x, ...y])));
      }),
      RUNS,
    );
  });

  test('hostile names are data: no prototype is reached, each is counted', () => {
    const events = HOSTILE.map((name) => cleanEvent(['user_id:m1'], { name, traits: JSON.parse(`{"${name}":"v"}`) }));
    const { names, traits } = folded(events);
    expect(Object.keys(names).sort()).toEqual([...HOSTILE].sort());
    expect(Object.values(names)).toEqual(HOSTILE.map(() => 1));
    expect(Object.keys(traits).sort()).toEqual([...HOSTILE].sort());
    expect(({} as Record<string, unknown>).v).toBeUndefined();
    expect(Object.getPrototypeOf(names)).toBe(Object.prototype);
  });
});

describe('bounds do not depend on order', () => {
  const anyKeys = fc.array(fc.constantFrom(...'abcdefghijkl', ...HOSTILE), { maxLength: 30 });
  const keep = (keys: readonly string[], cut: (map: Record<string, number>) => void): string[] => {
    const map: Record<string, number> = {};
    for (const key of keys) {
      Object.defineProperty(map, key, { value: 1, enumerable: true, configurable: true, writable: true });
      cut(map);
    }
    return Object.keys(map).sort();
  };

  test('the smallest and the greatest keys', () => {
    fc.assert(
      fc.property(anyKeys, fc.integer({ min: 0, max: 6 }), (keys, max) => {
        const sorted = [...new Set(keys)].sort();
        expect(keep(keys, (map) => keepSmallestKeys(map, max))).toEqual(sorted.slice(0, max));
        expect(keep(keys, (map) => keepGreatestKeys(map, max))).toEqual(max === 0 ? [] : sorted.slice(-max));
      }),
    );
  });

  test('the latest entries, whichever was seen first', () => {
    const entries = fc.array(fc.record({ key: fc.constantFrom(...HOSTILE), at: fc.constantFrom('1', '2', '3') }));
    const latest = (list: readonly { key: string; at: string }[]): string => {
      const map: Record<string, { at: string }> = {};
      for (const { key, at } of list) {
        const known = Object.hasOwn(map, key) ? map[key] : undefined;
        const value = known && known.at > at ? known : { at };
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
        keepLatest(map, 3);
      }
      return text(map);
    };
    const pairs = entries.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(pairs, ([list, other]) => {
        expect(latest(other)).toBe(latest(list));
      }),
    );
  });

  test('an aggregate over its bounds is the same whatever came first', () => {
    const many = Array.from({ length: 1300 }, (_, n) => {
      const date = new Date(Date.UTC(2026, 0, 1 + (n % 50))).toISOString();
      return cleanEvent(['user_id:m1'], {
        event_id: `e${n}`,
        occurred_at: date,
        local_date: date.slice(0, 10),
        name: n % 2 === 0 ? 'Product Viewed' : n % 3 === 0 ? 'Order Completed' : `Event ${n}`,
        properties: { product_id: `P${n}`, products: [{ product_id: `P${n}` }] },
        traits: { [`trait${n}`]: n },
      });
    });
    const forwards = folded(many);
    expect(Object.keys(forwards.names)).toHaveLength(200);
    expect(Object.keys(forwards.traits)).toHaveLength(200);
    const parts = [many.slice(0, 500), many.slice(500, 501), many.slice(501)].map(folded);
    expect(text(mergeAggregates(parts.reverse()))).toBe(text(forwards));
    expect(text(folded(many.toReversed()))).toBe(text(forwards));
  });
});
