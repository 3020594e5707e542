import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { concurrentWorkers, oneWorker } from '../support/stitch-properties.ts';

const RUNS = { numRuns: 6000 };

describe('stitch gives what resolve gives on all evidence at once, at length', () => {
  test('in any order, with repeats, in memory', () =>
    fc.assert(
      oneWorker(() => new MemoryDocStore()),
      RUNS,
    ));

  test('in any order, with repeats, on SQLite', () =>
    fc.assert(
      oneWorker(() => new SqliteDocStore(openDatabase(':memory:'), { cacheEntries: 8 })),
      RUNS,
    ));

  test('by three workers at once, with lost races, lost replies and a lake that fails', () =>
    fc.assert(
      concurrentWorkers(() => new MemoryDocStore()),
      RUNS,
    ));
});
