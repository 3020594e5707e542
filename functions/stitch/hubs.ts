import type { Evidence } from '../../schemas/evidence.ts';
import { isDeclared } from '../shared/identity/apart.ts';
import { type CompiledRules, isTrusted, standingOf } from '../shared/identity/resolve.ts';
import { isPlentiful, readKey } from '../shared/identity/rules.ts';

/** Of the edges that a shared identifier keeps, bytes: the first to each neighbour, and further ones to the same. */
const MAX_FIRST_BYTES = 200_000;
const MAX_REPEAT_BYTES = 60_000;
/** One edge as JSON without its names. */
const EDGE_BYTES = 160;

/** Which edges show that an identifier is shared, and how many neighbours do. */
export interface Keeping {
  readonly rules: CompiledRules;
  readonly maxDegree: number;
  counts(edge: Evidence): boolean;
  /** Is it of a type that counts towards nobody's degree, now or under the rules about to come into force? */
  isPlentiful(key: string): boolean;
}

/** Tells the edges that count as direct evidence from those that do not, or no longer do. */
function countsIn(evidence: ReadonlyMap<string, Evidence>, rules: CompiledRules): (edge: Evidence) => boolean {
  const standing = standingOf(evidence.values(), rules);
  const unbound = new Set<string>();
  for (const edge of evidence.values()) {
    if (edge.kind === 'unbind' && standing.holds(edge)) unbound.add(`${edge.a} ${edge.b}`);
  }
  return (edge) =>
    edge.kind !== 'probabilistic' &&
    standing.voided(edge) === undefined &&
    !unbound.has(`${edge.a} ${edge.b}`) &&
    readKey(edge.a, rules).ok &&
    readKey(edge.b, rules).ok;
}

/** What shows under the rules about to come into force that an identifier is shared must be there when they do. */
export function keepingUnder(evidence: ReadonlyMap<string, Evidence>, rules: CompiledRules): Keeping {
  const both = rules.next === undefined ? [rules] : [rules, rules.next];
  const countIn = both.map((each) => countsIn(evidence, each));
  return {
    rules,
    maxDegree: Math.max(...both.map((each) => each.rules.max_degree)),
    counts: (edge) => countIn.every((counts) => counts(edge)),
    isPlentiful: (key) => both.some((each) => isPlentiful(key, each)),
  };
}

/** One pass over the edges: which to take, and what they are counted by. */
interface Pass {
  takes(edge: Evidence): boolean;
  /** Neighbours are counted within the group that this names. */
  groupOf(edge: Evidence): string;
}

/**
 * The edges that an identifier keeps of those that join nothing on its account: what shows that it is shared, or named too
 * often. That is `max_degree` + 1 neighbours it is verified to belong to, as many of each type that it may not join two of, and
 * as many others; more would not make it more so, fewer would make it somebody's again. Neighbours that count towards no degree
 * come after all these, in groups of their own: they take no place, and no bytes, of those that count.
 */
export function keptBy(key: string, edges: readonly Evidence[], keeping: Keeping): Evidence[] {
  const { rules, maxDegree, counts } = keeping;
  const otherOf = ({ a, b }: Evidence): string => (a === key ? b : a);
  const guardedGroup = (edge: Evidence): string => {
    const reading = readKey(otherOf(edge), rules);
    return reading.ok && !reading.rule.weak_may_join ? reading.group : '';
  };
  const observed = edges.filter((edge) => !isDeclared(edge));
  const counting = observed.filter(counts);
  const kept = new Set(edges.filter(isDeclared));
  const neighbours = new Set<string>();
  let bytesLeft = MAX_FIRST_BYTES;
  const isSpare = (edge: Evidence): boolean => keeping.isPlentiful(otherOf(edge));
  const passes: readonly Pass[] = [
    { takes: (edge) => isTrusted(edge) && !isSpare(edge), groupOf: () => 'trusted' },
    { takes: (edge) => guardedGroup(edge) !== '', groupOf: guardedGroup },
    { takes: (edge) => !isSpare(edge), groupOf: () => 'any' },
    { takes: isTrusted, groupOf: () => 'trusted plentiful' },
    { takes: () => true, groupOf: () => 'any plentiful' },
  ];
  for (const { takes, groupOf } of passes) {
    const found = new Map<string, number>();
    for (const edge of counting) {
      const group = groupOf(edge);
      const count = found.get(group) ?? 0;
      if (!takes(edge) || neighbours.has(otherOf(edge)) || count > maxDegree || bytesOf(edge) > bytesLeft) continue;
      bytesLeft -= bytesOf(edge);
      found.set(group, count + 1);
      neighbours.add(otherOf(edge));
      kept.add(edge);
    }
  }
  let repeatBytesLeft = MAX_REPEAT_BYTES;
  for (const edge of observed) {
    const isRepeat = !kept.has(edge) && (!counts(edge) || neighbours.has(otherOf(edge)));
    if (!isRepeat || bytesOf(edge) > repeatBytesLeft) continue;
    repeatBytesLeft -= bytesOf(edge);
    kept.add(edge);
  }
  return [...kept];
}

const bytesOf = (edge: Evidence): number =>
  EDGE_BYTES + Buffer.byteLength(edge.a + edge.b + edge.source_id + edge.event_id);
