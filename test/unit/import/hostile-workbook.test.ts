import { describe, expect, it } from 'vitest';
import { dateStyleOf } from '../../../functions/import/xlsx-book.ts';
import { cpuClock } from '../../support/cpu-clock.ts';

describe('a workbook that was made to do harm', () => {
  it('a format of brackets alone is read in a moment', () => {
    const spent = cpuClock();
    expect(dateStyleOf('['.repeat(100_000))).toBeUndefined();
    expect(spent()).toBeLessThan(500);
  });
});
