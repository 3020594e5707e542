import { expect, test } from 'vitest';
import { readPersonById } from '../../../../functions/shared/person/read.ts';
import { MemoryDocStore } from '../../../support/memory-doc-store.ts';

test('what is no One ID was never given: too long for a key of the store, empty, or half a character', async () => {
  const store = new MemoryDocStore();
  for (const id of ['', 'x'.repeat(9000), 'p_', '\ud800', '../i:user_id:m1', 'p_aaaaaaaaaaaaaaaaaaaa']) {
    expect(await readPersonById(store, id)).toBeUndefined();
  }
});
