import { describe, expect, it } from 'vitest';
import { projectFiles, textOf } from '../support/source-tree.ts';
import baseline from './baseline.json' with { type: 'json' };

/**
 * Look twice at a file longer than this; those that were there before are in the baseline, which may only shrink. Tests
 * hold tables of cases, which are long and easy to read.
 */
const lookTwiceAt = (path: string): number => (path.startsWith('test/') ? 300 : 200);
/** No file is longer than this, whatever the baseline says. */
const HARD_LIMIT_LINES = 350;

const files = projectFiles();
const code = files.filter((path) => /\.(ts|js)$/.test(path));
const written = files.filter((path) => /\.(ts|js|md|json|yml|sh|html|css|svg)$|^\.ci\//.test(path));

const known = (table: Readonly<Record<string, number>>, path: string): number => table[path] ?? 0;
const linesOf = (path: string): number => textOf(path).trimEnd().split('\n').length;

describe('file length', () => {
  const long = code
    .map((path) => ({ path, lines: linesOf(path) }))
    .filter(({ path, lines }) => lines > lookTwiceAt(path));

  it('of new files stays within bounds, and that of known long files does not grow', () => {
    const grown = long.filter(({ path, lines }) => lines > known(baseline.long_files, path));
    expect(grown.map(({ path, lines }) => `${path} has ${lines} lines; split it by what it is about`)).toEqual([]);
  });

  it('never passes 350 lines', () => {
    expect(long.filter(({ lines }) => lines > HARD_LIMIT_LINES)).toEqual([]);
  });

  it('has no entry in the baseline that is no longer needed', () => {
    const names = new Set(long.map(({ path }) => path));
    const stale = Object.keys(baseline.long_files).filter((path) => !names.has(path));
    expect(stale.map((path) => `take ${path} out of test/repo/baseline.json`)).toEqual([]);
  });

  it.each(code.filter((path) => /^functions\/\w+\/handler\.ts$/.test(path)))('of %s is at most 70 lines', (path) => {
    expect(linesOf(path)).toBeLessThanOrEqual(70);
  });
});

describe('type escapes', () => {
  const ESCAPE =
    /\bas unknown as\b|\bas any\b|: any\b(?=\s*[;,)=\]|>{}]|\[)|<any>|@ts-(?:ignore|nocheck|expect-error)/g;
  const counts = code
    .filter((path) => path.endsWith('.ts') && !path.startsWith('test/repo/'))
    .map((path) => ({ path, count: [...textOf(path).matchAll(ESCAPE)].length }))
    .filter(({ count }) => count > 0);

  it('may only become fewer', () => {
    const more = counts.filter(({ path, count }) => count > known(baseline.type_escapes, path));
    expect(more.map(({ path, count }) => `${path} has ${count}; say the type, or check the value`)).toEqual([]);
  });

  it('have no entry in the baseline that is no longer needed', () => {
    const names = new Set(counts.map(({ path }) => path));
    expect(Object.keys(baseline.type_escapes).filter((path) => !names.has(path))).toEqual([]);
  });
});

describe('no project file', () => {
  const SELF = 'test/repo/ratchets.test.ts';
  const BANNED: readonly (readonly [what: string, pattern: RegExp])[] = [
    [
      'names a package registry or mirror by host',
      /https?:\/\/[^/\s'"]*(?:registry|mirror|nexus|artifactory)[^/\s'"]*/i,
    ],
    ["names a path of somebody's machine", /(?:^|[\s'"`(=:])\/(?:work|home|Users|root)\/\w/m],
    ['has a to-do without an owner, as in TODO(name)', /\b(?:TODO|FIXME|XXX)\b(?!\(\w)/],
    ['switches a test off or runs it alone', /\b(?:it|test|describe)\.(?:only|skip|todo)\b/],
    ['sleeps in a test', /^(?!.*\bbackoff\b).*\bawait (?:sleep|delay)\(\d/m],
  ];

  it.each(BANNED)('%s', (_, pattern) => {
    const hits = written
      .filter((path) => path !== SELF && path !== 'package-lock.json')
      .filter((path) => pattern.test(textOf(path)))
      .map((path) => `${path}: ${pattern.exec(textOf(path))?.[0]?.trim()}`);
    expect(hits).toEqual([]);
  });

  it('ties the lock file to one registry', () => {
    expect(textOf('package-lock.json')).not.toContain('"resolved"');
  });
});

it('reads the environment in one file only', () => {
  const readers = code.filter((path) => !path.startsWith('test/') && /\bprocess\s*\.\s*env\b/.test(textOf(path)));
  expect(readers).toEqual(['functions/shared/env.ts']);
});

it('locks the packages of every platform, without which npm ci refuses to start', () => {
  const { packages } = JSON.parse(textOf('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});
