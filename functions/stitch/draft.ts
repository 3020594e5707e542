import type { CleanEvent } from '../../schemas/event.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { Finding, ReasonCode } from '../../schemas/reasons.ts';
import type { IdentifierDoc, IdentityMove } from '../shared/person/docs.ts';

/** An event that identity or its id refuses, with why. */
export interface Quarantine extends Finding {
  readonly event: CleanEvent;
}

/** An owner being changed: its document as it will be, and what it was. */
export interface Draft {
  readonly key: string;
  readonly doc: IdentifierDoc;
  /** As it was read; undefined for a new identifier. */
  readonly before: IdentifierDoc | undefined;
  readonly events: CleanEvent[];
}

/** Evidence of one event that its owner had not recorded. */
export interface OpenEvidence {
  readonly event: CleanEvent;
  readonly keys: readonly string[];
  readonly group: string;
  readonly edges: readonly Evidence[];
}

/** What became of one event of a batch. */
export interface StitchedEvent {
  readonly event: CleanEvent;
  readonly outcome: 'stitched' | 'duplicate' | 'quarantined';
  readonly reason?: ReasonCode;
}

/** What became of a person. */
export interface PersonChange {
  readonly change: 'created' | 'merged' | 'split';
  /** The person that came to be, or that another was merged into. */
  readonly one_id: string;
  /** Merged: the id that is no longer current. Split: the person that it came out of. */
  readonly other: string | undefined;
  /** An identifier of the person. */
  readonly key: string;
  /** When it was decided, ISO 8601. */
  readonly at: string;
}

/** An identifier that belongs to another person than before, or is new. */
export interface IdentityChange extends IdentityMove {
  readonly previous: string | undefined;
  /** The document whose commit makes it true. */
  readonly document: string;
}
