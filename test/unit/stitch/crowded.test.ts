import { expect, test } from 'vitest';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import type { ComponentDoc, IdentifierDoc } from '../../../functions/shared/person/docs.ts';
import { componentDocKey, identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { cleanEvent, NO_DEFINITIONS, stitchWorld } from '../../support/stitch.ts';

test('a member named from ever more browsers neither fills his component nor loses what is verified', async () => {
  const rules = compileRules({ ...SHIPPED_RULES, max_degree: 10, max_component: 30 });
  const { deps } = stitchWorld({ definitions: NO_DEFINITIONS, rules });
  await stitch([cleanEvent(['user_id:m1', 'phone:p1'], { source_id: 'crm', verified: true })], deps);
  const reasons: (string | undefined)[] = [];
  for (let n = 0; n < 60; n++) {
    const { events } = await stitch([cleanEvent(['user_id:m1', `anonymous_id:c${n}`])], deps);
    reasons.push(...events.map(({ reason }) => reason));
  }
  expect(reasons.filter((reason) => reason !== undefined)).toEqual(['learned_placeholder']);
  const bodyOf = async (key: string) => (await deps.store.get([key])).get(key)?.body;
  const { component } = (await bodyOf(identifierDocKey('user_id:m1'))) as IdentifierDoc;
  const { sightings, persons } = (await bodyOf(componentDocKey(component ?? ''))) as ComponentDoc;
  expect(Object.keys(sightings).sort()).toEqual(['phone:p1', 'user_id:m1']);
  expect(persons).toMatchObject([{ members: ['phone:p1', 'user_id:m1'], crowded: ['user_id:m1'] }]);
});
