import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cloneAggregate,
  emptyAggregate,
  foldWithin,
  mergeAggregates,
} from '../../functions/shared/profile/aggregate.ts';
import {
  BOUNDS,
  keepEarliest,
  keepGreatestKeys,
  keepLatest,
  keepSample,
  keepSmallestKeys,
  spread,
} from '../../functions/shared/profile/bounds.ts';
import { registerSpec } from '../../functions/shared/profile/register-spec.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { anyEvent, anyEvents, EVERY_REGISTER, folded, HOSTILE, TINY, text } from '../support/profile.ts';
import { cleanEvent, DEFINITIONS } from '../support/stitch.ts';

const RUNS = { numRuns: 500 };

/** Registers in which an event that comes again, however late, changes nothing: the dedupe window need not know it. */
const SET_LIKE = EVERY_REGISTER.filter(({ kind }) =>
  ['dates', 'first', 'last', 'set', 'distinct', 'min', 'max', 'day_min', 'day_max'].includes(kind),
);

describe.each([
  ['wide', BOUNDS],
  ['exceeded', TINY],
])('aggregates are sums, bounds %s', (_, bounds) => {
  const fold = (events: readonly CleanEvent[]) => folded(events, { bounds });
  const merge = (...parts: Parameters<typeof mergeAggregates>[0]) => mergeAggregates(parts, bounds);

  test('folding in any order gives the same bytes', () => {
    const shuffled = anyEvents.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, other]) => {
        expect(text(fold(other))).toBe(text(fold(events)));
      }),
      RUNS,
    );
  });

  test('merging is commutative and associative, and equals folding everything at once', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, anyEvents, (x, y, z) => {
        const [a, b, c] = [fold(x), fold(y), fold(z)];
        const before = text([a, b, c]);
        const whole = text(fold([...x, ...y, ...z]));
        expect(text(merge(a, b, c))).toBe(whole);
        expect(text(merge(c, merge(b, a)))).toBe(whole);
        expect(text(merge(merge(c, a), emptyAggregate(), b))).toBe(whole);
        expect(text([a, b, c]), 'merging changed its inputs').toBe(before);
      }),
      RUNS,
    );
  });

  test('one by one into several owners and merged is the same as all into one', () => {
    const owned = fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 4 })), { maxLength: 15 });
    fc.assert(
      fc.property(owned, (list) => {
        const owners = [0, 1, 2, 3, 4].map((owner) => list.filter(([, by]) => by === owner).map(([event]) => event));
        expect(text(merge(...owners.map(fold)))).toBe(text(fold(list.map(([event]) => event))));
      }),
      RUNS,
    );
  });

  test('what is set-like takes an event twice, and itself twice, for once', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (x, again) => {
        const of = (events: readonly CleanEvent[]) => {
          const { registers, traits, consents, zone } = folded(events, { specs: SET_LIKE, bounds });
          return text({ registers, traits, consents, zone });
        };
        const repeated = again.filter((_, index) => index < x.length).map((_, index) => x[index] as CleanEvent);
        expect(of([...x, ...repeated])).toBe(of(x));
        const part = folded(x, { specs: SET_LIKE, bounds });
        const { registers, traits } = merge(part, part);
        expect(text({ registers, traits })).toBe(text({ registers: part.registers, traits: part.traits }));
      }),
      RUNS,
    );
  });

  test('a copy can be folded into without touching the original, and survives JSON', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (x, y) => {
        const original = fold(x);
        const before = text(original);
        const copy = cloneAggregate(JSON.parse(JSON.stringify(original)));
        const second = cloneAggregate(original);
        for (const event of y) {
          foldWithin(copy, event, { specs: EVERY_REGISTER, bounds });
          foldWithin(second, event, { specs: EVERY_REGISTER, bounds });
        }
        expect(text(original)).toBe(before);
        expect(text(copy)).toBe(text(fold([...x, ...y])));
        expect(text(second)).toBe(text(copy));
      }),
      RUNS,
    );
  });
});

describe('names are data', () => {
  test('hostile names are data: no prototype is reached, each is counted', () => {
    const events = HOSTILE.map((name) => cleanEvent(['user_id:m1'], { name, traits: JSON.parse(`{"${name}":"v"}`) }));
    const { names, traits } = folded(events);
    expect(Object.keys(names).sort()).toEqual([...HOSTILE].sort());
    expect(Object.values(names)).toEqual(HOSTILE.map(() => 1));
    expect(Object.keys(traits).sort()).toEqual([...HOSTILE].sort());
    expect(({} as Record<string, unknown>).v).toBeUndefined();
    expect(Object.getPrototypeOf(names)).toBe(Object.prototype);
  });

  test('different registers have different keys, whatever bars and backslashes their names contain', () => {
    const one = ['|', '\\', 'a'];
    const two = one.flatMap((x) => one.map((y) => x + y));
    const parts = [...one, ...two, ...two.flatMap((x) => one.map((y) => x + y))];
    const specs = parts.flatMap((event) => [
      registerSpec('days', event),
      ...parts.flatMap((x) => [
        registerSpec('days', event, { channel: x }),
        registerSpec('days', event, { by: x }),
        registerSpec('days', event, { channel: x, by: 'a' }),
        registerSpec('days', event, { channel: 'a', by: x }),
      ]),
    ]);
    // `channel: a, by: a` was built twice for each event.
    expect(new Set(specs.map(({ key }) => key)).size).toBe(specs.length - parts.length);
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
        const sample = sorted.toSorted((a, b) => spread(a) - spread(b)).slice(0, max);
        expect(keep(keys, (map) => keepSample(map, max))).toEqual(sample.sort());
      }),
    );
  });

  test.each([
    ['latest', keepLatest, (known: string, at: string) => known > at],
    ['earliest', keepEarliest, (known: string, at: string) => known < at],
  ])('the %s entries, whichever was seen first', (_, cut, holds) => {
    const entries = fc.array(fc.record({ key: fc.constantFrom(...HOSTILE), at: fc.constantFrom('1', '2', '3') }));
    const kept = (list: readonly { key: string; at: string }[]): string => {
      const map: Record<string, { at: string }> = {};
      for (const { key, at } of list) {
        const known = Object.hasOwn(map, key) ? map[key] : undefined;
        const value = known && holds(known.at, at) ? known : { at };
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
        cut(map, 3);
      }
      return text(map);
    };
    const pairs = entries.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(pairs, ([list, other]) => {
        expect(kept(other)).toBe(kept(list));
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
    const fold = (events: readonly CleanEvent[]) => folded(events, { specs: DEFINITIONS.registers });
    const forwards = fold(many);
    expect(Object.keys(forwards.names)).toHaveLength(200);
    expect(Object.keys(forwards.traits)).toHaveLength(200);
    const parts = [many.slice(0, 500), many.slice(500, 501), many.slice(501)].map(fold);
    expect(text(mergeAggregates(parts.reverse()))).toBe(text(forwards));
    expect(text(fold(many.toReversed()))).toBe(text(forwards));
  });
});
