import type {
  CommitResult,
  DocStore,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Versioned,
  Write,
} from '../../functions/shared/doc-store.ts';

/** Former versions of a document that a read may still see. */
const MAX_BEHIND = 3;
const MISSING: Versioned = { version: 0, body: undefined };

/** A store whose reads that may be behind often are: some documents are answered as they were some writes ago. */
export class LaggingStore implements DocStore {
  readonly #inner: DocStore;
  readonly #dice: () => number;
  readonly #former = new Map<string, Versioned[]>();
  /** Answers that were behind. */
  behind = 0;

  constructor(inner: DocStore, dice: () => number) {
    this.#inner = inner;
    this.#dice = dice;
  }

  async get(keys: readonly string[], options?: ReadOptions): Promise<Map<string, Versioned>> {
    const found = await this.#inner.get(keys, options);
    if (!options?.mayBeBehind) return found;
    return new Map(Array.from(found, ([key, doc]) => [key, this.#perhapsFormer(key) ?? doc]));
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const before = await this.#inner.get(writes.map(({ key }) => key));
    const result = await this.#inner.commit(writes);
    if (!result.ok) return result;
    for (const { key, expected } of writes) {
      const doc = before.get(key);
      // Others may have written in between: what is not the version that was overwritten is left out.
      if (doc?.version === expected)
        this.#former.set(key, [doc, ...(this.#former.get(key) ?? [])].slice(0, MAX_BEHIND));
    }
    return result;
  }

  scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    return this.#inner.scan(prefix, options);
  }

  #perhapsFormer(key: string): Versioned | undefined {
    const former = this.#former.get(key);
    if (former === undefined || this.#dice() > 0.3) return undefined;
    this.behind += 1;
    return former[Math.floor(this.#dice() * former.length)] ?? MISSING;
  }
}
