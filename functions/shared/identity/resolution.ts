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
  /** Why it may not join anything; only where `shared`. */
  isolated?: 'blocked' | 'degree' | 'shared';
  /** Members that were seen with more others than are believed, sorted: of their evidence only what is verified counts. */
  crowded?: string[];
}

/**
 * Why an edge joins nothing. `unsure`, `retracted`, `released`: it does not count (any more). `blocked`, `shared`,
 * `degree`: one of its ends may not join anything. `split`, `unique`, `limit`, `attach_never_merge`: the union would break
 * that rule.
 */
export type Refusal =
  | 'unsure'
  | 'retracted'
  | 'released'
  | 'blocked'
  | 'shared'
  | 'degree'
  | 'unique'
  | 'limit'
  | 'split'
  | 'attach_never_merge';

export interface RejectedEdge {
  edge: Evidence;
  reason: Refusal;
  /** One sentence for the person who asks why: what stood in the way, with the identifier keys concerned. */
  detail: string;
}

/**
 * What the evidence amounts to. Negative evidence and retractions are in neither list: they show as the reasons `split`,
 * `retracted` and `released` of what they stop.
 */
export interface Resolution {
  /** Sorted by `one_id`. */
  persons: ResolvedPerson[];
  /** Strongest first, in the order in which they were weighed. Both ends are in one person. */
  accepted: Evidence[];
  /** Strongest first. The two ends are in different persons, unless they are joined by other evidence than this. */
  rejected: RejectedEdge[];
}
