import { describe, expect, it } from 'vitest';
import { dateStyleOf } from '../../../functions/import/xlsx-book.ts';

describe('a workbook that was made to do harm', () => {
  it('a format of brackets alone is read in a moment', () => {
    const start = performance.now();
    expect(dateStyleOf('['.repeat(100_000))).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(500);
  });
});
