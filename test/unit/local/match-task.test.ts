import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../functions/shared/match/model.ts';
import { scoreTwo } from '../../../functions/shared/match/online.ts';
import { recordOf } from '../../../functions/shared/match/person-record.ts';
import { scoreAll, trainOn } from '../../../local/matching/task.ts';
import { people, traitsOf } from '../../support/match-people.ts';

const known = people(300).flatMap(({ member, elsewhere }) => [member, ...(elsewhere ? [elsewhere] : [])]);
const records = known.map((said) => recordOf(traitsOf(said)));
const model = trainOn(records, { ...DEFAULT_SETTINGS, linkAt: 0.95, reviewAt: 0.7 });

it('answers with the likely pairs alone, surest first, each scored as when it comes in by itself', () => {
  const pairs = scoreAll(records, model);
  expect(pairs).toHaveLength(100);
  const bits = pairs.map(({ score }) => score.bits);
  expect(bits).toEqual([...bits].sort((a, b) => b - a));
  for (const { left, right, score, doubtful } of pairs) {
    expect(doubtful).toBe(false);
    expect(scoreTwo(model, records[left] ?? {}, records[right] ?? {}).bits).toBeCloseTo(score.bits, 9);
  }
});

it('doubts a record that is like two who are unlike each other', () => {
  const young = recordOf({
    name: '蒋思远',
    birthday: '2001-11-12',
    gender: 'male',
    address: { city: '重庆', street: '春花路12号' },
  });
  const old = recordOf({
    name: '蒋思远',
    birthday: '1955-03-27',
    gender: 'female',
    address: { city: '成都', street: '立诚路207号' },
  });
  const bare = recordOf({ name: '蔣思遠' });
  const start = records.length;
  const found = scoreAll([...records, young, old, bare], model).filter(({ left }) => left >= start);
  expect(found.map(({ left, right }) => [left - start, right - start])).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(found.map(({ doubtful }) => doubtful)).toEqual([false, true]);
});

it('says that there is nobody to learn from', () => {
  expect(() => trainOn([], DEFAULT_SETTINGS)).toThrow(/There are 0 persons/);
  expect(scoreAll([], model)).toEqual([]);
});
