import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileDefinitions, type Definitions } from '../../functions/shared/definitions.ts';
import { type PersonState, viewPerson } from '../../functions/shared/person/read.ts';
import { type Aggregate, mergeAggregates } from '../../functions/shared/profile/aggregate.ts';
import { compileSurvivorship } from '../../functions/shared/profile/survivorship.ts';
import type { Measure } from '../../schemas/definition.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { anyEvent, EVERY_REGISTER, folded } from '../support/profile.ts';
import { SHIPPED } from '../support/stitch.ts';

const OWNERS = ['user_id:m1', 'phone:t1.recycled', 'anonymous_id:c1', 'anonymous_id:c2', 'device_id:d1'];
const NOW = Date.parse('2026-03-04T20:00:00.000Z');
const RUNS = { numRuns: 300 };

const event = 'Order Completed';
const money = { event, property: 'total', currency: 'CNY' } as const;
const values = { event, property: 'products[].product_id' } as const;
/** A tag for every measure, with and without a window. */
const MEASURES: readonly Measure[] = [
  { kind: 'streak_days', event, by: 'products[].product_id' },
  ...[{}, { window_days: 2 }].flatMap((window): Measure[] => [
    { kind: 'count', event, ...window },
    { kind: 'sum', ...money, ...window },
    { kind: 'average', ...money, ...window },
    { kind: 'min', ...money, ...window },
    { kind: 'max', event, property: 'total', ...window },
    { kind: 'distinct', ...values, ...window },
    { kind: 'distinct_days', event, ...window },
    { kind: 'has', ...values, value: '__proto__', ...window },
    { kind: 'top', ...values, ...window },
  ]),
  { kind: 'first', event, property: 'total' },
  { kind: 'last', event },
  { kind: 'absent', event, window_days: 2 },
  { kind: 'hour', event },
];

const SURVIVORSHIP = { version: 1, owner: 'tests', default: ['pos', '*', 'web'], traits: { city: ['crm'], level: [] } };

const DEFINITIONS: Definitions = compileDefinitions(
  MEASURES.map((measure, index) => ({
    ...{ id: `tag_${index}`, version: 1, title: { en: 'Tag', zh: '标签' }, owner: 'tests', purpose: 'tests' },
    measure,
  })),
  [],
  compileSurvivorship(SURVIVORSHIP),
);

const specs = [...new Map([...EVERY_REGISTER, ...DEFINITIONS.registers].map((spec) => [spec.key, spec])).values()];

/** Each event with the identifier that owns it and a person to put that identifier into. */
const anyOwned = fc.array(fc.tuple(anyEvent, fc.nat({ max: OWNERS.length - 1 })), { maxLength: 15 });
const anyPartition = fc.array(fc.nat({ max: 2 }), { minLength: OWNERS.length, maxLength: OWNERS.length });

const aggregatesOf = (owned: readonly (readonly [CleanEvent, number])[]): Aggregate[] =>
  OWNERS.map((_, owner) =>
    folded(
      owned.filter(([, by]) => by === owner).map(([found]) => found),
      { specs },
    ),
  );

const personsOf = (aggregates: readonly Aggregate[], partition: readonly number[]): Aggregate[] =>
  [0, 1, 2].map((person) => mergeAggregates(aggregates.filter((_, owner) => partition[owner] === person)));

/** What everybody sees of the person that has these identifiers, in whatever order they are read. */
function view(aggregates: readonly Aggregate[], owners: readonly number[]): string {
  const members = owners.map((owner) => OWNERS[owner] ?? '');
  const state: PersonState = {
    person: { one_id: 'p_1', founder: members[0] ?? '', members, shared: false },
    aggregate: mergeAggregates(owners.flatMap((owner) => aggregates[owner] ?? [])),
    first_seen: {},
    component: undefined,
  };
  return JSON.stringify(viewPerson(state, { definitions: DEFINITIONS, rules: SHIPPED, now: NOW }));
}

/** Everything in an aggregate that adds up, as `path → number`. */
function additive({ events, names, channels, registers }: Aggregate): Map<string, number> {
  const sums = new Map<string, number>([['events', events]]);
  const put = (at: string, map: Readonly<Record<string, number>>) => {
    for (const [key, n] of Object.entries(map)) sums.set(`${at}/${key}`, n);
  };
  put('names', names);
  put('channels', channels);
  for (const [key, state] of Object.entries(registers)) {
    if ('days' in state && ['count', 'days', 'hours', 'total', 'sum'].includes(state.kind)) put(key, state.days);
    if ('values' in state && state.kind === 'top') put(key, state.values);
  }
  return sums;
}

describe('identifiers can be regrouped into persons', () => {
  test('for any partition the sum over the persons of whatever adds up is the whole', () => {
    fc.assert(
      fc.property(anyOwned, anyPartition, (owned, partition) => {
        const whole = additive(
          folded(
            owned.map(([found]) => found),
            { specs },
          ),
        );
        const sum = new Map<string, number>([['events', 0]]);
        for (const person of personsOf(aggregatesOf(owned), partition)) {
          for (const [at, n] of additive(person)) sum.set(at, (sum.get(at) ?? 0) + n);
        }
        expect([...sum].sort()).toEqual([...whole].sort());
      }),
      RUNS,
    );
  });

  test('a recycled number that goes to another person and comes back leaves both as they were, byte for byte', () => {
    fc.assert(
      fc.property(anyOwned, anyPartition, fc.nat({ max: OWNERS.length - 1 }), (owned, partition, moved) => {
        const aggregates = aggregatesOf(owned);
        const members = (of: readonly number[], person: number) =>
          OWNERS.map((_, owner) => owner).filter((owner) => of[owner] === person);
        const from = partition[moved] ?? 0;
        const to = (from + 1) % 3;
        const before = [from, to].map((person) => view(aggregates, members(partition, person)));
        const away = partition.with(moved, to);
        const without = view(aggregates, members(away, from));
        expect(view(aggregates, members(away, to).toReversed())).toBe(view(aggregates, members(away, to)));
        const back = away.with(moved, from);
        expect([from, to].map((person) => view(aggregates, members(back, person).toReversed()))).toEqual(before);
        // Without it the person is as if the number had never been his.
        const never = aggregatesOf(owned.filter(([, by]) => by !== moved));
        expect(view(never, members(away, from))).toBe(without);
      }),
      RUNS,
    );
  });

  test('the stored form survives JSON: a person read again is the same bytes', () => {
    fc.assert(
      fc.property(anyOwned, (owned) => {
        const aggregates = aggregatesOf(owned);
        const stored = JSON.parse(JSON.stringify(aggregates)) as Aggregate[];
        expect(view(stored, [4, 2, 0, 1, 3])).toBe(view(aggregates, [0, 1, 2, 3, 4]));
      }),
      RUNS,
    );
  });
});
