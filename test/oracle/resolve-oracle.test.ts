import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules, resolve, type Sighting } from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { anyGraph, SHIPPED_RULES, TIGHT_RULES } from '../support/identity.ts';

/** The oracle takes about 3 s on an idle machine. */
const SLOW_MACHINE_MS = 60_000;

const text = (x: string, y: string) => (x === y ? 0 : x < y ? -1 : 1);
const between = (e: Evidence, x: string, y: string) => (e.a === x && e.b === y) || (e.a === y && e.b === x);
const isNegative = ({ kind }: Evidence) => kind === 'unbind' || kind === 'split';

/** What the rules say about a key. */
function reader(rules: IdentityRules) {
  const rule = (key: string) => rules.types.find(({ type }) => key.split(':')[0] === type);
  const parts = (key: string) => {
    const [type = '', second = '', ...rest] = key.split(':');
    return rule(key)?.scoped
      ? { group: `${type}:${second}`, value: rest.length ? rest.join(':') : undefined }
      : { group: type, value: [second, ...rest].join(':') };
  };
  const group = (key: string) => parts(key).group;
  const blocked = (key: string) => {
    const { value } = parts(key);
    return rule(key) === undefined || value === undefined || rules.blocked_values.includes(value.trim().toLowerCase());
  };
  const priority = (key: string) => (blocked(key) ? 99 : rules.types.findIndex(({ type }) => type === rule(key)?.type));
  return { rule, group, blocked, priority };
}
type Reader = ReturnType<typeof reader>;

/** One entry per edge: its earliest sighting, its greatest confidence. */
function foldEdges(given: readonly Evidence[]): Evidence[] {
  const same = (x: Evidence, y: Evidence) =>
    x.a === y.a && x.b === y.b && x.kind === y.kind && x.verified === y.verified && x.source_id === y.source_id;
  const ordered = given.map((e) => (e.a > e.b ? { ...e, a: e.b, b: e.a } : e));
  return ordered
    .filter((e, at) => ordered.findIndex((other) => same(e, other)) === at)
    .map((e) => {
      const all = ordered.filter((other) => same(e, other));
      const first = all.toSorted((x, y) => text(x.first_seen, y.first_seen) || text(x.event_id, y.event_id))[0] ?? e;
      return { ...first, confidence: Math.max(...all.map(({ confidence }) => confidence)) };
    });
}

/** Rules 1 and 2: why an identifier may join nothing. */
function isolationOf(key: string, keys: readonly string[], edges: readonly Evidence[], rules: IdentityRules) {
  const { rule, group, blocked } = reader(rules);
  if (blocked(key)) return 'blocked';
  const near = keys.filter(
    (other) =>
      other !== key &&
      !blocked(other) &&
      edges.some((e) => !isNegative(e) && between(e, key, other)) &&
      !edges.some((e) => e.kind === 'unbind' && between(e, key, other)),
  );
  if (near.length > rules.max_degree) return 'degree';
  const guarded = near.filter((other) => rule(other)?.weak_may_join === false).map(group);
  return !rule(key)?.strong && new Set(guarded).size < guarded.length ? 'shared' : undefined;
}

/** Rule 3: the order in which edges are weighed. */
function comparer({ priority }: Reader) {
  const rank = (e: Evidence) => [
    e.kind === 'manual' ? 0 : 1,
    e.verified ? 0 : 1,
    -e.confidence,
    Math.min(priority(e.a), priority(e.b)),
  ];
  const name = ({ a, b, kind, verified, source_id }: Evidence) =>
    [a.replace('|', '\\|'), b.replace('|', '\\|'), kind, verified, source_id].join('|');
  return (x: Evidence, y: Evidence) => {
    const theirs = rank(y);
    for (const [at, value] of rank(x).entries()) if (value !== theirs[at]) return value - (theirs[at] ?? 0);
    return text(x.first_seen, y.first_seen) || text(name(x), name(y));
  };
}

/** Rule 3: what stands in the way of uniting two persons over an edge. */
function refusal(
  e: Evidence,
  sides: readonly [string[], string[]],
  edges: readonly Evidence[],
  { rule, group }: Reader,
) {
  const [left, right] = sides;
  if (edges.some((n) => isNegative(n) && left.some((x) => right.some((y) => between(n, x, y))))) return 'split';
  const united = [...left, ...right];
  const broken = united
    .filter((key) => united.filter((other) => group(other) === group(key)).length > (rule(key)?.limit ?? 0))
    .sort((x, y) => text(group(x), group(y)))[0];
  if (broken !== undefined) return rule(broken)?.limit === 1 ? 'unique' : 'limit';
  const strong = (members: string[]) => members.some((key) => rule(key)?.strong);
  return !e.verified && e.kind !== 'manual' && strong(left) && strong(right) ? 'attach_never_merge' : undefined;
}

