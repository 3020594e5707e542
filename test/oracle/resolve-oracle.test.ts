import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules, resolve, type Sighting } from '../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { anyGraph, PLENTIFUL_RULES, SHIPPED_RULES, TIGHT_RULES } from '../support/identity.ts';

/** The oracle takes about 3 s on an idle machine. */
const SLOW_MACHINE_MS = 60_000;

const text = (x: string, y: string) => (x === y ? 0 : x < y ? -1 : 1);
const between = (e: Evidence, x: string, y: string) => (e.a === x && e.b === y) || (e.a === y && e.b === x);
const isNegative = ({ kind }: Evidence) => kind === 'unbind' || kind === 'split';
const isJoining = (e: Evidence) => !isNegative(e) && e.kind !== 'retract';
const isSeen = (e: Evidence) => isJoining(e) && e.kind !== 'probabilistic';

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

/** ISO weeks begin on Monday. */
function mondayOf(at: string): string {
  const date = new Date(`${at.slice(0, 10)}T00:00:00Z`);
  while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

const windowOf = (at: string, window: string | undefined) =>
  window === 'day' ? at.slice(0, 10) : window === 'week' ? mondayOf(at) : '';

/** One entry per edge: its earliest sighting, and what was declared last, or its greatest confidence. */
function foldEdges(given: readonly Evidence[]): Evidence[] {
  const same = (x: Evidence, y: Evidence) =>
    x.a === y.a && x.b === y.b && x.kind === y.kind && x.verified === y.verified && x.source_id === y.source_id;
  const ordered = given.map((e) => (e.a > e.b ? { ...e, a: e.b, b: e.a } : e));
  return ordered
    .filter((e, at) => ordered.findIndex((other) => same(e, other)) === at)
    .map((e) => {
      const all = ordered.filter((other) => same(e, other));
      const first = all.toSorted((x, y) => text(x.first_seen, y.first_seen) || text(x.event_id, y.event_id))[0] ?? e;
      const last =
        all.toSorted(
          (x, y) =>
            text(y.last_seen ?? '', x.last_seen ?? '') ||
            y.confidence - x.confidence ||
            text(y.model ?? '', x.model ?? ''),
        )[0] ?? e;
      const { a, b, kind, verified, first_seen, source_id, event_id } = first;
      const { confidence, last_seen, model } = last;
      const folded: Evidence = { a, b, kind, verified, confidence, first_seen, source_id, event_id };
      return {
        ...folded,
        ...(last_seen === undefined ? {} : { last_seen }),
        ...(model === undefined ? {} : { model }),
      };
    });
}

const when = (e: Evidence) => e.last_seen ?? e.first_seen;
const latest = (edges: readonly Evidence[]) => edges.map(when).sort().at(-1) ?? '';
const isJoiningWord = (e: Evidence) => e.kind === 'bind' || e.kind === 'manual';

/** What was taken back last about the pair of this edge. */
const takenBack = (e: Evidence, edges: readonly Evidence[]) =>
  latest(edges.filter((other) => other.kind === 'retract' && between(other, e.a, e.b)));

/** Does negative evidence still hold? Not once taken back, nor after a later verified word that joins. */
const holds = (e: Evidence, edges: readonly Evidence[]) => {
  const joined = edges.filter(
    (other) => isJoiningWord(other) && other.verified && between(other, e.a, e.b) && when(other) > takenBack(e, edges),
  );
  return when(e) > takenBack(e, edges) && !(latest(joined) > when(e));
};

/** When an identifier was released, '' for never. */
function releasedAt(key: string, edges: readonly Evidence[]) {
  const own = edges.filter((e) => e.a === key && e.b === key);
  const released = latest(own.filter((e) => e.kind === 'unbind'));
  return released > latest(own.filter((e) => e.kind === 'retract')) ? released : '';
}

/** Why a joining edge does not count at all. */
function voided(e: Evidence, edges: readonly Evidence[], rules: IdentityRules) {
  if (e.kind === 'probabilistic' && e.confidence < (rules.probabilistic?.analytics ?? 0)) return 'unsure';
  const back = takenBack(e, edges);
  if (isJoiningWord(e) && back !== '' && when(e) <= back) return 'retracted';
  const releases = [releasedAt(e.a, edges), releasedAt(e.b, edges)].filter((at) => at !== '');
  const named = edges
    .filter((other) => isJoining(other) && between(other, e.a, e.b))
    .map(({ first_seen }) => first_seen);
  const said = isJoiningWord(e) ? when(e) : (named.sort()[0] ?? '');
  return releases.some((at) => said <= at) ? 'released' : undefined;
}

/** Values of strong types that somebody answerable declared to be one, as sets; the declarations weighed strongest first. */
const isSameWord = (e: Evidence, { rule, group }: Reader) =>
  e.kind === 'manual' && e.verified && rule(e.a)?.strong === true && group(e.a) === group(e.b);

/** Rules 1 and 2: why an identifier may join nothing. `classOf` names what a value was declared to be the same as. */
function isolationOf(
  key: string,
  { keys, edges, classOf }: { keys: readonly string[]; edges: readonly Evidence[]; classOf: (key: string) => string },
  rules: IdentityRules,
) {
  const { rule, group, blocked } = reader(rules);
  if (blocked(key)) return 'blocked';
  const near = keys.filter(
    (other) =>
      other !== key &&
      !blocked(other) &&
      edges.some((e) => isSeen(e) && between(e, key, other) && voided(e, edges, rules) === undefined) &&
      !edges.some((e) => e.kind === 'unbind' && between(e, key, other) && holds(e, edges)),
  );
  const counts = (e: Evidence) => isTrusted(e) && isJoining(e) && voided(e, edges, rules) === undefined;
  const isTrustedNeighbour = (other: string) => edges.some((e) => counts(e) && between(e, key, other));
  const named = near.filter((other) => rule(other)?.weak_may_join === false);
  const isAccount = rule(key)?.weak_may_join === false;
  const known = named.filter(isTrustedNeighbour);
  const guarded = named.filter(
    (other) => !isAccount || known.includes(other) || !known.some((x) => group(x) === group(other)),
  );
  const clash = guarded.some((x) => guarded.some((y) => group(x) === group(y) && classOf(x) !== classOf(y)));
  const shared = !rule(key)?.strong && clash ? 'shared' : undefined;
  const few = near.filter((other) => rule(other)?.plentiful !== true);
  if (few.length <= rules.max_degree) return shared;
  const trusted = few.filter(isTrustedNeighbour).length;
  return trusted === 0 || trusted > rules.max_degree ? 'degree' : (shared ?? 'crowded');
}

const isTrusted = (e: Evidence) => e.kind === 'manual' || (e.verified && e.kind !== 'probabilistic');

/** Rule 3: the order in which edges are weighed. */
function comparer(reads: Reader, isSame: (e: Evidence) => boolean) {
  const { priority } = reads;
  const rank = (e: Evidence) => [
    isSame(e) ? 0 : 1,
    e.kind === 'probabilistic' ? 1 : 0,
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

interface Weighing {
  readonly edges: readonly Evidence[];
  readonly reads: Reader;
  readonly classOf: (key: string) => string;
  readonly age: (key: string) => string;
  readonly isSame: (e: Evidence) => boolean;
}

/** Rule 3: what stands in the way of uniting two persons over an edge. */
function refusal(
  e: Evidence,
  [left, right]: readonly [string[], string[]],
  { edges, reads: { rule, group }, classOf, age, isSame }: Weighing,
) {
  const apart = edges.filter((n) => isNegative(n) && n.a !== n.b && holds(n, edges));
  if (apart.some((n) => left.some((x) => right.some((y) => between(n, x, y))))) return 'split';
  const united = [...left, ...right];
  const window = (key: string) => windowOf(age(key), rule(key)?.limit_window);
  const rivals = (key: string) =>
    new Set(united.filter((x) => group(x) === group(key) && window(x) === window(key)).map(classOf)).size;
  const broken = isSame(e)
    ? undefined
    : united.filter((key) => rivals(key) > (rule(key)?.limit ?? 0)).sort((x, y) => text(group(x), group(y)))[0];
  if (broken !== undefined) return rule(broken)?.limit === 1 ? 'unique' : 'limit';
  const strong = (members: string[]) => members.some((key) => rule(key)?.strong);
  const believed = isTrusted(e) || (e.verified && rule(e.a)?.strong === true && rule(e.b)?.strong === true);
  return !believed && strong(left) && strong(right) ? 'attach_never_merge' : undefined;
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
  const reads = reader(rules);
  const age = (key: string) => {
    const own = sightings.filter((s) => s.key === key).map(({ first_seen }) => first_seen);
    const touching = edges.filter(({ a, b }) => a === key || b === key).map(({ first_seen }) => first_seen);
    return (own.length ? own : touching).sort()[0] ?? '';
  };
  const isSame = (e: Evidence) => isSameWord(e, reads) && voided(e, edges, rules) === undefined;
  const positive = edges.filter(isJoining).toSorted(comparer(reads, isSame));
  const run = (over: readonly Evidence[], classOf: (key: string) => string) => {
    const isolation = new Map(keys.map((key) => [key, isolationOf(key, { keys, edges, classOf }, rules)]));
    const persons = keys.map((key) => [key]);
    const holderOf = (key: string) => persons.find((members) => members.includes(key)) ?? [];
    const weigh = (e: Evidence): string | undefined => {
      const isVoid = voided(e, edges, rules);
      if (isVoid !== undefined) return isVoid;
      const isolated = [isolation.get(e.a), isolation.get(e.b)];
      const whys = isolated.map((why) => (why === 'crowded' ? (isTrusted(e) ? undefined : 'degree') : why));
      for (const reason of ['blocked', 'degree', 'shared']) if (whys.some((why) => why === reason)) return reason;
      const [left, right] = [holderOf(e.a), holderOf(e.b)];
      if (left === right) return undefined;
      const reason = refusal(e, [left, right], { edges, reads, classOf, age, isSame });
      if (reason === undefined) left.push(...persons.splice(persons.indexOf(right), 1).flat());
      return reason;
    };
    const outcome = over.map((edge) => ({ edge, reason: weigh(edge) }));
    return { persons, isolation, outcome, holderOf };
  };
  const declared = run(positive.filter(isSame), (key) => key);
  const classes = new Map(keys.map((key) => [key, declared.holderOf(key).toSorted()[0] ?? key]));
  const { persons, isolation, outcome } = run(positive, (key) => classes.get(key) ?? key);
  const described = persons.map((members) => {
    const founder = members.toSorted((x, y) => text(age(x), age(y)) || text(x, y))[0] ?? '';
    const isolated = isolation.get(founder);
    const isAlone = isolated !== undefined && isolated !== 'crowded';
    const why = isAlone ? { shared: true, isolated } : { shared: false };
    const crowded = members.filter((key) => isolation.get(key) === 'crowded').sort();
    const crowd = crowded.length === 0 ? {} : { crowded };
    return { one_id: naiveOneId(founder), founder, members: members.toSorted(), ...why, ...crowd };
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

const RULE_SETS = [
  ['tight', TIGHT_RULES, 2000],
  ['plentiful', PLENTIFUL_RULES, 2000],
  ['shipped', SHIPPED_RULES, 1000],
] as const;

test.each(RULE_SETS)(
  'small dense graphs under %s rules resolve as the naive oracle says',
  (_, rules, numRuns) => {
    const property = fc.property(anyGraph, ({ evidence, sightings }) => expectSame(evidence, sightings, rules));
    fc.assert(property, { numRuns });
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
  const joins = ['attach_never_merge', 'blocked', 'degree', 'limit', 'shared', 'split', 'unique'];
  const all = [...joins, 'released', 'retracted', 'unsure'].sort();
  expect([...reasons].sort()).toEqual(all);
  expect(sizes.size).toBeGreaterThan(5);
});
