import { describe, expect, it } from 'vitest';
import { wordLevel } from '../../../../functions/shared/match/comparisons.ts';
import { dateLevel, dateOrder, foldDate } from '../../../../functions/shared/match/dates.ts';
import { foldText, foldValue } from '../../../../functions/shared/match/fold.ts';
import { splitName } from '../../../../functions/shared/match/names.ts';
import { soundOf } from '../../../../functions/shared/match/pinyin.ts';
import { editDistance, jaroWinkler, sameLetters } from '../../../../functions/shared/match/strings.ts';

describe('string distances', () => {
  it.each([
    ['martha', 'marhta', 0.9611],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.8133],
    ['abc', 'xyz', 0],
  ])('%s and %s are alike as Winkler printed', (a, b, similarity) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(similarity, 4);
  });

  it.each([
    ['kitten', 'sitting', 3],
    ['ca', 'ac', 1],
    ['1234', '1234', 0],
    ['', 'ab', 2],
    ['abcd', 'wxyz', 4],
  ])('%s and %s are so many keystrokes apart', (a, b, distance) => {
    expect(editDistance(a, b, 9)).toBe(distance);
    expect(editDistance(a, b, 1)).toBe(Math.min(distance, 2));
  });

  it('knows scrambled letters from others with the same sum', () => {
    expect(sameLetters('liverpool', 'lvpreoloi')).toBe(true);
    expect(sameLetters('bbe', 'acf')).toBe(false);
  });
});

describe('dates', () => {
  it.each([
    ['1990-01-31', '19900131'],
    ['19900131', '19900131'],
    ['31/01/1990', '19900131'],
    ['1.2.1990', '19900201'],
    ['1990年1月31日', '19900131'],
    ['1990-01-31T00:00:00Z', '19900131'],
    ['unknown', ''],
  ])('%s is %s', (text, date) => {
    expect(foldDate(text, 'dmy')).toBe(date);
  });

  it('reads a column with a thirteenth day in second place the American way', () => {
    expect(dateOrder(['01/02/1990', '01/13/1990'])).toBe('mdy');
    expect(foldDate('01/02/1990', 'mdy')).toBe('19900102');
  });

  it.each([
    ['19900131', '19900131', 0],
    ['19900131', '19910131', 1],
    ['19900312', '19901203', 2],
    ['19900312', '19900325', 3],
    ['19900312', '19900801', 4],
    ['19900312', '19960821', 5],
    ['19900312', '19360821', 6],
  ])('%s and %s have level %i', (a, b, level) => {
    expect(dateLevel(a, b)).toBe(level);
  });
});

describe('names', () => {
  it.each([
    ['Ann Lee', 'ann', 'lee'],
    ['LEE, Ann', 'ann', 'lee'],
    ['王小明', '小明', '王'],
    ['欧阳修', '修', '欧阳'],
    ['Cher', 'cher', ''],
  ])('%s is %s of the family %s', (text, first, last) => {
    expect(splitName(text)).toEqual({ first, last });
  });

  it.each(['王小明', '王曉明', 'Wang Xiaoming'])('%s sounds wangxiaoming', (text) => {
    expect(soundOf(text.toLowerCase())).toBe('wangxiaoming');
  });

  it('takes traditional for simplified writing and pinyin for characters, and other characters for other names', () => {
    expect(wordLevel('張偉', '张伟')).toBe(1);
    expect(wordLevel('xiaoming', '小明')).toBe(1);
    expect(wordLevel('小明', '大海')).toBe(4);
  });

  it('folds accents, marks and words for nothing', () => {
    expect(foldText("  Zoë O'Neill ")).toBe('zoe oneill');
    expect(foldText('N/A')).toBe('');
    expect(foldValue('+44 (0)20 1234', 'phone', 'dmy')).toBe('440201234');
    expect(foldValue('Ann@Example.COM', 'email', 'dmy')).toBe('ann@example.com');
  });
});
