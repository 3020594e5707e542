import { expect, test } from 'vitest';
import { oneId } from '../../../functions/shared/identity/resolve.ts';
import { identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { readPersonById } from '../../../functions/shared/person/read.ts';
import { gather } from '../../../functions/stitch/gather.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { cleanEvent, NO_DEFINITIONS, stitchWorld } from '../../support/stitch.ts';

test('components that are put together keep their persons, and who was a person once', async () => {
  const { deps } = stitchWorld({ definitions: NO_DEFINITIONS });
  const people = [1, 2, 3];
  for (const n of people) {
    await stitch([cleanEvent([`anonymous_id:c${n}`]), cleanEvent([`user_id:m${n}`])], deps);
    await stitch([cleanEvent([`user_id:m${n}`, `anonymous_id:c${n}`])], deps);
  }
  const ids = people.flatMap((n) => [oneId(`anonymous_id:c${n}`), oneId(`user_id:m${n}`)]);
  const persons = () => Promise.all(ids.map(async (id) => (await readPersonById(deps.store, id))?.person));
  const before = await persons();
  const components = (await deps.store.scan('c:')).documents.map(([key]) => key);
  expect(components).toHaveLength(3);
  expect(await gather(new Set([...components, identifierDocKey('user_id:m1')]), deps.store)).toBe(true);
  const holding = (await deps.store.scan('c:')).documents.filter(([, { body }]) =>
    Object.hasOwn(Object(Reflect.get(Object(body), 'sightings')), 'user_id:m2'),
  );
  expect(holding.map(([, { body }]) => Reflect.get(Object(body), 'former'))).toEqual([
    people.map((n) => `user_id:m${n}`),
  ]);
  expect(await persons()).toEqual(before);
  expect(before.every((person) => person?.members.length === 2)).toBe(true);
});
