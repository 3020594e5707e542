import { describe, expect, it } from 'vitest';
import { callerOf } from '../../../local/operator.ts';
import { operatorHeader } from '../../../local/page/action-dialog.js';
import { ApiError } from '../../../local/page/api.js';
import { changesOf } from '../../../local/page/audit-trail.js';
import { says } from '../../../local/page/evidence.js';
import { formatPercent } from '../../../local/page/format.js';
import { MESSAGES } from '../../../local/page/messages.js';
import { identifierName, personName, reasonShown } from '../../../local/page/naming.js';
import { readSearch } from '../../../local/page/search.js';
import { errorText } from '../../../local/page/text.js';
import { barsOf, stepsOf } from '../../../local/page/waterfall.js';
import { EvidenceKind } from '../../../schemas/evidence.ts';
import type { Person } from '../../../schemas/profile.ts';

describe('what is typed to find a person', () => {
  it.each([
    ['p_jbvcfug2s4tyh7jawhpf', { oneId: 'p_jbvcfug2s4tyh7jawhpf' }],
    ['  openid:wx1:oABC ', { identifiers: ['openid:wx1:oABC'] }],
    ['phone：138 0013 8000', { identifiers: ['phone:138 0013 8000'] }],
    ['138-0013-8000', { identifiers: ['phone:138-0013-8000', 'user_id:138-0013-8000'] }],
    ['＋８６１３８００１３８０００', { identifiers: ['phone:+8613800138000', 'user_id:+8613800138000'] }],
    ['li＠example.com', { identifiers: ['email:li@example.com', 'user_id:li@example.com'] }],
    ['m36', { identifiers: ['user_id:m36', 'anonymous_id:m36', 'device_id:m36'] }],
  ])('%s is read by its form', (text, search) => {
    expect(readSearch(text)).toEqual(search);
  });

  it('may be a cookie or a device, and is nothing when empty', () => {
    const cookie = '095c9a75-b689-4a67-9a00-0a2f970e33c7';
    expect(readSearch(cookie)).toEqual({
      identifiers: [`anonymous_id:${cookie}`, `device_id:${cookie}`, `user_id:${cookie}`],
    });
    expect(readSearch(' 　')).toBeUndefined();
  });
});

const person: Person = {
  one_id: 'p_1',
  shared: false,
  first_seen: '',
  last_seen: '',
  identifiers: [{ type: 'phone', value: '+8613800138000', key: 'phone:t1.abcdEU3D', first_seen: '' }],
  profile: {
    basic: {},
    behaviour: { events: 0, events_by_name: {}, channels: {}, time_zone: null },
    predicted: {},
  },
  tags: {},
  consents: {},
};

describe('names', () => {
  it('show a personal value only where the API revealed it, and never a token', () => {
    expect(identifierName('phone:t1.abcdEU3D', person)).toBe('Phone +8613800138000');
    expect(identifierName('phone:t1.abcdEU3D')).toBe('Phone ••EU3D');
    expect(identifierName('user_id:a-very-long-member-id')).toBe('Member ID a-very-long-member-id');
    expect(identifierName('anonymous_id:095c9a75-b689')).toBe('Cookie 095c9a75…');
    expect(identifierName('loyalty_no:7')).toBe('loyalty_no 7');
    expect(personName(person)).toBe('Phone +8613800138000');
    expect(reasonShown('t1.yoM0n_lMkTG5VMvB-x is not his; at1.x')).toBe('•• is not his; at1.x');
  });

  it('of operators reach the server in any script', () => {
    expect(operatorHeader('  ')).toEqual({});
    const headers = operatorHeader(' 王芳 ');
    expect([...(headers['x-operator'] ?? '')].every((char) => char.charCodeAt(0) < 256)).toBe(true);
    expect(callerOf({ method: 'POST', path: '/', query: {}, headers, body: Buffer.alloc(0) })).toBe('王芳');
  });
});

