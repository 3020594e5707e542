import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { PrefixedStore } from '../support/prefixed-store.ts';
import { latestProfiles } from '../support/profile-properties.ts';
import { concurrentWorkers, crowded, mergeTakenBack, oneWorker } from '../support/stitch-properties.ts';

const memory = (): DocStore => new MemoryDocStore();
const sqlite = (): DocStore => new SqliteDocStore(openDatabase(':memory:'), { cacheEntries: 8 });

describe('stitch gives what resolve gives on all evidence at once, at length', () => {
  test('in any order, with repeats, in memory', () => fc.assert(oneWorker(memory), { numRuns: 10_000 }));

  test('in any order, with repeats, on SQLite', () => fc.assert(oneWorker(sqlite), { numRuns: 4_000 }));

  test('by four workers at once, with lost races, throttles, crashes, lost replies and a lake that fails, in memory', () =>
    fc.assert(concurrentWorkers(memory), { numRuns: 10_000 }));

  test('the same on SQLite', () => fc.assert(concurrentWorkers(sqlite), { numRuns: 2_000 }));

  test('and the latest profile rows are the persons as they are', () =>
    fc.assert(latestProfiles(memory), { numRuns: 2_500 }));

  test('also of identifiers that are named too often', () => fc.assert(crowded(memory), { numRuns: 10_000 }));

  test('and a merge that is taken back leaves everything as it was', () =>
    fc.assert(mergeTakenBack(memory), { numRuns: 10_000 }));
});

const missing = dynamoDbLocalMissing();
describe.skipIf(missing)(`the same on DynamoDB${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let dynamo: DynamoDbLocal;
  let table: string;
  beforeAll(async () => {
    dynamo = await startDynamoDbLocal();
    table = await dynamo.createTable();
  });
  afterAll(() => dynamo?.stop());
  /** A part of the table for each case: a table of its own would take longer than the case. */
  const open = (): DocStore =>
    new PrefixedStore(new DynamoDocStore({ client: dynamo.client(), table }), `${randomUUID()}|`);

  test('in any order, with repeats', () => fc.assert(oneWorker(open), { numRuns: 25 }));

  test('by four workers at once', () => fc.assert(concurrentWorkers(open), { numRuns: 25 }));

  test('and the latest profile rows are the persons as they are', () =>
    fc.assert(latestProfiles(open), { numRuns: 15 }));

  test('and a merge that is taken back leaves everything as it was', () =>
    fc.assert(mergeTakenBack(open), { numRuns: 15 }));
});
