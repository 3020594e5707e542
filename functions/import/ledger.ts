import { Compile } from 'typebox/compile';
import { ImportEntry } from '../../schemas/import.ts';
import type { DocStore } from '../shared/doc-store.ts';

const validator = Compile(ImportEntry);
const PREFIX = 'import#';

/** An entry, and the version it was read at: 0 for one that is not there. */
export interface Kept {
  readonly version: number;
  readonly entry: ImportEntry | undefined;
}

/** Somebody else has written the entry meanwhile. */
export class LedgerConflict extends Error {
  override name = 'LedgerConflict';
}

/** What was imported: one document for each content of each source, kept for ever, so that no content is imported twice. */
export class ImportLedger {
  readonly #store: DocStore;

  constructor(store: DocStore) {
    this.#store = store;
  }

  async read(importId: string): Promise<Kept> {
    const key = `${PREFIX}${importId}`;
    const { version, body } = (await this.#store.get([key])).get(key) ?? { version: 0, body: undefined };
    if (body === undefined) return { version, entry: undefined };
    if (!validator.Check(body)) throw new Error(`The ledger's entry ${importId} is not valid; restore it.`);
    return { version, entry: body };
  }

  /** @returns the new version @throws LedgerConflict when the entry is not at `version` any more */
  async write(entry: ImportEntry, version: number): Promise<number> {
    const key = `${PREFIX}${entry.import_id}`;
    const result = await this.#store.commit([{ key, expected: version, body: entry }]);
    if (!result.ok) throw new LedgerConflict(`The import ${entry.import_id} is being worked on elsewhere.`);
    return (await this.#store.get([key])).get(key)?.version ?? 0;
  }

  /** The entries that were updated last, newest first. Reads all: for people, not for machines. */
  async list(limit: number): Promise<ImportEntry[]> {
    const entries: ImportEntry[] = [];
    let after: string | undefined;
    do {
      const page = await this.#store.scan(PREFIX, { after, limit: 1000 });
      for (const [, { body }] of page.documents) if (validator.Check(body)) entries.push(body);
      entries.sort((a, b) => b.updated_at.localeCompare(a.updated_at));
      entries.length = Math.min(entries.length, limit);
      after = page.next;
    } while (after !== undefined);
    return entries;
  }
}
