import type { Evidence } from '../../../schemas/evidence.ts';

/** That an identifier exists, with or without edges. Every identifier ever seen has one. */
export interface Sighting {
  /** Canonical identifier key, `type[:scope]:value`. */
  key: string;
  /** Earliest event time that carried it, ISO 8601 UTC with milliseconds. */
  first_seen: string;
}

export interface ResolvedPerson {
  one_id: string;
  /** The identifier that `one_id` is derived from: smallest `first_seen`, then key. */
  founder: string;
  /** Identifier keys, sorted. */
  members: string[];
  /** True for a person that is one identifier which may not join anything: shared, over its degree, or blocked. */
  shared: boolean;
}

/**
 * Why an edge joins nothing. `blocked`, `shared`, `degree`: one of its ends may not join anything. `split`, `unique`,
 * `limit`, `attach_never_merge`: the union would break that rule.
 */
export type Refusal = 'blocked' | 'shared' | 'degree' | 'unique' | 'limit' | 'split' | 'attach_never_merge';

export interface RejectedEdge {
  edge: Evidence;
  reason: Refusal;
  /** One sentence for the person who asks why: what stood in the way, with the identifier keys concerned. */
  detail: string;
}

/** What the evidence amounts to. Negative evidence is in neither list: it shows as the reason `split` of what it stops. */
export interface Resolution {
  /** Sorted by `one_id`. */
  persons: ResolvedPerson[];
  /** Strongest first, in the order in which they were weighed. Both ends are in one person. */
  accepted: Evidence[];
  /** Strongest first. The two ends are in different persons, except where an identifier was seen with itself. */
  rejected: RejectedEdge[];
}
