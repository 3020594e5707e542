import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFiles, ROOT } from '../support/source-tree.ts';

const STAGES = ['clean', 'collect', 'connect', 'fire', 'import', 'lake', 'redrive', 'serve', 'stitch'];
const files = projectFiles();

const stageFolders = readdirSync(join(ROOT, 'functions')).filter((name) => name !== 'shared');

it('has one folder per stage, and each is known here', () => {
  expect(stageFolders.sort()).toEqual(STAGES);
});

it.each(STAGES)('%s has one stack of the same name', (stage) => {
  expect(files).toContain(`infra/${stage}.ts`);
});

it.each(STAGES)('%s has unit tests in a folder of the same name', (stage) => {
  expect(files.filter((path) => path.startsWith(`test/unit/${stage}/`) && path.endsWith('.test.ts'))).not.toEqual([]);
});

it.each(STAGES)('%s has tests of its stack', (stage) => {
  expect(files.some((path) => path === `test/infra/${stage}.case.ts`)).toBe(true);
});

it.each(STAGES)('%s has a handler and a typed environment', (stage) => {
  expect(files).toEqual(expect.arrayContaining([`functions/${stage}/handler.ts`, `functions/${stage}/env.ts`]));
});

it('has no unit-test folder without something of that name to test', () => {
  const tested = new Set(files.filter((path) => path.startsWith('test/unit/')).map((path) => path.split('/')[2] ?? ''));
  expect(
    [...tested].filter(
      (name) => ![...STAGES, 'schemas', 'shared', 'protocols', 'local', 'infra', 'bench'].includes(name),
    ),
  ).toEqual([]);
});
