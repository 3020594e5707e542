import type { Evidence } from '../../../schemas/evidence.ts';
import { oneId, type ResolvedPerson } from '../identity/resolve.ts';
import type { Aggregate } from '../profile/aggregate.ts';

/**
 * The documents of the person table, and the keys they live under.
 *
 * `i:<one_id>`          one per identifier, under the One ID of the person that it founds or would found: where it belongs, what
 *                       its events add up to, which events it has seen. So every One ID ever given resolves for ever
 * `c:<component id>`    one per connected set of evidence, with the persons resolved from it
 * `s:<identifier>|…`    older parts of a busy identifier's dedupe set; never changed once written
 * `l:<campaign>|<one_id>` send ledger of a campaign and person
 * `r:identity`, `r:sweep`  rules of identity in force, every version of them, and how far a change has got
 */
export interface IdentifierDoc {
  /** The identifier itself, which its document's name does not tell. */
  key: string;
  /** Component at the last write; a component that moved since says where. Null: no evidence links it to another. */
  component: string | null;
  first_seen: string;
  /** Evidence already recorded for events that this identifier owns: hash of the other identifiers → first_seen. */
  groups: Record<string, string>;
  seen: SeenSet;
  /** Names of timers already asked for. */
  armed: string[];
  /** What this identifier's latest events changed in `identity_map`; absent when nothing. */
  moves?: StoredMove[];
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

/** A move as an identifier's document holds it: what can be told from that document is left out. */
export interface StoredMove extends Pick<IdentityMove, 'seq' | 'at' | 'previous'> {
  /** Absent: the document's own identifier. */
  key?: string;
  /** Absent: the person that this identifier founds. */
  one_id?: string;
  /** Absent: false. */
  shared?: boolean;
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
  /** Members that founded a person of their own once, and now belong to another's: their One IDs were given. Absent: none. */
  former?: string[];
  /** Counts changes of membership, also through merges: orders the rows of `identity_map`. */
  changes: number;
}

/** Begins the name of every identifier's document. */
export const IDENTIFIER_DOCS = 'i:';
/** Whatever the identifier is, its document's name is short, and in no order. */
export const identifierDocKey = (key: string): string => founderDocKey(oneId(key));
/** The document of the identifier that a One ID was derived from. */
export const founderDocKey = (id: string): string => `${IDENTIFIER_DOCS}${id}`;
export const componentDocKey = (id: string): string => `c:${id}`;
/** Of some members of a component those that may own events; without a component, all. */
export function owningOf(members: readonly string[], component: ComponentDoc | undefined): readonly string[] {
  if (component?.owners === undefined) return members;
  const owners = new Set(component.owners);
  return members.filter((member) => owners.has(member));
}

/**
 * Was the One ID that is derived from this identifier ever given to a person? Only of an identifier that was seen.
 * @param component the one that holds it; undefined when it stands alone, and so is a person by itself
 */
export function isFounderEver(key: string, component: ComponentDoc | undefined): boolean {
  const person = component?.persons.find(({ members }) => members.includes(key));
  return person === undefined || person.founder === key || component?.former?.includes(key) === true;
}

export const ledgerDocKey = (campaign: string, oneId: string): string => `l:${campaign}|${oneId}`;
