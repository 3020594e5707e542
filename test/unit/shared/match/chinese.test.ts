import { describe, expect, it } from 'vitest';
import { defaultRules, findCandidates } from '../../../../functions/shared/match/blocking.ts';
import { makeComparisons } from '../../../../functions/shared/match/comparisons.ts';
import { splitName } from '../../../../functions/shared/match/names.ts';
import { simplified } from '../../../../functions/shared/match/simplified.ts';
import { buildTable } from '../../../../functions/shared/match/table.ts';

/** What names say of two people, first and last. */
function levels(a: string, b: string): (string | undefined)[] {
  const table = buildTable({ columns: ['name'], rows: [[a], [b]] }, ['full_name']);
  return makeComparisons(table).map(({ level, levels: names }) => names[level(0, 1)]);
}

describe('Chinese names', () => {
  it('are the same in traditional and simplified writing', () => {
    expect(simplified('陳曉麗 鄭國強 Zoë 李安')).toBe('陈晓丽 郑国强 Zoë 李安');
    expect(levels('陳曉麗', '陈晓丽')).toEqual(['exact', 'exact']);
    expect(levels('歐陽靜', '欧阳静')).toEqual(['exact', 'exact']);
  });

  it('that only sound alike are less than the same', () => {
    expect(levels('陈晓丽', '陈小丽')).toEqual(['nearly the same', 'exact']);
  });

  it.each(['Xiaoming Wang', 'Xiao Ming Wang', 'Wang, Xiaoming', 'Wang Xiao Ming'])(
    'in Latin letters as %s',
    (latin) => {
      expect(levels('王小明', latin)).toEqual(['nearly the same', 'nearly the same']);
    },
  );

  it('with the surname first are compared crosswise, and found by their sound', () => {
    expect(levels('王小明', 'Wang Xiaoming')).toEqual(['swapped and nearly the same', 'swapped and nearly the same']);
    const table = buildTable({ columns: ['name'], rows: [['王小明'], ['Wang Xiaoming'], ['李娜']] }, ['full_name']);
    const limits = { maxAllPairs: 0, minPairsPerRule: 10, pairsPerRecord: 1 };
    expect([...findCandidates(3, defaultRules(table), limits).codes]).toEqual([1]);
  });

  it('of the West are not taken for pinyin', () => {
    expect(splitName('Ann May Lee')).toEqual({ first: 'ann may', last: 'lee' });
    expect(splitName('Long Lu Wang')).toEqual({ first: 'long lu', last: 'wang' });
  });
});
