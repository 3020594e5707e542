import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportLedger, LedgerConflict } from '../../functions/import/ledger.ts';
import { newEntry } from '../../functions/import/report.ts';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import type { ImportEntry } from '../../schemas/import.ts';
import { dynamoDbLocalMissing, startDynamoDbLocal } from '../support/dynamodb-local.ts';

interface Subject {
  readonly name: string;
  readonly missing?: string | undefined;
  open(): Promise<{ store: DocStore; close(): Promise<void> }>;
}

const SUBJECTS: readonly Subject[] = [
  {
    name: 'SQLite',
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'oneriver-ledger-'));
      const db = openDatabase(join(folder, 'state.db'));
      const close = async () => {
        db.close();
        rmSync(folder, { recursive: true });
      };
      return { store: new SqliteDocStore(db), close };
    },
  },
  {
    name: 'DynamoDB Local',
    missing: dynamoDbLocalMissing(),
    open: async () => {
      const local = await startDynamoDbLocal();
      const store = new DynamoDocStore({ client: local.client(), table: await local.createTable() });
      return { store, close: () => local.stop() };
    },
  },
];

const entryOf = (import_id: string, updated_at: string): ImportEntry => ({
  ...newEntry(
    {
      file: { name: 'a.csv', size: 1 },
      source: {
        source_id: 'pos',
        name: 'Tills',
        channel: 'store',
        class: 'secret',
        allowed_origins: [],
        default_region: 'CN',
        time_zone: 'UTC',
      },
    },
    { content: 'c', import_id: import_id.padEnd(22, '-'), started: updated_at },
  ),
});

for (const { name, missing, open } of SUBJECTS) {
  if (missing !== undefined) process.stdout.write(`The ledger on ${name} is not tested: ${missing}.\n`);
  describe.skipIf(missing !== undefined)(`the import ledger on ${name}`, () => {
    let opened: Awaited<ReturnType<Subject['open']>>;
    let ledger: ImportLedger;
    beforeAll(async () => {
      opened = await open();
      ledger = new ImportLedger(opened.store);
    });
    afterAll(() => opened.close());

    it('knows nothing of what never came', async () => {
      expect(await ledger.read('never')).toEqual({ version: 0, entry: undefined });
    });

    it('gives back what was written, and lets only one of two go on from there', async () => {
      const entry = entryOf('one', '2026-03-01T00:00:00.000Z');
      const first = await ledger.write(entry, 0);
      expect(await ledger.read(entry.import_id)).toEqual({ version: first, entry });
      const moved = { ...entry, rows: 7, position: { part: 0, row: 7, offset: 99 } };
      const second = await ledger.write(moved, first);
      await expect(ledger.write({ ...entry, rows: 8 }, first)).rejects.toThrow(LedgerConflict);
      await expect(ledger.write(entry, 0)).rejects.toThrow(LedgerConflict);
      expect(await ledger.read(entry.import_id)).toEqual({ version: second, entry: moved });
    });

    it('lists what moved last first, and no more than asked for', async () => {
      for (const day of ['02', '04', '03'])
        await ledger.write(entryOf(`day-${day}`, `2026-03-${day}T00:00:00.000Z`), 0);
      const listed = await ledger.list(2);
      expect(listed.map(({ import_id }) => import_id.slice(0, 6))).toEqual(['day-04', 'day-03']);
    });
  });
}
