import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import { Dice } from '../support/dice.ts';
import { faultsByChance, inject } from '../support/dynamo-faults.ts';
import { dynamoDbLocalMissing, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { type DocStoreUnderTest, docStoreSuite as documents } from './doc-store.suite.ts';
import { docStoreScanSuite } from './doc-store-scan.suite.ts';

const docStoreSuite = (subject: DocStoreUnderTest): void => {
  documents(subject);
  docStoreScanSuite(subject);
};

docStoreSuite({
  name: 'the in-memory model',
  histories: 100,
  open: async () => ({ store: new MemoryDocStore(), close: async () => {} }),
});

for (const cacheEntries of [50_000, 4, 0]) {
  docStoreSuite({
    name: `SQLite, ${cacheEntries} documents cached`,
    histories: 50,
    open: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'oneriver-docs-'));
      const db = openDatabase(join(folder, 'docs.db'));
      return {
        store: new SqliteDocStore(db, { cacheEntries }),
        close: async () => {
          db.close();
          rmSync(folder, { recursive: true });
        },
      };
    },
  });
}

docStoreSuite({
  name: 'SQLite, within an open transaction',
  histories: 50,
  open: async () => {
    const db = openDatabase(':memory:');
    const store = new SqliteDocStore(db);
    db.exec('BEGIN');
    return { store, close: async () => db.close() };
  },
});

docStoreSuite({
  name: 'DynamoDB Local',
  skip: dynamoDbLocalMissing(),
  histories: 12,
  open: async () => {
    const dynamo = await startDynamoDbLocal();
    const store = new DynamoDocStore({ client: dynamo.client(), table: await dynamo.createTable() });
    return { store, close: dynamo.stop };
  },
});

/** Waits are short and many: that a store gives up in the end is tested elsewhere. */
const PATIENT = { backoff: { attempts: 40, baseMs: 0, capMs: 1 } };

docStoreSuite({
  name: 'DynamoDB Local, with throttles, lost replies, server errors and conflicts',
  skip: dynamoDbLocalMissing(),
  histories: 12,
  open: async () => {
    const dynamo = await startDynamoDbLocal();
    const table = await dynamo.createTable();
    const dice = new Dice(11);
    const faulty = (conflicts: boolean): DynamoDocStore => {
      const client = dynamo.client();
      inject(
        client,
        faultsByChance(() => dice.roll(), { conflicts }),
      );
      return new DynamoDocStore({ client, table, ...PATIENT });
    };
    return { store: faulty(false), contended: faulty(true), close: dynamo.stop };
  },
});
