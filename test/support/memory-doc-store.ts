import type {
  CommitResult,
  DocStore,
  ScanOptions,
  ScanPage,
  Versioned,
  Write,
} from '../../functions/shared/doc-store.ts';
import { checkKey, checkScan, encodeWrites } from '../../functions/shared/doc-store-checks.ts';

/**
 * The contract in its plainest form: the model that the real stores are compared with. It freezes what it gives out and
 * what it is given: SQLite's store shares these objects, so whoever changes one must fail in his own test.
 */
export class MemoryDocStore implements DocStore {
  readonly #documents = new Map<string, { version: number; json: string }>();
  #lastVersion = 0;

  async get(keys: readonly string[]): Promise<Map<string, Versioned>> {
    return new Map(
      keys.map((key) => {
        checkKey(key);
        const stored = this.#documents.get(key);
        return [
          key,
          stored
            ? { version: stored.version, body: deepFreeze(JSON.parse(stored.json)) }
            : { version: 0, body: undefined },
        ];
      }),
    );
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const encoded = encodeWrites(writes);
    const stale = encoded.filter(({ key, expected }) => (this.#documents.get(key)?.version ?? 0) !== expected);
    if (stale.length > 0) return { ok: false, conflicts: stale.map(({ key }) => key) };
    for (const { body } of writes) deepFreeze(body);
    for (const { key, json } of encoded) {
      if (json === undefined) this.#documents.delete(key);
      else this.#documents.set(key, { version: ++this.#lastVersion, json });
    }
    return { ok: true };
  }

  async scan(prefix: string, options: ScanOptions = {}): Promise<ScanPage> {
    const limit = checkScan(prefix, options);
    const keys = [...this.#documents.keys()].filter((key) => key.startsWith(prefix)).sort();
    const page = keys.filter((key) => options.after === undefined || key > options.after).slice(0, limit);
    return { documents: [...(await this.get(page))], next: page.length < limit ? undefined : page.at(-1) };
  }
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
