import { describe, expect, it } from 'vitest';
import { completeHours, lastHours, piecesOf, weeksBefore } from '../../../../functions/shared/quality/spans.ts';
import { volumeOf } from '../../../../functions/shared/quality/volume.ts';

describe('volume', () => {
  it('is compared with the median of the weeks, and one odd week does not move it', () => {
    expect(volumeOf(50, [100, 104, 5_000, 96])).toEqual({
      counted: 50,
      expected: 102,
      deviation: 4,
      weeks: 4,
      ratio: 50 / 102,
    });
  });

  it('does not take weeks before the first event for silent ones', () => {
    expect(volumeOf(0, [80, 0, 100, 0])).toMatchObject({ expected: 80, weeks: 3 });
    expect(volumeOf(7, [0, 0, 0, 0])).toBeNull();
    expect(volumeOf(7, [])).toBeNull();
  });
});

describe('spans', () => {
  const day = { label: '2026-03-29', begin: Date.parse('2026-03-28T23:00Z'), end: Date.parse('2026-03-29T22:00Z') };

  it('are the same wall clock hours weeks before, over a change of clocks', () => {
    expect(weeksBefore(day, 1, 'Europe/Berlin')).toEqual({
      label: '2026-03-22',
      begin: Date.parse('2026-03-21T23:00Z'),
      end: Date.parse('2026-03-22T23:00Z'),
    });
  });

  it('end at the last full hour, and never before they begin', () => {
    expect(completeHours(day, Date.parse('2026-03-29T10:59Z')).end).toBe(Date.parse('2026-03-29T10:00Z'));
    expect(completeHours(day, day.begin + 1).end).toBe(day.begin);
    expect(completeHours(day, day.end + 1).end).toBe(day.end);
    expect(lastHours(Date.parse('2026-03-29T10:59Z'), 24, 'Asia/Shanghai')).toEqual({
      label: '2026-03-29',
      begin: Date.parse('2026-03-28T10:00Z'),
      end: Date.parse('2026-03-29T10:00Z'),
    });
  });

  it('are sums of pieces that do not overlap', () => {
    const span = (begin: number, end: number) => ({ label: 'x', begin, end });
    expect(piecesOf([span(0, 10), span(0, 4), span(20, 30)])).toEqual([
      { label: '0', begin: 0, end: 4 },
      { label: '1', begin: 4, end: 10 },
      { label: '3', begin: 20, end: 30 },
    ]);
  });
});
