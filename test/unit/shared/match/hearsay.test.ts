import { beforeEach, describe, expect, it } from 'vitest';
import { matchAsTheyCome } from '../../../../functions/shared/match/as-they-come.ts';
import { DEFAULT_SETTINGS } from '../../../../functions/shared/match/model.ts';
import { personTable, recordOf } from '../../../../functions/shared/match/person-record.ts';
import { prepare, train } from '../../../../functions/shared/match/train.ts';
import { stitch } from '../../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../../schemas/event.ts';
import { people, traitsOf } from '../../../support/match-people.ts';
import { cleanEvent, type StitchWorld, stitchWorld } from '../../../support/stitch.ts';

const known = people(200).flatMap(({ member, elsewhere }) => [member, ...(elsewhere ? [elsewhere] : [])]);
const { raw, roles } = personTable(known.map((said) => recordOf(traitsOf(said))));
const model = train(raw, roles, DEFAULT_SETTINGS, prepare(raw, roles, DEFAULT_SETTINGS));

const VICTIM = 'user_id:victim';
const EVIL = 'phone:t1.evil';
const traits = { name: '李晓东', birthday: '1990-01-15', address: { city: '上海' } };

let world: StitchWorld;
const identify = (keys: readonly string[], over: Partial<CleanEvent>): CleanEvent =>
  cleanEvent(keys, { type: 'identify', traits, ...over });
const kindsFor = async (key: string): Promise<string[]> =>
  (await matchAsTheyCome([key], model, world.deps)).map(({ kind }) => kind);

beforeEach(async () => {
  world = stitchWorld();
  await stitch([identify([VICTIM], { verified: true, source_id: 'crm' })], world.deps);
  await matchAsTheyCome([VICTIM], model, world.deps);
});

describe('whoever says through a public key that he has the name and the birth date of a member', () => {
  it('has his number joined to the member by nobody but a human', async () => {
    await stitch([identify([EVIL, 'anonymous_id:evils'], { verified: false })], world.deps);
    expect(await kindsFor(EVIL)).toEqual(['review']);
  });

  it('is believed where the company’s own system says the same of that number', async () => {
    const said = { verified: true, source_id: 'shop' };
    await stitch([identify([EVIL], { verified: false }), identify([EVIL], said)], world.deps);
    expect(await kindsFor(EVIL)).toEqual(['link']);
  });

  it('is believed of a browser, which a page may attach to a member anyway', async () => {
    await stitch([identify(['anonymous_id:c'], { verified: false })], world.deps);
    expect(await kindsFor('anonymous_id:c')).toEqual(['link']);
  });

  it('is not stopped by what no model compares', async () => {
    const theme = identify([VICTIM], { verified: false, traits: { theme: 'dark' } });
    await stitch([theme, identify([EVIL], { verified: true, source_id: 'shop' })], world.deps);
    expect(await kindsFor(EVIL)).toEqual(['link']);
  });
});
