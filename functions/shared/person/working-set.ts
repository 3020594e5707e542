import type { DocStore, ReadOptions, Versioned, Write } from '../doc-store.ts';
import { type ComponentDoc, componentDocKey, type IdentifierDoc, identifierDocKey } from './docs.ts';

/** A component moved more often than this without its pointers being refreshed: a defect, not load. */
const MAX_HOPS = 64;
/** No document has it. */
const UNKNOWN_VERSION = -1;
/** Attempts of a reader that others keep writing around. */
const MAX_READS = 8;

/** What was read does not fit together: others have written in between. Read again; nothing has been changed. */
export class StaleRead extends Error {
  override name = 'StaleRead';
}

/**
 * Reads with a working set of its own, anew where others wrote in between.
 * @throws StaleRead after several attempts
 */
export async function readAnew<T>(store: DocStore, read: (ws: WorkingSet) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read(new WorkingSet(store));
    } catch (error) {
      if (!(error instanceof StaleRead) || attempt === MAX_READS) throw error;
    }
  }
}

/**
 * The documents that one batch reads and changes. Each is read once; changed bodies are written under the versions that
 * were read. Bodies are never changed in place: `put` replaces them.
 */
export class WorkingSet {
  readonly #store: DocStore;
  readonly #read = new Map<string, Versioned>();
  readonly #changed = new Map<string, unknown>();
  /** Read in a way that may be behind. */
  readonly #behind = new Set<string>();

  constructor(store: DocStore) {
    this.#store = store;
  }

  /** Reads what has not been read yet. */
  async load(keys: Iterable<string>, options?: ReadOptions): Promise<void> {
    const missing: string[] = [];
    for (const key of keys) if (!this.#read.has(key)) missing.push(key);
    if (missing.length === 0) return;
    for (const [key, doc] of await this.#store.get(missing, options)) {
      this.#read.set(key, doc);
      if (options?.mayBeBehind) this.#behind.add(key);
    }
  }

  /**
   * Makes sure that what was read of some documents was not behind: for what rests on them though they are not written.
   * @throws StaleRead when it was
   */
  async confirm(keys: Iterable<string>): Promise<void> {
    const doubtful: string[] = [];
    for (const key of keys) if (this.#behind.delete(key)) doubtful.push(key);
    if (doubtful.length === 0) return;
    for (const [key, { version }] of await this.#store.get(doubtful)) {
      if (version !== this.version(key)) throw new StaleRead('A document was read as it had been before.');
    }
  }

  /** The current body: changed here, or as read; undefined when it does not exist. The key must have been loaded. */
  get<T>(key: string): T | undefined {
    if (this.#changed.has(key)) return this.#changed.get(key) as T | undefined;
    const doc = this.#read.get(key);
    if (!doc) throw new Error(`Document ${key.slice(0, 2)}… was not loaded before it was used; this is a defect.`);
    return doc.body as T | undefined;
  }

  put(key: string, body: unknown): void {
    this.#changed.set(key, body);
  }

  changedKeys(): string[] {
    return [...this.#changed.keys()];
  }

  isChanged(key: string): boolean {
    return this.#changed.has(key);
  }

  /** The version that was read; the document must have been loaded. */
  version(key: string): number | undefined {
    return this.#read.get(key)?.version;
  }

  /**
   * A working set that reads anew all but some of what was just committed from this one. For looking at what came of it: nothing
   * that was committed can be written by it, since its version is not known.
   */
  afterCommit(committed: Iterable<string>): WorkingSet {
    const later = new WorkingSet(this.#store);
    for (const key of committed) later.#read.set(key, { version: UNKNOWN_VERSION, body: this.#changed.get(key) });
    return later;
  }

  /** The conditional write of a changed document. */
  write(key: string): Write {
    return { key, expected: this.#read.get(key)?.version ?? 0, body: this.#changed.get(key) };
  }

  identifier(key: string): IdentifierDoc | undefined {
    return this.get<IdentifierDoc>(identifierDocKey(key));
  }

  component(id: string): ComponentDoc | undefined {
    return this.get<ComponentDoc>(componentDocKey(id));
  }

  /**
   * Follows each identifier's pointer to the component that holds it now, loading on the way. Who left a component to stand
   * alone is found at the one that it left. Identifiers without a component are absent from the answer. Their identifier
   * documents must have been loaded.
   * @throws StaleRead when an identifier came back to a component, or came to one, after that had been read
   */
  async locate(keys: Iterable<string>): Promise<Map<string, string>> {
    const at = new Map<string, string>();
    let open: string[][] = [];
    for (const key of new Set(keys)) {
      const pointer = this.identifier(key)?.component;
      if (pointer) open.push([key, pointer]);
    }
    const passed = new Set<string>();
    const without: string[][] = [];
    for (let hop = 0; open.length > 0; hop += 1) {
      if (hop > MAX_HOPS) throw new Error(`A component pointer takes more than ${MAX_HOPS} hops; this is a defect.`);
      await this.load(open.map((way) => componentDocKey(way.at(-1) ?? '')));
      const next: string[][] = [];
      for (const way of open) {
        const [key = '', id = ''] = [way[0], way.at(-1)];
        const step = `${id} ${key}`;
        if (passed.has(step)) throw new StaleRead('A pointer was followed while its identifier came back.');
        passed.add(step);
        const doc = this.component(id);
        const onward = doc?.to ?? (doc && Object.hasOwn(doc.moved, key) ? doc.moved[key] : undefined);
        if (onward) next.push([...way, onward]);
        else if (doc) {
          at.set(key, id);
          if (!Object.hasOwn(doc.sightings, key)) without.push(way);
        }
      }
      open = next;
    }
    await this.#confirmWays(without);
    return at;
  }

  /**
   * A way to a component that does not hold its identifier: either it left and stands alone, or that component was read before the
   * identifier came to it, and what says so later. Only when no document on the way has changed since was all of it so at
   * one moment.
   * @param ways each an identifier, and the components that its pointer leads through
   * @throws StaleRead
   */
  async #confirmWays(ways: readonly (readonly string[])[]): Promise<void> {
    if (ways.length === 0) return;
    const documents = ways.flatMap(([key = '', ...ids]) => [identifierDocKey(key), ...ids.map(componentDocKey)]);
    for (const [document, now] of await this.#store.get([...new Set(documents)])) {
      const { version, body } = this.#read.get(document) ?? { version: 0, body: undefined };
      const isSame =
        version === UNKNOWN_VERSION ? JSON.stringify(body) === JSON.stringify(now.body) : version === now.version;
      if (!isSame) throw new StaleRead('A component was read before an identifier came to it.');
    }
  }
}
