import type {
  CommitResult,
  DocStore,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Versioned,
  Write,
} from '../../functions/shared/doc-store.ts';

/** A store of its own within another: every key begins with the prefix, and nobody above sees it. */
export class PrefixedStore implements DocStore {
  readonly #inner: DocStore;
  readonly #prefix: string;

  constructor(inner: DocStore, prefix: string) {
    this.#inner = inner;
    this.#prefix = prefix;
  }

  async get(keys: readonly string[], options?: ReadOptions): Promise<Map<string, Versioned>> {
    const found = await this.#inner.get(
      keys.map((key) => this.#prefix + key),
      options,
    );
    return new Map(Array.from(found, ([key, doc]) => [key.slice(this.#prefix.length), doc]));
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const result = await this.#inner.commit(writes.map((write) => ({ ...write, key: this.#prefix + write.key })));
    return result.ok ? result : { ok: false, conflicts: result.conflicts.map((key) => key.slice(this.#prefix.length)) };
  }

  async scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    const { documents, next } = await this.#inner.scan(this.#prefix + prefix, options);
    return { documents: documents.map(([key, doc]) => [key.slice(this.#prefix.length), doc]), next };
  }
}
