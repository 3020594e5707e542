import type { Evidence } from '../../../schemas/evidence.ts';
import type { Resolution, ResolvedPerson } from './resolution.ts';
import { type CompiledRules, readKey } from './rules.ts';

/** A person that somebody should look at before the rules come into force, and why. */
export interface ScaryPerson {
  readonly one_id: string;
  /** Sum of the points of `scareOf`, to one decimal. */
  readonly score: number;
  readonly size: number;
  /** Strong identifiers by type. */
  readonly strong: Readonly<Record<string, number>>;
  readonly weak: number;
  /** One IDs that this person takes the place of, its own included; at most 10 are named. */
  readonly joined_from: readonly string[];
  readonly joined: number;
  /** The weakest of the links without which it would fall apart, and how many identifiers it holds together. */
  readonly weakest: (WeakestLink & { readonly sides: readonly [number, number] }) | null;
  /** Masked, at most 10. */
  readonly identifiers: readonly string[];
}

interface WeakestLink {
  readonly a: string;
  readonly b: string;
  readonly kind: Evidence['kind'];
  readonly verified: boolean;
  readonly confidence: number;
  readonly source_id: string;
}

const MAX_NAMED = 10;

/** An identifier as a report may show it: its type and scope, and two characters at each end of a longer value. */
export function maskKey(key: string): string {
  const end = key.lastIndexOf(':') + 1;
  const value = key.slice(end);
  return key.slice(0, end) + (value.length <= 6 ? '••' : `${value.slice(0, 2)}…${value.slice(-2)}`);
}

/** The last edge of each person that united two parts of it: taken strongest first, it is the weakest link that matters. */
export function weakestLinks({
  persons,
  accepted,
}: Resolution): Map<ResolvedPerson, { edge: Evidence; sides: [number, number] }> {
  const holder = new Map<string, ResolvedPerson>();
  for (const person of persons)
    if (person.members.length > 1) for (const key of person.members) holder.set(key, person);
  const parent = new Map<string, string>();
  const size = new Map<string, number>();
  const find = (key: string): string => {
    let at = key;
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up;
    return at;
  };
  const weakest = new Map<ResolvedPerson, { edge: Evidence; sides: [number, number] }>();
  for (const edge of accepted) {
    const [a, b] = [find(edge.a), find(edge.b)];
    const person = holder.get(edge.a);
    if (a === b || person === undefined) continue;
    const [x, y] = [size.get(a) ?? 1, size.get(b) ?? 1];
    parent.set(x < y ? a : b, x < y ? b : a);
    size.set(x < y ? b : a, x + y);
    weakest.set(person, { edge, sides: [x, y] });
  }
  return weakest;
}

/**
 * How much a person looks like several humans taken for one. The points, which add up:
 *
 * - log2 of its identifiers: 2 have 1 point, 32 have 5;
 * - 3 for each strong identifier beyond the first of its type and scope (a second phone, a second member id);
 * - log2 of 1 + its weak identifiers, halved: devices and cookies add up by themselves;
 * - 4 for each person beyond the first that it joins and that held a strong identifier, 1 for each other;
 * - for the weakest link that holds it together, 2 where it is not verified, and 5 × (1 − confidence).
 */
export function scareOf(
  person: ResolvedPerson,
  context: {
    /** Persons before, by One ID, that its members were in. */
    readonly before: ReadonlyMap<string, ResolvedPerson>;
    readonly weakest: { readonly edge: Evidence; readonly sides: [number, number] } | undefined;
    readonly rules: CompiledRules;
  },
): ScaryPerson {
  const { before, weakest, rules } = context;
  const groups = new Map<string, number>();
  const strong: Record<string, number> = {};
  for (const key of person.members) {
    const reading = readKey(key, rules);
    if (!reading.ok || !reading.rule.strong) continue;
    groups.set(reading.group, (groups.get(reading.group) ?? 0) + 1);
    strong[reading.rule.type] = (strong[reading.rule.type] ?? 0) + 1;
  }
  const isStrong = (key: string): boolean => {
    const reading = readKey(key, rules);
    return reading.ok && reading.rule.strong;
  };
  const size = person.members.length;
  const weak = size - Array.from(groups.values()).reduce((sum, n) => sum + n, 0);
  const extra = Array.from(groups.values()).reduce((sum, n) => sum + n - 1, 0);
  const withStrong = Array.from(before.values()).filter(({ members }) => members.some(isStrong)).length;
  const joins = 4 * Math.max(0, withStrong - 1) + (before.size - Math.max(1, withStrong));
  const link = weakest === undefined ? 0 : (weakest.edge.verified ? 0 : 2) + 5 * (1 - weakest.edge.confidence);
  const score = Math.log2(size) + 3 * extra + Math.log2(1 + weak) / 2 + joins + link;
  const { kind, verified, confidence, source_id } = weakest?.edge ?? {};
  return {
    one_id: person.one_id,
    score: Math.round(score * 10) / 10,
    size,
    strong,
    weak,
    joined_from: [...before.keys()].sort().slice(0, MAX_NAMED),
    joined: before.size,
    weakest:
      weakest === undefined || kind === undefined
        ? null
        : {
            a: maskKey(weakest.edge.a),
            b: maskKey(weakest.edge.b),
            kind,
            verified: verified === true,
            confidence: confidence ?? 0,
            source_id: source_id ?? '',
            sides: weakest.sides,
          },
    identifiers: person.members.slice(0, MAX_NAMED).map(maskKey),
  };
}
