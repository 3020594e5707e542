import type { SourceDefinition } from '../../../schemas/source.ts';
import type { StoredKey } from './keys.ts';

/** A platform's secret as it is stored: sealed, under the id of its source. */
export interface StoredSecret {
  /** As the platform's receiver asks for it: `token`, `encoding_aes_key`, `app_secret` … */
  readonly name: string;
  readonly id: string;
  readonly sealed: Uint8Array;
  readonly created_at: string;
  /** Epoch ms from which it verifies nothing any more. */
  readonly valid_until?: number;
}

/** Who changed what about a source, and why. Never holds a key or a secret. */
export interface SourceChange {
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly why: string;
  readonly action: string;
  /** What was changed: names of fields, the id of a key, the name of a secret. */
  readonly detail: string;
}

export interface StoredSource {
  readonly definition: SourceDefinition;
  /** Counts the changes; 0 where there is a key and nobody has described the source yet. */
  readonly version: number;
  readonly keys: readonly StoredKey[];
  readonly secrets: readonly StoredSecret[];
}

/** All of a source as it is to be after a change. */
export interface SourceCommit extends Omit<StoredSource, 'version'> {
  /** The version that was read; 0 for a source that is to be new. */
  readonly expected: number;
  readonly change: SourceChange;
}

/** `changed`: somebody else was first. `taken`: an alias is another source's. */
export type Committed = 'done' | 'changed' | 'taken';

/** Changes that are kept of each source. */
export const MAX_CHANGES = 200;

/** Where sources are kept; a change is made whole or not at all, and its record with it. */
export interface SourceStore {
  /** By id. */
  list(): Promise<readonly StoredSource[]>;
  get(source_id: string): Promise<StoredSource | undefined>;
  commit(next: SourceCommit): Promise<Committed>;
  /** Newest first. */
  changes(source_id: string, limit: number): Promise<readonly SourceChange[]>;
}
