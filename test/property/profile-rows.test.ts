import fc from 'fast-check';
import { test } from 'vitest';
import { MemoryDocStore } from '../support/memory-doc-store.ts';
import { latestProfiles } from '../support/profile-properties.ts';

test('the latest profile rows are the persons as they are, though workers overtake each other', () =>
  fc.assert(
    latestProfiles(() => new MemoryDocStore()),
    { numRuns: 150 },
  ));
