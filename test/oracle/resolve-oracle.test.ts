import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules, resolve, type Sighting } from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { anyGraph, SHIPPED_RULES, TIGHT_RULES } from '../support/identity.ts';

/** The oracle takes about 3 s on an idle machine. */
const SLOW_MACHINE_MS = 60_000;

/**
 * A second implementation of the identity rules, written from the rules alone and as plainly as possible: lists and full
 * scans, no union-find, no shared code. Slow on purpose.
 */
function naive(given: readonly Evidence[], sightings: readonly Sighting[], rules: IdentityRules) {
  const text = (x: string, y: string) => (x === y ? 0 : x < y ? -1 : 1);
  const rule = (key: string) => rules.types.find(({ type }) => key.split(':')[0] === type);
  const parts = (key: string) => {
    const [type = '', second = '', ...rest] = key.split(':');
    return rule(key)?.scoped
      ? { group: `${type}:${second}`, value: rest.length ? rest.join(':') : undefined }
      : { group: type, value: [second, ...rest].join(':') };
  };
  const blocked = (key: string) => {
    const { value } = parts(key);
    return rule(key) === undefined || value === undefined || rules.blocked_values.includes(value.trim().toLowerCase());
  };

  // one entry per edge
  const same = (x: Evidence, y: Evidence) =>
    x.a === y.a && x.b === y.b && x.kind === y.kind && x.verified === y.verified && x.source_id === y.source_id;
  const ordered = given.map((e) => (e.a > e.b ? { ...e, a: e.b, b: e.a } : e));
  const edges = ordered
    .filter((e, at) => ordered.findIndex((other) => same(e, other)) === at)
    .map((e) => {
      const all = ordered.filter((other) => same(e, other));
      const first = all.toSorted((x, y) => text(x.first_seen, y.first_seen) || text(x.event_id, y.event_id))[0] ?? e;
      return { ...first, confidence: Math.max(...all.map(({ confidence }) => confidence)) };
    });
  const negative = edges.filter(({ kind }) => kind === 'unbind' || kind === 'split');
  const positive = edges.filter((e) => !negative.includes(e));
  const between = (e: Evidence, x: string, y: string) => (e.a === x && e.b === y) || (e.a === y && e.b === x);

  const keys = [...new Set([...sightings.map(({ key }) => key), ...edges.flatMap(({ a, b }) => [a, b])])];
  const neighbours = (key: string) =>
    keys.filter(
      (other) =>
        other !== key &&
        !blocked(key) &&
        !blocked(other) &&
        positive.some((e) => between(e, key, other)) &&
        !negative.some((e) => e.kind === 'unbind' && between(e, key, other)),
    );
  const isolation = new Map<string, string>();
  for (const key of keys) {
    const near = neighbours(key);
    const guarded = near.filter((other) => rule(other)?.weak_may_join === false).map((other) => parts(other).group);
    if (blocked(key)) isolation.set(key, 'blocked');
    else if (near.length > rules.max_degree) isolation.set(key, 'degree');
    else if (!rule(key)?.strong && new Set(guarded).size < guarded.length) isolation.set(key, 'shared');
  }

  const priority = (key: string) => (blocked(key) ? 99 : rules.types.findIndex(({ type }) => type === rule(key)?.type));
  const rank = (e: Evidence) => [
    e.kind === 'manual' ? 0 : 1,
    e.verified ? 0 : 1,
    -e.confidence,
    Math.min(priority(e.a), priority(e.b)),
  ];
  const compare = (x: Evidence, y: Evidence) => {
    const [rx, ry] = [rank(x), rank(y)];
    for (const [at, value] of rx.entries()) if (value !== ry[at]) return value - (ry[at] ?? 0);
    const tail = (e: Evidence) => [e.a.replace('|', '\\|'), e.b.replace('|', '\\|'), e.kind, e.verified, e.source_id];
    return text(x.first_seen, y.first_seen) || text(tail(x).join('|'), tail(y).join('|'));
  };
  const persons = keys.map((key) => [key]);
  const holderOf = (key: string) => persons.find((members) => members.includes(key)) ?? [];
  const refusal = (e: Evidence): string | undefined => {
    for (const reason of ['blocked', 'degree', 'shared']) {
      if (isolation.get(e.a) === reason || isolation.get(e.b) === reason) return reason;
    }
    const [left, right] = [holderOf(e.a), holderOf(e.b)];
    if (left === right) return undefined;
    if (negative.some((n) => left.some((x) => right.some((y) => between(n, x, y))))) return 'split';
    const united = [...left, ...right];
    const broken = united
      .filter((key) => united.filter((o) => parts(o).group === parts(key).group).length > (rule(key)?.limit ?? 0))
      .sort((x, y) => text(parts(x).group, parts(y).group))[0];
    if (broken !== undefined) return rule(broken)?.limit === 1 ? 'unique' : 'limit';
    const strong = (members: string[]) => members.some((key) => rule(key)?.strong);
    if (!e.verified && e.kind !== 'manual' && strong(left) && strong(right)) return 'attach_never_merge';
    persons.splice(persons.indexOf(right), 1);
    left.push(...right);
    return undefined;
  };
  const outcome = positive.toSorted(compare).map((e) => ({ edge: e, reason: refusal(e) }));

  const age = (key: string) => {
    const own = sightings.filter((s) => s.key === key).map(({ first_seen }) => first_seen);
    const touching = edges.filter(({ a, b }) => a === key || b === key).map(({ first_seen }) => first_seen);
    return (own.length ? own : touching).sort()[0] ?? '';
  };
  const idOf = (key: string) => {
    const bits = [...createHash('sha256').update(`one-id:${key}`).digest()].map((n) => n.toString(2).padStart(8, '0'));
    const chars = (bits.join('').match(/.{5}/g) ?? []).slice(0, 20);
    return `p_${chars.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)]).join('')}`;
  };
  return {
    persons: persons
      .map((members) => {
        const founder = members.toSorted((x, y) => text(age(x), age(y)) || text(x, y))[0] ?? '';
        const shared = members.some((key) => isolation.has(key));
        return { one_id: idOf(founder), founder, members: members.toSorted(), shared };
      })
      .sort((x, y) => text(x.one_id, y.one_id)),
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
