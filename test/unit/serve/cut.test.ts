import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairsToPart } from '../../../functions/serve/cut.ts';
import { resolve } from '../../../functions/shared/identity/resolve.ts';
import type { Evidence } from '../../../schemas/evidence.ts';
import { SHIPPED } from '../../support/stitch.ts';

const KEYS = [
  ...['m1', 'm2'].map((id) => `user_id:${id}`),
  ...['t1.a', 't1.b'].map((token) => `phone:${token}`),
  ...['c1', 'c2', 'c3', 'c4'].map((id) => `anonymous_id:${id}`),
  ...['d1', 'd2'].map((id) => `device_id:${id}`),
];
const EARLY = '2026-01-01T00:00:00.000Z';
const NOW = '2026-03-01T00:00:00.000Z';
const LATER = '2026-04-01T00:00:00.000Z';

const edge = (x: string, y: string, over: Partial<Evidence> = {}): Evidence => {
  const [a, b] = x < y ? [x, y] : [y, x];
  const base = { a, b, kind: 'same_event' as const, verified: true, confidence: 1, first_seen: EARLY };
  return { ...base, source_id: 'server', event_id: `${a}|${b}`, ...over };
};

const unbinds = (pairs: readonly (readonly [string, string])[]): Evidence[] =>
  pairs.map(([x, y]) => edge(x, y, { kind: 'unbind', first_seen: NOW, last_seen: NOW, source_id: 'operators' }));

const day = (n: number): string => `2026-01-${String(n + 1).padStart(2, '0')}T00:00:00.000Z`;
const firstSeen = Object.fromEntries(KEYS.map((key, n) => [key, day(n)]));
const sightings = KEYS.map((key) => ({ key, first_seen: firstSeen[key] ?? '' }));
const personsOf = (evidence: readonly Evidence[]) => resolve(evidence, sightings, SHIPPED).persons;
const holder = (evidence: readonly Evidence[], key: string): readonly string[] =>
  personsOf(evidence).find(({ members }) => members.includes(key))?.members ?? [];

/** The largest person of the evidence and a part of it to cut out; undefined where nobody has two identifiers. */
function cutting(evidence: readonly Evidence[], picks: readonly boolean[]) {
  const [largest] = personsOf(evidence).toSorted((a, b) => b.members.length - a.members.length);
  const members = largest?.members ?? [];
  const cut = new Set(members.filter((_, at) => picks[at]));
  if (cut.size === 0 || cut.size === members.length) return undefined;
  const remaining = members.filter((key) => !cut.has(key));
  const [oldest = ''] = remaining.toSorted((a, b) => ((firstSeen[a] ?? '') < (firstSeen[b] ?? '') ? -1 : 1));
  const pairs = pairsToPart({ members, firstSeen, evidence }, cut, SHIPPED);
  return { members, cut, remaining, oldest, pairs };
}

/** Pairs of a cut identifier and one that stands for the person that was left, which are in one person all the same. */
const stillTogether = (made: NonNullable<ReturnType<typeof cutting>>, evidence: readonly Evidence[]): string[] =>
  made.remaining
    .filter((member) => member === made.oldest || /^(user_id|phone):/.test(member))
    .flatMap((member) => holder(evidence, member).filter((other) => made.cut.has(other)));

const key = fc.constantFrom(...KEYS);
const kinds = fc.constantFrom<Partial<Evidence>>(
  {},
  { verified: false },
  { kind: 'import' },
  { kind: 'bind', last_seen: EARLY },
  { kind: 'manual', last_seen: EARLY },
);
const edges = fc
  .array(fc.tuple(key, key, kinds), { minLength: 3, maxLength: 14 })
  .map((list) => list.filter(([x, y]) => x !== y).map(([x, y, over]) => edge(x, y, over)));
const picks = fc.array(fc.boolean(), { minLength: KEYS.length, maxLength: KEYS.length });

describe('what is cut out of a person', () => {
  it('is not in it afterwards, whatever the evidence was', () => {
    fc.assert(
      fc.property(edges, picks, (evidence, chosen) => {
        const made = cutting(evidence, chosen);
        fc.pre(made !== undefined);
        const after = [...evidence, ...unbinds(made.pairs)];
        expect(stillTogether(made, after)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('does not come back through anything that is merely seen later', () => {
    fc.assert(
      fc.property(edges, picks, fc.array(fc.tuple(key, key), { maxLength: 8 }), (evidence, chosen, seen) => {
        const made = cutting(evidence, chosen);
        fc.pre(made !== undefined);
        const later = seen
          .filter(([x, y]) => x !== y)
          .map(([x, y]) => edge(x, y, { first_seen: LATER, source_id: 'app' }));
        const after = [...evidence, ...unbinds(made.pairs), ...later];
        expect(stillTogether(made, after)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves every pair on the same side as it was', () => {
    fc.assert(
      fc.property(edges, picks, (evidence, chosen) => {
        const made = cutting(evidence, chosen);
        fc.pre(made !== undefined);
        for (const [x, y] of made.pairs) expect([made.cut.has(x), made.cut.has(y)]).toEqual([true, false]);
      }),
    );
  });
});

describe('a chain of phone, cookie and member', () => {
  const [phone, cookie, member] = ['phone:t1.a', 'anonymous_id:c1', 'user_id:m1'];
  const chain = [edge(phone, cookie), edge(cookie, member)];
  const cutOut = (...cut: string[]) =>
    pairsToPart({ members: [phone, cookie, member], firstSeen, evidence: chain }, new Set(cut), SHIPPED);

  it('is not cut by parting the phone from the founder alone: which of them the cookie follows is left to chance', () => {
    const apart = unbinds([[phone, member]]);
    expect(holder([...chain, ...apart], cookie)).toHaveLength(2);
    const pairs = cutOut(phone);
    expect(pairs).toEqual([
      [phone, cookie],
      [phone, member],
    ]);
    expect(holder([...chain, ...unbinds(pairs)], phone)).toEqual([phone]);
    expect(holder([...chain, ...unbinds(pairs)], member)).toEqual([cookie, member]);
  });

  it('keeps together what leaves together', () => {
    const after = [...chain, ...unbinds(cutOut(phone, cookie))];
    expect(holder(after, phone)).toEqual([cookie, phone]);
    expect(holder(after, member)).toEqual([member]);
  });

  it('comes together again when the declarations are taken back', () => {
    const pairs = cutOut(phone);
    const back = pairs.map(([x, y]) => edge(x, y, { kind: 'retract', first_seen: LATER, last_seen: LATER }));
    expect(holder([...chain, ...unbinds(pairs), ...back], phone)).toEqual([cookie, phone, member]);
  });
});