function naiveOneId(key: string): string {
  const bits = [...createHash('sha256').update(`one-id:${key}`).digest()].map((n) => n.toString(2).padStart(8, '0'));
  const chars = (bits.join('').match(/.{5}/g) ?? []).slice(0, 20);
  return `p_${chars.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)]).join('')}`;
}

/**
 * A second implementation of the identity rules, written from the rules alone and as plainly as possible: lists and full
 * scans, no union-find, no shared code. Slow on purpose.
 */
function naive(given: readonly Evidence[], sightings: readonly Sighting[], rules: IdentityRules) {
  const edges = foldEdges(given);
  const keys = [...new Set([...sightings.map(({ key }) => key), ...edges.flatMap(({ a, b }) => [a, b])])];
  const isolation = new Map(keys.map((key) => [key, isolationOf(key, keys, edges, rules)]));
  const persons = keys.map((key) => [key]);
  const holderOf = (key: string) => persons.find((members) => members.includes(key)) ?? [];
  const weigh = (e: Evidence): string | undefined => {
    const isolated = [isolation.get(e.a), isolation.get(e.b)];
    for (const reason of ['blocked', 'degree', 'shared']) if (isolated.some((why) => why === reason)) return reason;
    const [left, right] = [holderOf(e.a), holderOf(e.b)];
    if (left === right) return undefined;
    const reason = refusal(e, [left, right], edges, reader(rules));
    if (reason === undefined) left.push(...persons.splice(persons.indexOf(right), 1).flat());
    return reason;
  };
  const positive = edges.filter((e) => !isNegative(e)).toSorted(comparer(reader(rules)));
  const outcome = positive.map((edge) => ({ edge, reason: weigh(edge) }));
  const age = (key: string) => {
    const own = sightings.filter((s) => s.key === key).map(({ first_seen }) => first_seen);
    const touching = edges.filter(({ a, b }) => a === key || b === key).map(({ first_seen }) => first_seen);
    return (own.length ? own : touching).sort()[0] ?? '';
  };
  const described = persons.map((members) => {
    const founder = members.toSorted((x, y) => text(age(x), age(y)) || text(x, y))[0] ?? '';
    const shared = members.some((key) => isolation.get(key) !== undefined);
    return { one_id: naiveOneId(founder), founder, members: members.toSorted(), shared };
  });
  return {
    persons: described.sort((x, y) => text(x.one_id, y.one_id)),
    accepted: outcome.filter(({ reason }) => reason === undefined).map(({ edge }) => edge),
    rejected: outcome.filter(({ reason }) => reason !== undefined),
  };
}

function expectSame(evidence: readonly Evidence[], sightings: readonly Sighting[], rules: IdentityRules) {
  const resolution = resolve(evidence, sightings, compileRules(rules));
  const rejected = resolution.rejected.map(({ edge, reason }) => ({ edge, reason }));
  expect({ ...resolution, rejected }).toEqual(naive(evidence, sightings, rules));
}

test(
  'small dense graphs under tight rules resolve as the naive oracle says',
  () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => expectSame(evidence, sightings, TIGHT_RULES)),
      { numRuns: 2000 },
    );
  },
  SLOW_MACHINE_MS,
);

test(
  'the shipped rules resolve as the naive oracle says',
  () => {
    fc.assert(
      fc.property(anyGraph, ({ evidence, sightings }) => expectSame(evidence, sightings, SHIPPED_RULES)),
      { numRuns: 1000 },
    );
  },
  SLOW_MACHINE_MS,
);

test('the random graphs reach every reason and many sizes of person', () => {
  const reasons = new Set<string>();
  const sizes = new Set<number>();
  for (const { evidence, sightings } of fc.sample(anyGraph, 2000)) {
    const { persons, rejected } = resolve(evidence, sightings, compileRules(TIGHT_RULES));
    for (const { reason } of rejected) reasons.add(reason);
    for (const { members } of persons) sizes.add(members.length);
  }
  const all = ['attach_never_merge', 'blocked', 'degree', 'limit', 'shared', 'split', 'unique'];
  expect([...reasons].sort()).toEqual(all);
  expect(sizes.size).toBeGreaterThan(5);
});
