import {
  MAX_BODY_BYTES,
  MAX_COMMIT_BYTES,
  MAX_COMMIT_WRITES,
  MAX_KEY_BYTES,
  MAX_SCAN_PAGE,
  SCAN_PAGE,
  type ScanOptions,
  type Write,
} from './doc-store.ts';

/** The caller asked for something that no document store can do; retrying is useless. */
export class InvalidCommit extends Error {
  override name = 'InvalidCommit';
}

/** A document or a commit is larger than a store can hold; nothing was written. */
export class DocumentTooLarge extends Error {
  override name = 'DocumentTooLarge';
}

/** A write with its body as JSON text; `undefined` deletes. */
export interface EncodedWrite {
  readonly key: string;
  readonly expected: number;
  readonly json: string | undefined;
}

/** A UTF-16 unit is at most this many bytes of UTF-8, so short strings need no counting. */
const MAX_UTF8_BYTES_PER_UNIT = 3;

const bytesOf = (text: string, enoughBytes: number): number =>
  text.length * MAX_UTF8_BYTES_PER_UNIT <= enoughBytes ? text.length : Buffer.byteLength(text);

/** @throws InvalidCommit when the key is empty, too long, or has half a surrogate pair (UTF-8 would merge such keys). */
export function checkKey(key: string): void {
  if (key.length === 0) throw new InvalidCommit('A document key is empty; give it at least one character.');
  if (bytesOf(key, MAX_KEY_BYTES) > MAX_KEY_BYTES) {
    throw new InvalidCommit(`Document key "${key.slice(0, 40)}…" is over ${MAX_KEY_BYTES} bytes; hash its long part.`);
  }
  if (!key.isWellFormed()) {
    throw new InvalidCommit('A document key holds half a surrogate pair; normalise the value before it becomes a key.');
  }
}

/** @throws InvalidCommit for a prefix or a page size that not every store can scan; else the size of the page. */
export function checkScan(prefix: string, { limit = SCAN_PAGE }: ScanOptions): number {
  if (!/^[\x20-\x7d]{1,64}$/.test(prefix)) {
    throw new InvalidCommit('A scan needs a prefix of 1 to 64 printable ASCII characters, such as "c:".');
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SCAN_PAGE) {
    throw new InvalidCommit(`A page of a scan has 1 to ${MAX_SCAN_PAGE} documents; ${limit} is no such number.`);
  }
  return limit;
}

function encodeBody(write: Write): string | undefined {
  if (write.body === undefined) return undefined;
  const json: string | undefined = JSON.stringify(write.body);
  if (json === undefined) {
    throw new InvalidCommit(`The body of "${write.key}" is not a JSON value; pass undefined to delete.`);
  }
  return json;
}

/**
 * Checks a commit and turns its bodies into JSON, the same way for every store, so that what the embedded binding
 * accepts can be deployed.
 * @throws InvalidCommit, DocumentTooLarge
 */
export function encodeWrites(writes: readonly Write[]): EncodedWrite[] {
  if (writes.length > MAX_COMMIT_WRITES) {
    throw new InvalidCommit(`A commit has ${writes.length} writes; ${MAX_COMMIT_WRITES} is the most. Split it.`);
  }
  const keys = new Set<string>();
  let total = 0;
  return writes.map((write) => {
    const { key, expected } = write;
    checkKey(key);
    if (keys.has(key)) throw new InvalidCommit(`A commit writes "${key}" twice; fold the two writes into one.`);
    keys.add(key);
    if (!Number.isSafeInteger(expected) || expected < 0) {
      throw new InvalidCommit(`Expected version ${expected} of "${key}" is not a version; pass what get returned.`);
    }
    const json = encodeBody(write);
    const bytes = json === undefined ? 0 : bytesOf(json, MAX_BODY_BYTES);
    if (bytes > MAX_BODY_BYTES) {
      throw new DocumentTooLarge(`The body of "${key}" is ${bytes} bytes; ${MAX_BODY_BYTES} is the most. Split it.`);
    }
    total += bytes;
    if (total > MAX_COMMIT_BYTES) {
      throw new DocumentTooLarge(`A commit is over ${MAX_COMMIT_BYTES} bytes at "${key}"; split it.`);
    }
    return { key, expected, json };
  });
}

/** Span from which a new document's first version is drawn; leaves room for 2^52 writes. */
const FIRST_VERSION_SPAN = 2 ** 52;

/** The version after `expected`. A new document starts at a random one, see `Versioned.version`. `random`: [0, 1). */
export const nextVersion = (expected: number, random: () => number): number =>
  expected === 0 ? 1 + Math.floor(random() * FIRST_VERSION_SPAN) : expected + 1;
