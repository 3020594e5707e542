import type { DatabaseSync } from 'node:sqlite';
import type { Definitions } from '../functions/shared/definitions.ts';
import type { DocStore } from '../functions/shared/doc-store.ts';
import { type CompiledRules, oneId } from '../functions/shared/identity/resolve.ts';
import { aliasDocKey } from '../functions/shared/person/docs.ts';
import { profileRow, retiredProfileRow } from '../functions/shared/person/profile-row.ts';
import { readPersonByKey } from '../functions/shared/person/read.ts';
import type { Clock, LakeSink } from '../functions/shared/seams.ts';
import type { LakeRow } from '../schemas/lake.ts';

interface ProfileParts {
  readonly db: DatabaseSync;
  readonly store: DocStore;
  readonly lake: LakeSink;
  readonly clock: Clock;
  readonly definitions: Definitions;
  readonly rules: CompiledRules;
}

const LOT = 500;

/**
 * Profile rows of the lake, written late: a person that a thousand events touched between two looks at the lake costs
 * one row. Which persons are due is part of the transaction that touched them.
 */
export class ProfileRows {
  readonly #parts: ProfileParts;
  constructor(parts: ProfileParts) {
    this.#parts = parts;
  }

  /** Notes identifiers whose person changed. */
  touch(keys: readonly string[]): void {
    const insert = this.#parts.db.prepare('INSERT INTO dirty_persons VALUES (?) ON CONFLICT DO NOTHING');
    for (const key of keys) insert.run(key);
  }

  /** Writes the rows of up to one lot of touched persons; inside a transaction. Returns how many were due. */
  async writeLot(): Promise<number> {
    const { db, store, lake, clock } = this.#parts;
    const keys = db
      .prepare('SELECT key FROM dirty_persons ORDER BY key LIMIT ?')
      .all(LOT)
      .map((row) => String(row.key));
    const now = clock.now();
    const rows = new Map<string, LakeRow>();
    const retired = new Set<string>();
    for (const key of keys) {
      const state = await readPersonByKey(store, key);
      if (!state) continue;
      rows.set(state.person.one_id, profileRow(state, { ...this.#parts, now }));
      if (oneId(key) !== state.person.one_id) retired.add(oneId(key));
    }
    const aliases = await store.get([...retired].map(aliasDocKey));
    for (const id of retired) {
      if (aliases.get(aliasDocKey(id))?.body !== undefined && !rows.has(id)) rows.set(id, retiredProfileRow(id, now));
    }
    if (rows.size > 0) await lake.put('profiles', [...rows.values()]);
    const remove = db.prepare('DELETE FROM dirty_persons WHERE key = ?');
    for (const key of keys) remove.run(key);
    return keys.length;
  }
}
