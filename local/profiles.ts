import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Definitions } from '../functions/shared/definitions.ts';
import type { DocStore } from '../functions/shared/doc-store.ts';
import type { CompiledRules } from '../functions/shared/identity/resolve.ts';
import { profileRows } from '../functions/shared/person/profile-rows.ts';
import type { Clock, LakeSink } from '../functions/shared/seams.ts';

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
  readonly #insert: StatementSync;
  readonly #lot: StatementSync;
  readonly #delete: StatementSync;

  constructor(parts: ProfileParts) {
    const { db } = parts;
    this.#parts = parts;
    this.#insert = db.prepare('INSERT INTO dirty_persons VALUES (?) ON CONFLICT DO NOTHING');
    this.#lot = db.prepare('SELECT key FROM dirty_persons ORDER BY key LIMIT ?');
    this.#delete = db.prepare('DELETE FROM dirty_persons WHERE key = ?');
  }

  /** Notes identifiers whose person changed. */
  touch(keys: readonly string[]): void {
    for (const key of keys) this.#insert.run(key);
  }

  /** Writes the rows of up to one lot of touched persons; inside a transaction. Returns how many were due. */
  async writeLot(): Promise<number> {
    const { lake, clock } = this.#parts;
    const keys = this.#lot.all(LOT).map((row) => String(row.key));
    const now = clock.now();
    const rows = await profileRows(keys, { ...this.#parts, now });
    if (rows.length > 0) await lake.put('profiles', rows);
    for (const key of keys) this.#delete.run(key);
    return keys.length;
  }
}
