import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeAggregates } from '../../functions/shared/profile/aggregate.ts';
import { BOUNDS } from '../../functions/shared/profile/bounds.ts';
import { listOf } from '../../functions/shared/profile/cells.ts';
import { mergeOperations, OPERATIONS } from '../../functions/shared/profile/operations.ts';
import { wordsOf } from '../../functions/shared/profile/words.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { anyEvent, anyOperations, folded, TINY, text } from '../support/profile.ts';
import { cleanEvent } from '../support/stitch.ts';

const RUNS = { numRuns: 1000 };

/** One source's events at different times, each with its own id, none larger than what is kept whole. */
const anyHistory = fc
  .array(fc.tuple(anyOperations, fc.constantFrom({}, {}, {}, { city: 7 }, { city: 'x' }, { city: ['z'] })), {
    maxLength: 8,
  })
  .map((list) => list.map(([operations, set], index) => said(index, { ...set, [OPERATIONS]: operations })));

const said = (minute: number, traits: Record<string, unknown>, more: Partial<CleanEvent> = {}): CleanEvent =>
  cleanEvent(['user_id:m1'], {
    type: 'identify',
    event_id: `e${minute}`,
    source_id: 'server',
    verified: true,
    occurred_at: new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString(),
    traits,
    ...more,
  });

/** What a table of traits would hold, were all of it applied one after the other, in order of time. */
function applied(events: readonly CleanEvent[]): Record<string, unknown> {
  const traits = new Map<string, unknown>();
  for (const { traits: all } of events.toSorted((a, b) => (a.occurred_at < b.occurred_at ? -1 : 1))) {
    const { [OPERATIONS]: stated = {}, ...set } = all as Record<string, never>;
    const { once = {}, add = {}, append = {}, unset = [], clear } = stated as Record<string, never>;
    if (clear === true) traits.clear();
    for (const [name, v] of Object.entries(set)) traits.set(name, v);
    for (const [name, v] of Object.entries(once)) if (!traits.has(name)) traits.set(name, v);
    for (const [name, n] of Object.entries(add)) {
      const known = traits.get(name) ?? 0;
      if (typeof n !== 'number' || n > 1e9 || typeof known !== 'number') continue;
      traits.set(name, Math.round((known + n) * 1e6) / 1e6);
    }
    for (const [name, values] of Object.entries(append)) {
      const known = traits.get(name) ?? [];
      const list: unknown[] = Array.isArray(values) ? values : [values];
      if (Array.isArray(known) && list.length > 0) traits.set(name, [...new Set([...known, ...list])]);
    }
    for (const name of unset as string[]) traits.delete(name);
  }
  return Object.fromEntries(traits);
}

const values = (events: readonly CleanEvent[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(wordsOf(folded(events))).map(([name, cells]) => {
      const v = listOf(cells)[0]?.v;
      return [name, Array.isArray(v) ? v.toSorted() : v];
    }),
  );

const sortedLists = (traits: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(traits).map(([name, v]) => [name, Array.isArray(v) ? v.toSorted() : v]));

/**
 * Using one name for a number and for a list is nobody's intention, nor is setting it once after values were appended: of each only the
 * latest time is kept. What comes of it is only the same each time.
 */
const mixes = (events: readonly CleanEvent[]): boolean => {
  const names = (operation: string) =>
    new Set(
      events.flatMap(({ traits }) => Object.keys((traits[OPERATIONS] as Record<string, object>)?.[operation] ?? {})),
    );
  const others = new Set([...names('add'), ...names('once')]);
  return [...names('append')].some((name) => others.has(name));
};

describe('operations on traits', () => {
  test('come to what applying them in order of time comes to, in whatever order they arrive', () => {
    const shuffled = anyHistory.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, arrived]) => {
        fc.pre(!mixes(events));
        expect(values(arrived)).toEqual(sortedLists(applied(events)));
      }),
      RUNS,
    );
  });

  test.each([
    ['wide', BOUNDS],
    ['exceeded', TINY],
  ])('merge in any grouping, bounds %s; twice is once but for what is counted', (_, bounds) => {
    const anyDay = fc.tuple(anyOperations, fc.nat({ max: 6 }), fc.nat({ max: 30 })).map(([operations, day, minute]) => {
      return said(day * 1440 + minute, { [OPERATIONS]: operations });
    });
    const events = fc.oneof(fc.array(anyEvent, { maxLength: 6 }), fc.array(anyDay, { maxLength: 9 }));
    const parts = events.map((list) => folded(list, { specs: [], bounds }));
    fc.assert(
      fc.property(parts, parts, parts, (a, b, c) => {
        const merge = (...all: (typeof a)[]) => mergeAggregates(all, bounds);
        expect(text(merge(merge(a, b), c))).toBe(text(merge(c, merge(b, a))));
        const own = a.operations;
        if (own === undefined) return;
        const counted = ['steps', 'days', 'rest'];
        const setLike = (value: unknown) =>
          JSON.parse(text(value), (key, v) => (counted.includes(key) ? undefined : v));
        expect(setLike(mergeOperations(own, own, bounds))).toEqual(setLike(own));
      }),
      RUNS,
    );
  });

  test('count exactly however many steps there were, and after a set only those since', () => {
    const steps = Array.from({ length: 900 }, (_, day) => said(day * 1440, { [OPERATIONS]: { add: { points: 0.1 } } }));
    const points = (events: readonly CleanEvent[]) => values(events).points;
    expect(points(steps)).toBe(90);
    expect(points(steps.toReversed())).toBe(90);
    const set = said(800 * 1440 + 1, { points: 1000 });
    expect(points([...steps, set])).toBe(1009.9);
    expect(points([set, ...steps.toReversed()])).toBe(1009.9);
  });
});

