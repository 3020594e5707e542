import { describe, expect } from 'vitest';
import { scenario } from '../support/scenario.ts';
import { at, crmKnows, declares, visit } from '../support/scenario-events.ts';

const [M1, M2, C1, C2] = ['user_id:m1', 'user_id:m2', 'anonymous_id:c1', 'anonymous_id:c2'];
const LONG_AGO = '2020-01-01T00:00:00.000Z';

describe('a declaration about the past', () => {
  scenario('makes nobody older, and its taking back is exact', async ({ given, when, thenSee }) => {
    given('two members, whose browsers came first', visit(C1), visit(C2), crmKnows([M1, C1]), crmKnows([M2, C2]));
    let before: Record<string, string> = {};
    await thenSee('each has the id of his browser', async ({ everything }) => {
      before = await everything();
    });
    when('somebody says that they have always been one', at(LONG_AGO, declares('merge', 'one customer', M1, M2)));
    await thenSee('the older of the two ids stays', async ({ profile }) => {
      expect((await profile(M2)).one_id).toBe(JSON.parse(before[C1] ?? '{}').one_id);
    });
    when('it was a mistake', declares('unmerge', 'father and son', M1, M2));
    await thenSee('all is as it was', async ({ everything }) => expect(await everything()).toEqual(before));
  });
});
