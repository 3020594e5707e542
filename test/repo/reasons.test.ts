import { describe, expect, it } from 'vitest';
import { REASONS } from '../../schemas/reasons.ts';
import { textOf, typeScriptIn } from '../support/source-tree.ts';
import baseline from './baseline.json' with { type: 'json' };

const sources = typeScriptIn('functions', 'local', 'infra')
  .filter((path) => !path.startsWith('local/seed/') && !path.startsWith('local/page/'))
  .map((path) => ({ path, text: textOf(path) }));

const registered = Object.keys(REASONS);

/** Why identity does not follow a piece of evidence is a matter of its own: it refuses an edge, never an event. */
const OTHER_REASONS = /^functions\/(?:shared\/identity\/|serve\/explain\.ts$)/;

const gives = (text: string, reason: string): boolean =>
  new RegExp(`['"\`]${reason}['"\`]|REASONS\\.${reason}\\b|\\b${reason}: `).test(text);

describe('the reasons registry', () => {
  it.each(registered.filter((reason) => !baseline.reasons_for_later.includes(reason)))(
    '%s is given somewhere',
    (reason) => {
      expect(sources.filter(({ text }) => gives(text, reason)).map(({ path }) => path)).not.toEqual([]);
    },
  );

  it('calls no reason one for later that is given today', () => {
    const given = baseline.reasons_for_later.filter((reason) => sources.some(({ text }) => gives(text, reason)));
    expect(given.map((reason) => `take ${reason} out of test/repo/baseline.json`)).toEqual([]);
  });

  it('holds every reason that is given', () => {
    const GIVEN = /(?:\breason: |\bfinding\(\s*|\brefuse\w*\(\s*|\bquarantine\w*\(\s*|\bnotSent\(\s*)'([a-z][a-z_]+)'/g;
    const given = sources
      .filter(({ path }) => !OTHER_REASONS.test(path))
      .flatMap(({ path, text }) => [...text.matchAll(GIVEN)].map(([, reason = '']) => ({ path, reason })));
    expect(given.filter(({ reason }) => !registered.includes(reason))).toEqual([]);
    expect(given.length).toBeGreaterThan(20);
  });

  it.each(Object.entries(REASONS))('%s says what to do, and has a status exactly where it refuses', (_, reason) => {
    expect(reason.title.length).toBeGreaterThan(3);
    expect(reason.fix).toMatch(/\.$/);
    expect('status' in reason).toBe(reason.outcome === 'refused');
  });

  it('is told in Chinese on the first page, reason by reason', () => {
    const page = textOf('local/page/reasons.js');
    const told = [...page.matchAll(/^ {2}([a-z0-9_]+): \{/gm)].map(([, reason = '']) => reason);
    expect(registered.filter((reason) => !told.includes(reason))).toEqual([]);
    expect(told.filter((reason) => !registered.includes(reason))).toEqual([]);
  });
});
