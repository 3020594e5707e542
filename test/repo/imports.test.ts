import { describe, expect, it } from 'vitest';
import { importGraph, importsOf, typeScriptIn } from '../support/source-tree.ts';

/** This file holds samples that look like imports. */
const SELF = 'test/repo/imports.test.ts';
const graph = importGraph(typeScriptIn('schemas', 'functions', 'infra', 'local', 'test', 'bench'));
const edges = [...graph].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

/** The layer of a path: `schemas`, `functions/shared`, `functions/<stage>`, `infra`, `local` …; else a package. */
function layerOf(path: string): string {
  const [top = '', stage = ''] = path.split('/');
  if (top === 'functions') return `functions/${stage}`;
  return ['schemas', 'infra', 'local', 'test', 'bench'].includes(top) ? top : 'package';
}

/** Layers that a layer may import besides itself and packages. Tests and benchmarks may import everything. */
function allowed(layer: string): readonly string[] | 'everything' {
  if (layer === 'schemas') return [];
  if (layer === 'functions/shared') return ['schemas'];
  if (layer.startsWith('functions/')) return ['schemas', 'functions/shared'];
  return 'everything';
}

const wrong = edges.filter(({ from, to }) => {
  const [layer, target] = [layerOf(from), layerOf(to)];
  const may = allowed(layer);
  return target !== 'package' && target !== layer && may !== 'everything' && !may.includes(target);
});

/** Rings as paths from a file back to itself, each once. */
function rings(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}

describe('imports', () => {
  it('follow schemas ← functions/shared ← functions/<stage> ← infra, local', () => {
    expect(wrong.map(({ from, to }) => `${from} must not import ${to}`)).toEqual([]);
  });

  it('of schemas name nothing but typebox', () => {
    const packages = edges.filter(({ from, to }) => layerOf(from) === 'schemas' && layerOf(to) === 'package');
    expect(packages.filter(({ to }) => !/^typebox(\/|$)/.test(to))).toEqual([]);
  });

  it('of the product never name tests or benchmarks', () => {
    const product = edges.filter(({ from }) => !['test', 'bench'].includes(layerOf(from)));
    expect(product.filter(({ to }) => ['test', 'bench'].includes(layerOf(to)))).toEqual([]);
  });

  it('of infra and local stay apart: they share only what both bind', () => {
    const across = edges.filter(({ from, to }) => [layerOf(from), layerOf(to)].sort().join() === 'infra,local');
    expect(across).toEqual([]);
  });

  it('have no rings', () => {
    expect(rings(graph)).toEqual([]);
  });

  it('exist', () => {
    const missing = edges.filter(
      ({ from, to }) => from !== SELF && layerOf(to) !== 'package' && to.endsWith('.ts') && !graph.has(to),
    );
    expect(missing).toEqual([]);
    expect(edges.length).toBeGreaterThan(300);
  });
});

describe('the reader of imports', () => {
  it('finds every form', () => {
    const text = [
      "import a, {\n  type B,\n} from './a.ts';",
      "import type { C } from '../c.ts';",
      "export { d } from './d.ts';",
      "export * from './e.ts';",
      "import './f.ts';",
      "import g from './g.json' with { type: 'json' };",
      "const h = await import('./h.ts');",
      'const text = "told from \'nowhere\'";',
      'export const x = 1;',
    ].join('\n');
    expect(importsOf(text).sort()).toEqual(
      ['../c.ts', './a.ts', './d.ts', './e.ts', './f.ts', './g.json', './h.ts'].sort(),
    );
  });

  it('finds a ring of any length, once', () => {
    const three = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
    ]);
    expect(rings(three)).toEqual(['a → b → c → a']);
    expect(rings(new Map([['a', ['a']]]))).toEqual(['a → a']);
    expect(
      rings(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
        ]),
      ),
    ).toEqual([]);
  });
});
