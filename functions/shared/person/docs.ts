import type { Evidence } from '../../../schemas/evidence.ts';
import type { ResolvedPerson } from '../identity/resolve.ts';
import type { Aggregate } from '../profile/aggregate.ts';

/**
 * The documents of the person table, and the keys they live under.
 *
 * `i:<identifier key>`  one per identifier: where it belongs, what its events add up to, which events it has seen
 * `c:<component id>`    one per connected set of evidence, with the persons resolved from it
 * `a:<one_id>`          which identifier a One ID was derived from; so every One ID ever given resolves for ever
 * `s:<identifier>|…`    older parts of a busy identifier's dedupe set; never changed once written
 * `l:<campaign>|<one_id>` send ledger of a campaign and person
 * `r:identity`, `r:sweep`  rules of identity in force, every version of them, and how far a change has got
 */
export interface IdentifierDoc {
  /** Component at the last write; a component that moved since says where. Null: no evidence links it to another. */
  component: string | null;
  first_seen: string;
  /** Evidence already recorded for events that this identifier owns: hash of the other identifiers → first_seen. */
  groups: Record<string, string>;
  seen: SeenSet;
  /** Names of timers already asked for. */
  armed: string[];
  /** What this identifier's latest events changed in `identity_map`; absent when nothing. */
  moves?: IdentityMove[];
  aggregate: Aggregate;
}

/**
 * A row of `identity_map` that was committed with the events that caused it. Rows go to the lake after the commit; when a
 * crash comes between the two, the stream delivers those events again, and they bring their rows along.
 */
export interface IdentityMove {
  key: string;
  one_id: string;
  shared: boolean;
  seq: number;
  /** When the change was decided, ISO 8601. */
  at: string;
  /** The person that it belonged to before; absent for a new identifier. */
  previous?: string | undefined;
}

export interface SeenSet {
  /** Date on which they were taken in → concatenated entries of event id and body hash. */
  days: Record<string, string>;
  /** The same of documents that were not written since entries were seventeen characters long. */
  inline?: Record<string, string>;
  /** Chunk documents, the date of their entries, and how long each entry is; absent: seventeen characters. */
  chunks: { key: string; day: string; chars?: number }[];
}

export interface ComponentDoc {
  /** Set when this component was merged into another: nothing else counts then. */
  to: string | null;
  /** Identifiers that left, and the component that they went to. */
  moved: Record<string, string>;
  /** Edges between members; for a shared identifier, its edges to others. */
  evidence: Evidence[];
  /** Edges from members to shared identifiers of other components: shown, never resolved here. */
  external: Evidence[];
  /** Member → first_seen. */
  sightings: Record<string, string>;
  persons: ResolvedPerson[];
  /**
   * Members that own events; absent: any may. A member's first own event is committed together with this, so who reads
   * these has a person's whole profile.
   */
  owners?: string[];
  /** Counts changes of membership, also through merges: orders the rows of `identity_map`. */
  changes: number;
}

export interface AliasDoc {
  key: string;
}

export const identifierDocKey = (key: string): string => `i:${key}`;
export const componentDocKey = (id: string): string => `c:${id}`;
export const aliasDocKey = (oneId: string): string => `a:${oneId}`;
/** Of some members of a component those that may own events; without a component, all. */
export function owningOf(members: readonly string[], component: ComponentDoc | undefined): readonly string[] {
  if (component?.owners === undefined) return members;
  const owners = new Set(component.owners);
  return members.filter((member) => owners.has(member));
}

export const ledgerDocKey = (campaign: string, oneId: string): string => `l:${campaign}|${oneId}`;
