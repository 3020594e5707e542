import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { DynamoSources } from '../../functions/collect/source-store.ts';
import { DynamoSourceStore } from '../../functions/shared/sources/dynamo-sources.ts';
import { SourceRegistry } from '../../local/sources.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { sourceStoreSuite } from './source-store.suite.ts';

sourceStoreSuite({
  name: 'SQLite, and the registry of the embedded server',
  open: async (now) => {
    const folder = mkdtempSync(join(tmpdir(), 'oneriver-sources-'));
    const registry = new SourceRegistry(folder, { clock: { now }, shipped: [] });
    return {
      store: registry.store,
      collectorFinds: registry.byKey,
      close: async () => {
        registry.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

const missing = dynamoDbLocalMissing();
describe.skipIf(missing)(`on DynamoDB${missing ? ` (${missing})` : ''}`, () => {
  let db: DynamoDbLocal;
  beforeAll(async () => {
    db = await startDynamoDbLocal();
  });
  afterAll(() => db.stop());

  sourceStoreSuite({
    name: 'DynamoDB, and the cache of the collector',
    open: async (now) => {
      const table = await db.createTable('key_hash');
      const client = db.client();
      const cache = { known_seconds: 60, unknown_seconds: 10 };
      const sources = new DynamoSources(client, table, { clock: { now }, cache });
      return {
        store: new DynamoSourceStore(client, table),
        collectorFinds: (key) => sources.byKey(key),
        close: async () => client.destroy(),
      };
    },
  });
});
