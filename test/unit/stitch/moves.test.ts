import { expect, test } from 'vitest';
import { oneId } from '../../../functions/shared/identity/resolve.ts';
import { type IdentifierDoc, identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { cleanEvent, NO_DEFINITIONS, NOW, stitchWorld } from '../../support/stitch.ts';

const DAY = 86_400_000;
const AT = new Date(NOW).toISOString();
const C1 = 'anonymous_id:c1';
const M1 = 'user_id:m1';

function world() {
  const { deps, lake, clock } = stitchWorld({ definitions: NO_DEFINITIONS });
  const movesOf = async (key: string) => {
    const document = identifierDocKey(key);
    const body = (await deps.store.get([document])).get(document)?.body as IdentifierDoc | undefined;
    return body?.moves;
  };
  return { deps, lake, clock, movesOf };
}

test('a visitor remembers of its first event when it was; told again, the lake has the whole row', async () => {
  const { deps, lake, movesOf } = world();
  const event = cleanEvent([C1]);
  await stitch([event], deps);
  expect(await movesOf(C1)).toEqual([{ seq: 0, at: AT }]);
  await stitch([event], deps);
  const row = { owner: C1, one_id: oneId(C1), shared: false, valid_from: AT, seq: 0 };
  expect(lake.of('identity_map')).toEqual([row, row]);
});

test('whatever an event changed is told again as it was told first', async () => {
  const { deps, lake } = world();
  await stitch([cleanEvent([C1]), cleanEvent([M1])], deps);
  await stitch([cleanEvent(['user_id:m2', 'device_id:d1'])], deps);
  for (const keys of [
    [M1, C1],
    [M1, 'device_id:d1'],
  ]) {
    const before = [lake.of('identity_map').length, lake.of('person_changes').length];
    const event = cleanEvent(keys);
    await stitch([event], deps);
    const [rows, changes] = [lake.of('identity_map').slice(before[0]), lake.of('person_changes').slice(before[1])];
    expect(rows.length).toBeGreaterThan(0);
    await stitch([event], deps);
    expect(lake.of('identity_map')).toEqual(expect.arrayContaining([...rows]));
    const again = lake.of('identity_map').slice((before[0] ?? 0) + rows.length);
    expect(again.slice(-rows.length)).toEqual(rows);
    expect(lake.of('person_changes').slice((before[1] ?? 0) + changes.length)).toEqual(
      expect.arrayContaining([...changes]),
    );
  }
});

test('a day later it is forgotten with whatever is written next', async () => {
  const { deps, clock, movesOf } = world();
  await stitch([cleanEvent([C1])], deps);
  clock.at += DAY;
  await stitch([cleanEvent([C1])], deps);
  expect(await movesOf(C1)).toHaveLength(1);
  clock.at += 1;
  await stitch([cleanEvent([C1])], deps);
  expect(await movesOf(C1)).toBeUndefined();
});
