import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type EmbeddedLake, type LakeOptions, openLake } from '../../../local/lake.ts';
import type { LakeRow } from '../../../schemas/lake.ts';

export interface Fixture {
  readonly dir: string;
  readonly db: DatabaseSync;
  readonly lake: EmbeddedLake;
  /** Opens the same folder again, as after a crash; the old instance is not closed. */
  reopen(): Promise<Fixture>;
  dispose(): Promise<void>;
}

/** A lake in a new folder, or in the given one. */
export async function openFixture(
  options: Partial<LakeOptions> = {},
  dir = mkdtempSync(join(tmpdir(), 'oneriver-lake-')),
): Promise<Fixture> {
  const db = new DatabaseSync(join(dir, 'state.db'));
  db.exec('PRAGMA journal_mode = WAL');
  const lake = await openLake({ db, dir, ...options });
  return {
    dir,
    db,
    lake,
    reopen: () => openFixture(options, dir),
    dispose: async () => {
      await lake.close();
      if (db.isOpen) db.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A complete row of `events`. */
export const eventRow = (id: string, more: LakeRow = {}): LakeRow => ({
  event_id: id,
  type: 'track',
  name: 'Product Viewed',
  channel: 'web',
  source_id: 'web',
  verified: false,
  occurred_at: '2026-03-01T10:00:00.000Z',
  received_at: '2026-03-01T10:00:01.000Z',
  local_date: '2026-03-01',
  owner: 'user_id:m1',
  identifiers: '[]',
  properties: '{"product_id":"p1"}',
  traits: '{}',
  context: '{}',
  consent: '{}',
  flags: '[]',
  mapping_version: 1,
  session: null,
  request_id: null,
  ...more,
});

/** Puts rows the way the pipeline does: in a transaction of the shared connection. */
export async function putCommitted(
  fixture: Fixture,
  table: Parameters<EmbeddedLake['put']>[0],
  rows: LakeRow[],
): Promise<void> {
  fixture.db.exec('BEGIN');
  await fixture.lake.put(table, rows);
  fixture.db.exec('COMMIT');
}
