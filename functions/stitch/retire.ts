import { DisjointSets } from '../shared/disjoint-sets.ts';
import { isDeclared } from '../shared/identity/apart.ts';
import { type CompiledRules, isTrusted, type Resolution } from '../shared/identity/resolve.ts';
import { isPlentiful } from '../shared/identity/rules.ts';
import { bytesOf } from './component-bounds.ts';
import type { Part } from './parts.ts';

/** Evidence of plentiful identifiers that one component keeps, bytes: less than half of what it may hold. */
const MAX_PLENTIFUL_BYTES = 128 * 1024;
/** Identifiers that go at once, at most a quarter: seldom enough, and few enough to need no component of their own. */
const RETIRED_AT_ONCE = 24;

/** An identifier that may go, and what its evidence amounts to. */
interface Candidate {
  readonly key: string;
  readonly at: string;
  bytes: number;
  trusted: boolean;
  /** Its neighbours by what was accepted. */
  readonly near: Set<string>;
}

/**
 * Of plentiful identifiers (orders) a person gains more for ever, and a document has an end: the oldest that are too many become
 * persons of their own again, so that the latest find theirs and there is always room for everything else. Those that nobody
 * answerable vouched for go first. Nobody falls apart for it: who founded a person stays, what holds two others together stays,
 * and so does what somebody declared anything about.
 * @returns the identifiers whose evidence is to be dropped, few where any
 */
export function retirable(part: Part, { accepted }: Resolution, rules: CompiledRules): ReadonlySet<string> {
  // Until the new rules are in force it may still count towards a degree.
  if (rules.next !== undefined || !rules.rules.types.some(({ plentiful }) => plentiful)) return new Set();
  const found = candidatesOf(part, rules);
  const all = [...found.values()];
  let bytes = all.reduce((sum, candidate) => sum + candidate.bytes, 0);
  let count = all.length;
  const maxCount = Math.floor(rules.rules.max_component / 2);
  if (bytes <= MAX_PLENTIFUL_BYTES && count <= maxCount) return new Set();
  const atOnce = Math.min(RETIRED_AT_ONCE, Math.ceil(count / 4));
  const holdTogether = bridgesOf(found, accepted);
  const gone = new Set<string>();
  for (const { key, bytes: own } of all.sort(oldestFirst)) {
    if (gone.size >= atOnce && bytes <= MAX_PLENTIFUL_BYTES && count <= maxCount) break;
    if (holdTogether.has(key)) continue;
    gone.add(key);
    bytes -= own;
    count -= 1;
  }
  return gone;
}

const oldestFirst = (x: Candidate, y: Candidate): number =>
  Number(x.trusted) - Number(y.trusted) || (x.at < y.at ? -1 : x.at > y.at ? 1 : x.key < y.key ? -1 : 1);

function candidatesOf({ evidence, external, sightings, persons }: Part, rules: CompiledRules): Map<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const { founder, members, shared } of persons) {
    if (shared) continue;
    for (const key of members) {
      if ((key === founder && members.length > 1) || !isPlentiful(key, rules)) continue;
      found.set(key, { key, at: sightings[key] ?? '', bytes: 0, trusted: false, near: new Set() });
    }
  }
  for (const edge of [...evidence, ...external]) {
    for (const key of new Set([edge.a, edge.b])) {
      const candidate = found.get(key);
      if (candidate === undefined) continue;
      candidate.bytes += bytesOf(edge);
      candidate.trusted ||= isTrusted(edge);
      if (isDeclared(edge) || edge.kind === 'bind' || edge.kind === 'manual') found.delete(key);
    }
  }
  return found;
}

/** Candidates without which others of their persons would not be together; those that hang on another plentiful one among them. */
function bridgesOf(found: ReadonlyMap<string, Candidate>, accepted: Resolution['accepted']): Set<string> {
  const sets = new DisjointSets();
  for (const { a, b } of accepted) {
    const [x, y] = [found.get(a), found.get(b)];
    if (x === undefined && y === undefined) sets.unite(a, b);
    x?.near.add(b);
    y?.near.add(a);
  }
  const bridges = new Set<string>();
  for (const { key, near } of found.values()) {
    const roots = new Set(Array.from(near, (other) => (found.has(other) ? `${other} itself` : sets.find(other))));
    if (roots.size < 2) continue;
    bridges.add(key);
    for (const other of near) sets.unite(key, other);
  }
  return bridges;
}
