import type { Evidence } from '../../../schemas/evidence.ts';
import { DisjointSets } from '../disjoint-sets.ts';
import { apartBy } from './apart.ts';
import type { Resolution } from './resolution.ts';
import { maskKey, type ScaryPerson } from './scare.ts';

/** One ID that several become, or that becomes several. */
export interface Regrouping {
  readonly one_id: string;
  readonly others: readonly string[];
}

/** What new rules would make of all evidence. */
export interface IdentityDiffReport {
  readonly versions: { readonly before: number; readonly after: number };
  readonly identifiers: number;
  readonly persons: { readonly before: number; readonly after: number };
  readonly ids: { readonly kept: number; readonly gone: number; readonly added: number };
  /** Persons that become one: how many come to be of how many, with the first examples. */
  readonly merges: { readonly count: number; readonly of: number; readonly examples: readonly Regrouping[] };
  /** Persons that fall apart: how many, into how many. */
  readonly splits: { readonly count: number; readonly into: number; readonly examples: readonly Regrouping[] };
  /** Persons by number of identifiers: `1`, `2`, `3-4`, `5-8` … */
  readonly sizes: {
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  };
  /** Identifiers that may not join anything: newly so and no longer so, by reason, with masked examples. */
  readonly isolated: { readonly newly: Isolations; readonly no_longer: Isolations };
  /** Identifiers of the largest set of connected evidence, and how many sets would pass the bound of the rules. */
  readonly components: { readonly largest: number; readonly too_large: number; readonly bound: number };
  readonly scariest: readonly ScaryPerson[];
}

export interface Isolations {
  readonly count: number;
  readonly by_reason: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
}

const EXAMPLES = 20;

/** Name of the bucket of a size: powers of two, since almost all persons are small and the few large ones matter. */
export function bucketOf(size: number): string {
  if (size <= 2) return String(size);
  const exponent = Math.ceil(Math.log2(size));
  return `${2 ** (exponent - 1) + 1}-${2 ** exponent}`;
}

/** Counts identifiers by reason. */
export class IsolationTally {
  count = 0;
  readonly #reasons = new Map<string, number>();
  readonly #examples: string[] = [];
  add(key: string, reason: string): void {
    this.count += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (this.#examples.length < EXAMPLES) this.#examples.push(maskKey(key));
  }
  report(): Isolations {
    return { count: this.count, by_reason: Object.fromEntries(this.#reasons), examples: this.#examples };
  }
}

/** The sizes of the sets of identifiers that are connected by evidence which may join something. */
export function componentSizes(evidence: readonly Evidence[], { persons }: Resolution): number[] {
  const sets = new DisjointSets();
  const isApart = apartBy({ persons });
  for (const edge of evidence) if (!isApart(edge.a, edge) && !isApart(edge.b, edge)) sets.unite(edge.a, edge.b);
  const sizes = new Map<string, number>();
  for (const { members } of persons) {
    for (const key of members) sizes.set(sets.find(key), (sizes.get(sets.find(key)) ?? 0) + 1);
  }
  return [...sizes.values()];
}

/** One more of a name. */
export const count = (into: Map<string, number>, name: string): void => void into.set(name, (into.get(name) ?? 0) + 1);

/** Keeps the first examples. */
export function example(into: Regrouping[], one_id: string, others: ReadonlySet<string>): void {
  if (into.length < EXAMPLES) into.push({ one_id, others: [...others].sort().slice(0, EXAMPLES) });
}

/** Buckets from small to large. */
export const sortedSizes = (sizes: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...sizes].sort(([x], [y]) => Number.parseInt(x, 10) - Number.parseInt(y, 10)));
