import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileDefinitions, loadDefinitions } from '../../../../functions/shared/definitions.ts';
import { type PersonState, tokensOf, viewPerson } from '../../../../functions/shared/person/read.ts';
import { type Aggregate, emptyAggregate, mergeAggregates } from '../../../../functions/shared/profile/aggregate.ts';
import type { Cell } from '../../../../functions/shared/profile/cells.ts';
import { consentTo } from '../../../../functions/shared/profile/consents.ts';
import {
  compileSurvivorship,
  LATEST_WINS,
  SurvivorshipError,
  survivorOf,
} from '../../../../functions/shared/profile/survivorship.ts';
import type { CleanEvent } from '../../../../schemas/event.ts';
import type { Trait } from '../../../../schemas/profile.ts';
import type { Survivorship } from '../../../../schemas/survivorship.ts';
import { blocksOf } from '../../../support/markdown.ts';
import { folded } from '../../../support/profile.ts';
import { textOf } from '../../../support/source-tree.ts';
import { cleanEvent, NOW, SHIPPED } from '../../../support/stitch.ts';

const rules = (traits: Survivorship['traits'], fallback: string[] = []) =>
  compileSurvivorship({ version: 1, owner: 'tests', default: fallback, traits });

const said = (source: string, day: number, v: unknown, id = 'e1'): Cell<unknown> => ({
  ...{ v, id, source },
  at: `2026-03-0${day}T00:00:00.000Z`,
});

