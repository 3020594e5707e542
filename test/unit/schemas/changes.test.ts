import Type, { type TObjectOptions, type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../schemas/catalogue.ts';
import published from '../../../schemas/fingerprints.json' with { type: 'json' };
import { breakingChanges, type JsonSchema } from '../../support/schema-changes.ts';

const asJson = (schema: unknown): JsonSchema => JSON.parse(JSON.stringify(schema)) as JsonSchema;
const known = new Map(Object.entries<unknown>(published));

describe.each(Object.entries(CATALOGUE))('the contract %s', (name, { schema, version }) => {
  const key = `${name}/${version}`;

  it('breaks with nothing that was published under its version', () => {
    const breaks = breakingChanges(asJson(known.get(key) ?? schema), asJson(schema));
    const help = `Raise the version of "${name}" in schemas/catalogue.ts and convert what is stored, or take the change back.`;
    expect(breaks, help).toEqual([]);
  });

  it('is written down as it is', () => {
    expect(asJson(schema), 'Run: node test/support/record-fingerprints.ts').toEqual(known.get(key));
  });
});

it('forgets no published version', () => {
  for (const [name, { version }] of Object.entries(CATALOGUE)) {
    for (let earlier = 1; earlier <= version; earlier++) expect(published).toHaveProperty([`${name}/${earlier}`]);
  }
});

describe('a change', () => {
  const closed = { additionalProperties: false };
  const before = Type.Object(
    {
      id: Type.String({ pattern: '^[a-z]+$', maxLength: 10 }),
      n: Type.Optional(Type.Integer({ minimum: 0 })),
      kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
      list: Type.Array(Type.Object({ x: Type.Number() }), { maxItems: 3 }),
      map: Type.Record(Type.String(), Type.Boolean()),
    },
    closed,
  );
  const changed = (fields: Record<string, TSchema>, options: TObjectOptions = closed) =>
    breakingChanges(asJson(before), asJson(Type.Object({ ...before.properties, ...fields }, options)));
  const without = (...names: string[]) => {
    const left = Object.entries(before.properties).filter(([name]) => !names.includes(name));
    return breakingChanges(asJson(before), asJson(Type.Object(Object.fromEntries(left), closed)));
  };

  it.each<[string, string[]]>([
    ['nothing', changed({})],
    ['a new optional field', changed({ extra: Type.Optional(Type.String()) })],
    ['wider bounds', changed({ id: Type.String({ pattern: '^[a-z]+$', maxLength: 20 }) })],
    ['a bound less', changed({ n: Type.Optional(Type.Integer()) })],
    ['any number instead of an integer', changed({ n: Type.Optional(Type.Number({ minimum: 0 })) })],
    ['one more alternative', changed({ kind: Type.Union(['a', 'b', 'c'].map((k) => Type.Literal(k))) })],
    ['an open object', changed({}, {})],
  ])('is fine when it is %s', (_, breaks) => expect(breaks).toEqual([]));

  it.each<[string, string[], RegExp]>([
    ['a field removed', without('n'), /^\/n: the field was removed$/],
    ['a field renamed', [...without('id'), ...changed({ ident: Type.String() })], /^\/id: the field was removed$/],
    ['a new required field', changed({ extra: Type.String() }), /^\/extra: the field is required and was not$/],
    ['an optional field made required', changed({ n: Type.Integer({ minimum: 0 }) }), /^\/n: the field is required/],
    ['a required field made optional', changed({ id: Type.Optional(before.properties.id) }), /^\/id: readers rely/],
    ['another type', changed({ n: Type.Optional(Type.String()) }), /^\/n: the type was integer and is string$/],
    [
      'an integer instead of any number',
      changed({ list: Type.Array(Type.Object({ x: Type.Integer() }), { maxItems: 3 }) }),
      /^\/list\/\*\/x: the type/,
    ],
    [
      'a tighter length',
      changed({ id: Type.String({ pattern: '^[a-z]+$', maxLength: 9 }) }),
      /^\/id: maxLength was 10 and is 9$/,
    ],
    ['another pattern', changed({ id: Type.String({ pattern: '^[a-y]+$', maxLength: 10 }) }), /^\/id: pattern was/],
    ['a higher minimum', changed({ n: Type.Optional(Type.Integer({ minimum: 1 })) }), /^\/n: minimum was 0 and is 1$/],
    [
      'an alternative less',
      changed({ kind: Type.Literal('a') }),
      /^\/kind: the alternative "b" is no longer accepted$/,
    ],
    [
      'shorter lists',
      changed({ list: Type.Array(Type.Object({ x: Type.Number() }), { maxItems: 2 }) }),
      /^\/list: maxItems/,
    ],
    ['another type of a map', changed({ map: Type.Record(Type.String(), Type.String()) }), /^\/map\/\*: the type/],
    [
      'a closed object',
      breakingChanges(asJson(Type.Object({})), asJson(Type.Object({}, closed))),
      /^\/: further fields/,
    ],
  ])('breaks when it is %s', (_, breaks, expected) => {
    expect(
      breaks.some((text) => expected.test(text)),
      breaks.join('\n'),
    ).toBe(true);
  });
});
