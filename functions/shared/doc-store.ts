/**
 * The one seam to state. Documents are JSON under a string key with a version; a commit is atomic and conditional on the
 * versions that were read. Two real implementations exist: SQLite (embedded) and DynamoDB (AWS). Everything else about
 * identity and profiles is written once, above this seam.
 */
export interface Versioned<T = unknown> {
  /** 0 for a document that does not exist. */
  readonly version: number;
  readonly body: T | undefined;
}

export interface Write {
  readonly key: string;
  /** The version that was read; the commit fails if it has changed. 0: must not exist yet. */
  readonly expected: number;
  /** The new body; `undefined` deletes the document. */
  readonly body: unknown;
}

export type CommitResult =
  | { readonly ok: true }
  /** Keys whose version was not the expected one (at least one of them, where the store does not say which). */
  | { readonly ok: false; readonly conflicts: readonly string[] };

export interface DocStore {
  /** Reads documents, strongly consistent. Keys may repeat; each key asked for is in the answer. */
  get(keys: readonly string[]): Promise<Map<string, Versioned>>;
  /** Writes all or nothing. At most 100 writes, one per key. */
  commit(writes: readonly Write[]): Promise<CommitResult>;
}

/** Most writes in one commit: DynamoDB's limit for a transaction. */
export const MAX_COMMIT_WRITES = 100;