describe('evidence in words', () => {
  const edge = {
    a: 'user_id:a',
    b: 'user_id:b',
    verified: true,
    confidence: 0.874,
    first_seen: '',
    source_id: 'crm',
    event_id: '',
  };
  const name = (key: string): string => key;

  it.each(EvidenceKind.anyOf.map((kind) => kind.const).filter((kind) => kind !== 'retract'))(
    '%s has a sentence',
    (kind) => {
      const sentence = says({ ...edge, kind, declared: { by: 'anna', why: 'x' } }, name);
      expect(sentence).toContain('user_id:a');
      expect(sentence).not.toMatch(/says\.|[{}]/);
    },
  );

  it('says who, how sure, and that one identifier was released', () => {
    expect(says({ ...edge, kind: 'probabilistic' }, name)).toContain('87 %');
    expect(says({ ...edge, kind: 'bind' }, name)).toMatch(/^Source crm bound/);
    expect(says({ ...edge, b: 'user_id:a', kind: 'unbind' }, name)).toContain('released user_id:a');
    expect([formatPercent(0.9999), formatPercent(1)]).toEqual(['99 %', '100 %']);
  });

  it('tells every refusal', () => {
    const refusals = 'unsure retracted released blocked shared degree unique limit split attach_never_merge'.split(' ');
    expect(refusals.filter((reason) => !(`refusal.${reason}` in MESSAGES))).toEqual([]);
  });
});

describe('the record of changes', () => {
  const row = (event_id: string, action: string, ...identifiers: string[]) => ({
    event_id,
    action,
    identifiers,
    actor: 'anna',
    why: 'because',
    occurred_at: '2026-11-22T00:00:00.000Z',
    received_at: '2026-11-22T00:00:00.000Z',
  });

  it('shows a split as one change, though it parts several pairs', () => {
    const [change, ...others] = changesOf([row('op.2', 'unbind', 'c', 'b'), row('op.1', 'unbind', 'c', 'a')]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ action: 'unbind', identifiers: ['c', 'b', 'a'], undone: false });
    expect(change?.declared).toEqual([
      ['c', 'b'],
      ['c', 'a'],
    ]);
  });

  it('marks what was taken back later, and only that', () => {
    const changes = changesOf([
      row('e5', 'merge', 'a', 'b'),
      row('e4', 'unmerge', 'b', 'a'),
      row('e3', 'merge', 'a', 'b'),
      row('e2', 'unbind', 'a'),
      row('e1', 'merge', 'a', 'c'),
    ]);
    expect(changes.map(({ action, undone }) => [action, undone])).toEqual([
      ['merge', false],
      ['unmerge', false],
      ['merge', true],
      ['release', false],
      ['merge', false],
    ]);
  });

  it('shows what one dialog sent in several calls as one change', () => {
    const go = 'page-0b7c8f5e-1f3a-4a52-9a51-5a0c6a2f7d11';
    const changes = changesOf([row(`${go}-1`, 'unmerge', 'c', 'b'), row(`${go}-0`, 'unmerge', 'c', 'a')]);
    expect(changes).toMatchObject([{ action: 'unmerge', identifiers: ['c', 'b', 'a'] }]);
  });

  it('counts a split as taken back only when all its pairs are', () => {
    const split = [row('op.2', 'unbind', 'c', 'b'), row('op.1', 'unbind', 'c', 'a')];
    const half = changesOf([row('u1', 'unmerge', 'c', 'a'), ...split]);
    const whole = changesOf([row('u2', 'unmerge', 'b', 'c'), row('u1', 'unmerge', 'c', 'a'), ...split]);
    expect([half.at(-1)?.undone, whole.at(-1)?.undone]).toEqual([false, true]);
  });
});

describe('the waterfall', () => {
  const waterfall = {
    priorBits: -10,
    contributions: [
      { comparison: 'name (last)', level: 'exact', bits: 6, frequencyBits: 2 },
      { comparison: 'birthday', level: 'missing', bits: 0, frequencyBits: 0 },
      { comparison: 'loyalty', level: 'else', bits: -1, frequencyBits: 0 },
    ],
    lookalikeBits: -0.01,
    bits: -3,
    probability: 0.11,
  };

  it('leaves out what says nothing, and keeps names that it does not know', () => {
    expect(stepsOf(waterfall).map(({ label, bits }) => [label, bits])).toEqual([
      ['before any comparison', -10],
      ['Surname: the same', 6],
      ['Surname: rare value', 2],
      ['loyalty: different', -1],
    ]);
  });

  it('begins every bar where the one before ended, and the total at zero', () => {
    const { zero, bars } = barsOf(stepsOf(waterfall), -3);
    expect(zero).toBe(100);
    expect(bars).toEqual([
      { from: 0, to: 100 },
      { from: 0, to: 60 },
      { from: 60, to: 80 },
      { from: 70, to: 80 },
      { from: 70, to: 100 },
    ]);
  });
});

it('says errors that it knows in its own words, and others as the server does', () => {
  expect(errorText(new ApiError('…', 409, 'nothing_remains'))).toBe('Leave at least one identifier.');
  expect(errorText(new ApiError('Told by the server.', 400, 'odd'))).toBe('Told by the server.');
  expect(errorText('text')).toBe('text');
});