const identify = (source_id: string, day: number, traits: Record<string, unknown>) =>
  cleanEvent(['user_id:m1'], {
    ...{ type: 'identify', name: 'identify', source_id, traits },
    occurred_at: `2026-03-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  });

const verifiedly = (event: CleanEvent): CleanEvent => ({ ...event, verified: true });

const stateOf = (aggregate: Aggregate): PersonState => ({
  person: { one_id: 'p_1', founder: 'user_id:m1', members: ['user_id:m1'], shared: false },
  aggregate,
  first_seen: {},
  component: undefined,
});

const basicOf = (aggregate: Aggregate, survivorship = LATEST_WINS) =>
  viewPerson(stateOf(aggregate), {
    definitions: compileDefinitions([], [], survivorship),
    rules: SHIPPED,
    now: NOW,
  }).profile.basic;

describe('who is believed', () => {
  const cells = [said('app', 1, 'a'), said('crm', 2, 'b'), said('web', 3, 'c')];
  const winner = (survivorship: ReturnType<typeof rules>, trait = 'birthday') =>
    survivorOf(trait, cells, survivorship).cell.source;

  test('without a rule the latest', () => expect(winner(LATEST_WINS)).toBe('web'));
  test('the higher source, however old', () => expect(winner(rules({ birthday: ['app', 'crm'] }))).toBe('app'));
  test('a trait of its own rule leaves the default aside', () => {
    expect(winner(rules({ birthday: [] }, ['app']))).toBe('web');
    expect(winner(rules({ birthday: [] }, ['app']), 'city')).toBe('app');
  });
  test('the latest of those that are not named, which come last', () => {
    expect(winner(rules({ birthday: ['pos'] }))).toBe('web');
  });
  test('* is the place of those that are not named', () =>
    expect(winner(rules({ birthday: ['*', 'web'] }))).toBe('crm'));
  test('a trait named like a prototype is a trait', () => {
    expect(winner(rules(JSON.parse('{"__proto__":["app"]}')), '__proto__')).toBe('app');
    expect(winner(rules({}), 'constructor')).toBe('web');
  });

  test('ties go by event id, then value, then source, in any order', () => {
    const ties = [said('crm', 1, 'x'), said('web', 1, 'x'), said('app', 1, 'y'), said('pos', 1, 'a', 'e2')];
    fc.assert(
      fc.property(fc.shuffledSubarray(ties, { minLength: 1 }), (list) => {
        const order = ['pos', 'app', 'web', 'crm'].filter((source) => list.some((cell) => cell.source === source));
        const { cell, over } = survivorOf('city', list, LATEST_WINS);
        expect([cell, ...over].map(({ source }) => source)).toEqual(order);
      }),
    );
  });
});

describe('the profile', () => {
  const aggregate = folded([
    identify('crm', 1, { level: 'silver', city: '上海' }),
    identify('web', 2, { level: 'diamond' }),
    identify('app', 3, { level: 'gold' }),
  ]);

  test('shows who won, why, and over whom', () => {
    expect(basicOf(aggregate, rules({ level: ['crm'] }))).toEqual({
      city: { value: '上海', at: '2026-03-01T00:00:00.000Z', source_id: 'crm' },
      level: {
        value: 'silver',
        at: '2026-03-01T00:00:00.000Z',
        source_id: 'crm',
        won_by: 'priority',
        over: [
          { value: 'gold', at: '2026-03-03T00:00:00.000Z', source_id: 'app' },
          { value: 'diamond', at: '2026-03-02T00:00:00.000Z', source_id: 'web' },
        ],
      },
    });
  });

  test('a changed rule repairs the past, and taken back leaves the same bytes', () => {
    const before = JSON.stringify(basicOf(aggregate));
    expect(basicOf(aggregate).level).toMatchObject({ value: 'gold', won_by: 'time' });
    expect(basicOf(aggregate, rules({}, ['web'])).level).toMatchObject({ value: 'diamond', won_by: 'priority' });
    expect(JSON.stringify(basicOf(aggregate))).toBe(before);
  });

  test('a merge of two identifiers decides between all their sources', () => {
    const other = folded([identify('crm', 9, { level: 'none' })]);
    const merged = mergeAggregates([aggregate, other]);
    expect(basicOf(merged, rules({ level: ['crm'] })).level).toMatchObject({ value: 'none', source_id: 'crm' });
    expect(basicOf(merged, rules({ level: ['crm'] })).level?.over).toHaveLength(2);
  });

  test('of too many sources those that spoke last are kept', () => {
    const many = Array.from({ length: 12 }, (_, n) => identify(`source${n}`, 1 + (n % 9), { city: n }));
    const { city } = basicOf(folded(many));
    expect([city?.source_id, ...(city?.over ?? []).map(({ source_id }) => source_id)]).toEqual(
      [8, 7, 6, 5, 4, 3, 2, 11].map((n) => `source${n}`),
    );
  });

  test('a profile stored before sources were kept apart is read as it is', () => {
    const stored: Aggregate = { ...emptyAggregate(), events: 1, traits: { level: said('web', 1, 'gold') } };
    const merged = mergeAggregates([stored, folded([verifiedly(identify('crm', 2, { level: 'silver' }))])]);
    expect(basicOf(stored).level).toEqual({ value: 'gold', at: '2026-03-01T00:00:00.000Z', source_id: 'web' });
    expect(basicOf(merged, rules({}, ['web'])).level).toMatchObject({ value: 'gold', won_by: 'priority' });
  });

  test('asks the vault for the values of all sources, since it shows them all', () => {
    const tokens = folded([identify('crm', 1, { phone: 't1.a' }), identify('web', 2, { phone: 't1.b' })]);
    expect(tokensOf(stateOf(tokens)).sort()).toEqual(['t1.a', 't1.b']);
  });
});

describe('what anybody could have said', () => {
  const attested = (event: CleanEvent): CleanEvent => ({ ...event, attested: [event.owner] });
  const crm = verifiedly(identify('crm', 1, { city: 'Beijing' }));
  const page = identify('web', 2, { city: 'Nowhere' });
  const equal = compileSurvivorship({ version: 1, owner: 'crm', unverified: 'equal', default: [], traits: {} });

  test('does not replace what is verified, however late it is said', () => {
    expect(basicOf(folded([crm, page])).city).toMatchObject({ value: 'Beijing', won_by: 'verified' });
    expect(basicOf(folded([page, crm])).city?.over).toMatchObject([{ value: 'Nowhere', source_id: 'web' }]);
  });

  test('counts where nothing verified was said, and where a company wants it so', () => {
    expect(basicOf(folded([page])).city?.value).toBe('Nowhere');
    expect(basicOf(folded([crm, page]), equal).city).toMatchObject({ value: 'Nowhere', won_by: 'time' });
  });

  test('is not what the owner says with an identity token; and nobody replaces that through the same source', () => {
    const own = attested(identify('web', 2, { city: 'Shanghai' }));
    const later = identify('web', 3, { city: 'Nowhere' });
    for (const order of [
      [crm, own, later],
      [later, own, crm],
    ]) {
      expect(basicOf(folded(order)).city).toMatchObject({ value: 'Shanghai', won_by: 'time' });
    }
  });

  test('drops out first where more sources spoke than are kept', () => {
    const many = Array.from({ length: 12 }, (_, n) => identify(`web${n}`, 10 + n, { city: `${n}` }));
    expect(basicOf(folded([...many, crm])).city?.value).toBe('Beijing');
    expect(basicOf(folded([crm, ...many])).city?.value).toBe('Beijing');
  });

  test('may refuse a consent, and not give one that was refused', () => {
    const says = (event: CleanEvent, granted: boolean) => ({ ...event, consent: { marketing: granted } });
    const holds = (...events: CleanEvent[]) => consentTo(folded(events), 'marketing')?.v;
    expect(holds(says(crm, false), says(page, true))).toBe(false);
    expect(holds(says(crm, true), says(page, false))).toBe(false);
    expect(holds(says(page, false), says(verifiedly(identify('crm', 3, {})), true))).toBe(true);
    expect(holds(says(page, true))).toBe(true);
  });
});

describe('the file', () => {
  test('of the how-to guide does what the guide says', () => {
    const [file = '', shown = ''] = blocksOf(textOf('docs/how-to/choose-which-source-wins.md'), 'json');
    const survivorship = compileSurvivorship(JSON.parse(file));
    const { level } = JSON.parse(shown) as Record<string, Trait>;
    const events = [level, ...(level?.over ?? [])].map((trait) =>
      cleanEvent(['user_id:m1'], {
        ...{ type: 'identify', name: 'identify', source_id: trait?.source_id ?? '', traits: { level: trait?.value } },
        occurred_at: trait?.at ?? '',
      }),
    );
    expect(basicOf(folded(events), survivorship)).toEqual({ level });
  });

  test('that ships believes the CRM about membership', () => {
    const { survivorship } = loadDefinitions();
    const cells = [said('crm', 1, 'silver'), said('web', 3, 'gold')];
    expect(survivorOf('level', cells, survivorship).cell.v).toBe('silver');
    expect(survivorOf('city', cells, survivorship).cell.v).toBe('gold');
  });

  test.each([
    [{ version: 1, owner: 'x', default: ['web', 'web'], traits: {} }, '/default names a source twice'],
    [{ version: 1, owner: 'x', default: [], traits: { a: ['*', '*'] } }, '/traits/a names a source twice'],
    [{ version: 1, owner: 'x', default: ['Web shop'], traits: {} }, '/default/0'],
    [{ version: 1, owner: 'x', default: [] }, 'required properties traits'],
  ])('%j is refused', (file, message) => {
    expect(() => compileSurvivorship(file)).toThrow(SurvivorshipError);
    expect(() => compileSurvivorship(file)).toThrow(message);
  });
});
