import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../schemas/catalogue.ts';
import { ROOT } from '../../support/source-tree.ts';

const FOLDER = join(ROOT, 'schemas/examples');

/** A value that must be refused: where (JSON pointer; empty for the whole), and why we want that. */
interface BadExample {
  readonly fails_at: string;
  readonly because: string;
  readonly value: unknown;
}

const read = (name: string, file: string): unknown => JSON.parse(readFileSync(join(FOLDER, name, file), 'utf8'));

it('has examples of every contract, and of nothing else', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(CATALOGUE).sort());
});

describe.each(Object.entries(CATALOGUE))('the contract %s', (name, { schema }) => {
  const validator = Compile(schema);
  const files = readdirSync(join(FOLDER, name));
  const good = files.filter((file) => file.startsWith('good-'));
  const bad = files.filter((file) => file.startsWith('bad-'));

  it('has at least one good and two bad examples', () => {
    expect(good.length).toBeGreaterThanOrEqual(1);
    expect(bad.length).toBeGreaterThanOrEqual(2);
    expect(files.filter((file) => !/^(?:good|bad)-[a-z0-9-]+\.json$/.test(file))).toEqual([]);
  });

  it.each(good)('accepts %s', (file) => {
    expect([...validator.Errors(read(name, file))]).toEqual([]);
    expect(validator.Check(read(name, file))).toBe(true);
  });

  it.each(bad)('refuses %s at the place it names', (file) => {
    const { fails_at, because, value } = read(name, file) as BadExample;
    expect(because).toMatch(/\.$/);
    expect(validator.Check(value)).toBe(false);
    const places = [...validator.Errors(value)].map((error) => error.instancePath);
    expect(places).toContain(fails_at);
    // Nothing else is wrong with it: a second mistake would hide that the first is no longer found.
    expect(places.filter((place) => !place.startsWith(fails_at) && !fails_at.startsWith(place))).toEqual([]);
  });
});
