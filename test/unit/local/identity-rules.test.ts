import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../functions/shared/identity/resolve.ts';
import { prepareRules } from '../../../local/rules/prepare.ts';
import { importSegment } from '../../../local/rules/segment.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { tokenise } from '../../support/ingest.ts';

const prepare = (blocked_values: readonly string[]) =>
  prepareRules({ ...SHIPPED_RULES, blocked_values }, { token: tokenise, defaultRegion: 'CN' }).blocked_values;

describe('rules as a human wrote them', () => {
  it('block one phone or address by its token, however it is spelled', () => {
    const [a, b, c] = prepare(['phone:138 0013 8000', 'phone:+86-13800138000', 'email:A@Example.COM']);
    expect(a).toMatch(/^phone:t1\./);
    expect([a, c]).toEqual([b, `email:${tokenise('email', 'a@example.com')}`]);
    expect(prepare([a ?? ''])).toEqual([a]);
  });

  it('keep plain values, and keys of types that are not personal', () => {
    expect(prepare(['n/a', 'user_id:test', 'openid:wx1:o1', 'foo:bar'])).toEqual([
      'n/a',
      'user_id:test',
      'openid:wx1:o1',
      'foo:bar',
    ]);
  });

  it.each([['phone:12'], ['openid:o1'], ['email:nobody']])('name the place of %s, not the value', (entry) => {
    const value = entry.split(':')[1] ?? '';
    expect(() => prepare(['n/a', entry])).toThrow('/blocked_values/1');
    expect(() => prepare(['n/a', entry])).not.toThrow(value);
  });

  it('are refused when they are no rules', () => {
    expect(() => prepareRules([], { token: tokenise, defaultRegion: 'CN' })).toThrow('one JSON object');
  });
});

describe('settings of Segment', () => {
  const CONSOLE = {
    identifiers: [
      { name: 'anonymous_id', priority: 3, limit: { value: 5, frequency: 'weekly' } },
      { name: 'user_id', priority: 1, limit: { value: 1, frequency: 'Ever' }, blockedValues: ['abc123', 'Void'] },
      {
        name: 'email',
        priority: 2,
        limit: 5,
        blockedValues: [
          { value: '^[0-]*$', type: 'pattern' },
          { value: '(?<', type: 'regex' },
        ],
      },
      { name: 'ga_client_id', priority: 4, limit: { value: 3, frequency: 'fortnightly' } },
      { name: 'android.id', priority: 5, limit: { value: 5, frequency: 'annually' } },
      { name: 'ios.id', priority: 6, limit: 2 },
    ],
  };

  it('become limits, windows, order and blocked values', () => {
    const { rules, untranslated } = importSegment(CONSOLE, SHIPPED_RULES);
    expect(rules.version).toBe(SHIPPED_RULES.version + 1);
    expect(rules.types.map(({ type }) => type).slice(0, 5)).toEqual([
      'user_id',
      'email',
      'anonymous_id',
      'ga_client_id',
      'device_id',
    ]);
    const of = (type: string) => rules.types.find((rule) => rule.type === type);
    expect(of('anonymous_id')).toMatchObject({ limit: 5, limit_window: 'week' });
    expect(of('user_id')).toMatchObject({ limit: 1, limit_window: 'ever', strong: true });
    expect(of('device_id')).toMatchObject({ limit: 5, limit_window: 'year' });
    expect(rules.blocked_values).toEqual(expect.arrayContaining(['abc123', 'void', 'n/a']));
    expect(rules.blocked_patterns).toEqual(['[0-]*']);
    expect(() => compileRules(rules)).not.toThrow();
    const all = untranslated.join('\n');
    expect(all).toContain('email: blocked value 2 is no pattern');
    expect(all).toContain('"fortnightly" has no counterpart');
    expect(all).toContain('ga_client_id: became the type ga_client_id');
    expect(all).toContain('ios.id: is device_id here');
    expect(all).toContain('Not in the settings, kept as they were');
  });

  it('are read as the Memory API answers them, in the order of its matching rules', () => {
    const answer = {
      identifierConfigs: [
        {
          idType: 'email',
          matchingAlgo: 'exact',
          normalization: 'email',
          enforceUnique: true,
          limit: 10,
          limitPolicy: 'fifo',
        },
        { idType: 'phone', matchingAlgo: 'fuzzy', matchingThreshold: 80 },
      ],
      matchingRules: ['phone', 'email'],
      version: 3,
    };
    const { rules, untranslated } = importSegment(answer, SHIPPED_RULES);
    expect(rules.types.map(({ type }) => type).slice(0, 2)).toEqual(['phone', 'email']);
    expect(rules.types[1]?.limit).toBe(10);
    expect(untranslated.join('\n')).toMatch(/fuzzy matching was left out[\s\S]*limitPolicy was left out/);
  });

  it('that are something else are refused', () => {
    for (const given of [3, {}, { identifiers: [] }, { data: { identifiers: 'x' } }]) {
      expect(() => importSegment(given, SHIPPED_RULES)).toThrow(/identifiers/);
    }
  });
});
