import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { concurrentWorkers, crowded, mergeTakenBack, oneWorker } from '../support/stitch-properties.ts';

const RUNS = { numRuns: 150 };

describe('stitch gives what resolve gives on all evidence at once', () => {
  test('in any order, with repeats, in memory', () =>
    fc.assert(
      oneWorker(() => new MemoryDocStore()),
      RUNS,
    ));

  test('in any order, with repeats, on SQLite', () =>
    fc.assert(
      oneWorker(() => new SqliteDocStore(openDatabase(':memory:'), { cacheEntries: 8 })),
      { numRuns: 60 },
    ));

  test('by four workers at once, with lost races, throttles, crashes, lost replies and a lake that fails', () =>
    fc.assert(
      concurrentWorkers(() => new MemoryDocStore()),
      RUNS,
    ));

  test('also of identifiers that are named too often', () =>
    fc.assert(
      crowded(() => new MemoryDocStore()),
      RUNS,
    ));

  test('and a merge that is taken back leaves everything as it was', () =>
    fc.assert(
      mergeTakenBack(() => new MemoryDocStore()),
      RUNS,
    ));
});
