import fc from 'fast-check';
import { describe, test } from 'vitest';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { sweptWhileEventsFlow } from '../support/sweep-properties.ts';

describe('after a rule change the store is what resolve gives on all evidence under the new rules', () => {
  test('with events between the steps, in memory', () =>
    fc.assert(
      sweptWhileEventsFlow(() => new MemoryDocStore(), false),
      { numRuns: 60 },
    ));

  test('with events between the steps, on SQLite', () =>
    fc.assert(
      sweptWhileEventsFlow(() => new SqliteDocStore(openDatabase(':memory:'), { cacheEntries: 8 }), false),
      { numRuns: 60 },
    ));

  test('with events during the steps, lost races, lost replies, crashes and a lake that fails', () =>
    fc.assert(
      sweptWhileEventsFlow(() => new MemoryDocStore(), true),
      { numRuns: 60 },
    ));
});
