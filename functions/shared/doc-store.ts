/**
 * The one seam to state. Documents are JSON under a string key with a version; a commit is atomic and conditional on the
 * versions that were read. Two real implementations exist: SQLite (embedded) and DynamoDB (AWS). Everything else about
 * identity and profiles is written once, above this seam.
 */
export interface Versioned<T = unknown> {
  /**
   * 0 for a document that does not exist; else a positive integer that changes with every write. Treat it as opaque: a
   * document that is deleted and created again gets a version it never had, so that a writer who still holds the old
   * document cannot overwrite the new one.
   */
  readonly version: number;
  readonly body: T | undefined;
}

export interface Write {
  readonly key: string;
  /** The version that was read; the commit fails if it has changed. 0: must not exist yet. */
  readonly expected: number;
  /** The new body, a JSON value that is not changed afterwards; `undefined` deletes the document. */
  readonly body: unknown;
}

export type CommitResult =
  | { readonly ok: true }
  /** Keys whose version was not the expected one (at least one of them, where the store does not say which). */
  | { readonly ok: false; readonly conflicts: readonly string[] };

/** Some documents of a scan. A page may be empty though more follow: only `next` says where the end is. */
export interface ScanPage {
  readonly documents: readonly (readonly [key: string, document: Versioned])[];
  /** What `after` must be for the next page; undefined at the end. Opaque, and good for as long as the store is. */
  readonly next: string | undefined;
}

export interface ScanOptions {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** Most documents of the page, 1 to 1,000. */
  readonly limit?: number;
}

export interface ReadOptions {
  /**
   * A document may be answered as it was a moment ago, or as missing where it is new: on AWS that costs half. Only for what is
   * written under the version read, or read again, before anything rests on it.
   */
  readonly mayBeBehind?: boolean;
}

export interface DocStore {
  /**
   * Reads documents, each strongly consistent unless told otherwise, but one after the other: others may write in between. Keys may
   * repeat; each key asked for is in the answer.
   */
  get(keys: readonly string[], options?: ReadOptions): Promise<Map<string, Versioned>>;
  /** Writes all or nothing. At most 100 writes, one per key. */
  commit(writes: readonly Write[]): Promise<CommitResult>;
  /**
   * Reads all documents whose key begins with `prefix` (printable ASCII), page by page, in an order of the store's own. A
   * document that exists from the first page to the last is read; one that is created or deleted meanwhile may be or not.
   */
  scan(prefix: string, options?: ScanOptions): Promise<ScanPage>;
}

/** Documents of a scan's page unless told otherwise, and at most. */
export const SCAN_PAGE = 200;
export const MAX_SCAN_PAGE = 1000;

/** Most writes in one commit: DynamoDB's limit for a transaction. */
export const MAX_COMMIT_WRITES = 100;
/** Longest key in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;
/** Largest body as JSON in UTF-8 bytes; with key and version it stays under DynamoDB's 400 KB per item. */
export const MAX_BODY_BYTES = 384 * 1024;
/** Largest sum of bodies in one commit, under DynamoDB's 4 MB per transaction. */
export const MAX_COMMIT_BYTES = 3_900_000;