describe('in one millisecond', () => {
  const at = (id: string, traits: Record<string, unknown>) => said(1, traits, { event_id: id });
  const operation = (operations: object) => ({ [OPERATIONS]: operations });
  test.each([
    [{ points: 10 }, operation({ add: { points: 5 } }), 15],
    [operation({ once: { points: 10 } }), operation({ add: { points: 5 } }), 15],
    [operation({ clear: true }), { points: 1 }, 1],
    [{ points: 10 }, operation({ unset: ['points'] }), undefined],
    [operation({ add: { points: 5 } }), operation({ unset: ['points'] }), undefined],
  ])('%j and %j have one order, whatever their ids', (first, second, expected) => {
    for (const [a, b] of [
      ['e1', 'e2'],
      ['e2', 'e1'],
    ] as const) {
      expect(values([at(a, first), at(b, second)]).points).toEqual(expected);
    }
  });

  test('after an unset the earliest that is set once then holds, of however many', () => {
    const once = (minute: number) => said(minute, operation({ once: { shop: `s${minute}` } }));
    const all = [once(1), once(2), once(3), once(4), said(5, operation({ unset: ['shop'] })), once(6)];
    expect(values(all.slice(0, 4))).toEqual({ shop: 's1' });
    expect(values(all.slice(0, 5))).toEqual({});
    expect(values(all.toReversed())).toEqual({ shop: 's6' });
  });
});

describe('who may do what', () => {
  const word = (events: readonly CleanEvent[], name: string) => {
    const cells = wordsOf(folded(events))[name];
    return cells === undefined ? [] : listOf(cells).map(({ v, source, unverified }) => ({ v, source, unverified }));
  };
  const anybody = { verified: false, source_id: 'web' };

  test('what anybody can send clears nothing that is proved, nor does another source', () => {
    const events = [
      said(1, { level: 'gold' }),
      said(2, { [OPERATIONS]: { clear: true, unset: ['level'] } }, anybody),
      said(3, { [OPERATIONS]: { clear: true } }, { source_id: 'crm' }),
    ];
    expect(word(events, 'level')).toEqual([{ v: 'gold', source: 'server', unverified: undefined }]);
  });

  test('one source counts what it was told with a public key apart from what it can prove', () => {
    const add = (n: number) => ({ [OPERATIONS]: { add: { points: n } } });
    const events = [said(1, add(1)), said(2, add(2)), said(3, add(100), { ...anybody, source_id: 'server' })];
    expect(word(events, 'points')).toEqual([
      { v: 3, source: 'server', unverified: undefined },
      { v: 100, source: 'server', unverified: true },
    ]);
  });

  test('names and values from outside stay data, and what is too large stays out', () => {
    const operations = JSON.parse(
      `{"once":{"__proto__":"x","big":"${'x'.repeat(3000)}"},"add":{"constructor":1,"n":"1"},"append":{"l":["${'y'.repeat(300)}"]},"unset":[1,null],"clear":"yes"}`,
    );
    const words = wordsOf(folded([said(1, { [OPERATIONS]: operations })]));
    expect(Object.keys(words).sort()).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).v).toBeUndefined();
  });

  test.each([null, 1, 'x', [], { once: 1, add: [], append: null, unset: {}, clear: 1 }])(
    '%j does nothing',
    (operations) => {
      expect(wordsOf(folded([said(1, { level: 'gold', [OPERATIONS]: operations })]))).toMatchObject({
        level: { v: 'gold' },
      });
    },
  );
});
