import { describe, expect, it } from 'vitest';
import { errorSentence } from '../../../local/page/api.js';
import { byCampaign } from '../../../local/page/campaigns.js';
import { newest } from '../../../local/page/events.js';
import { walk } from '../../../local/page/evidence.js';
import * as format from '../../../local/page/format.js';
import { keyLabel, keysSummary } from '../../../local/page/keys.js';
import { snippet } from '../../../local/page/try-it.js';

describe('numbers and times', () => {
  it('are full while they are short, then compact', () => {
    expect(format.formatCount(99_999, 'en')).toBe('99,999');
    expect(format.formatCount(1_234_567, 'en')).toBe('1.235M');
    expect(format.formatCount(1_234_567, 'zh')).toBe('123.5万');
    expect([0.04, 3.16, 12.7, 10_250].map((rate) => format.formatRate(rate, 'en'))).toEqual([
      '0',
      '3.2',
      '13',
      '10,250',
    ]);
  });

  it('name the day only when it is another one, in the given zone', () => {
    const now = Date.parse('2026-11-22T20:00:00Z');
    const zone = { lang: 'en', timeZone: 'Asia/Shanghai' } as const;
    expect(format.formatMoment('2026-11-22T18:05:06.000Z', now, zone)).toBe('02:05:06');
    expect(format.formatMoment('2026-11-22T15:05:06.000Z', now, zone)).toBe('22 Nov 23:05');
    expect(format.formatMoment('not a time', now, zone)).toBe('not a time');
  });

  it('show how far a clock was moved, in its two largest units', () => {
    const day = 86_400_000;
    expect(format.formatSpan(3 * day + 2 * 3_600_000 + 60_000, 'en')).toBe('3 d 2 h');
    expect(format.formatSpan(-(20 * 3_600_000 + 23 * 60_000), 'zh')).toBe('20 小时 23 分钟');
    expect(format.formatSpan(59_000, 'en')).toBe('');
  });

  it('find ten in the morning of the next day', () => {
    const now = new Date(2026, 1, 28, 23, 59, 59).getTime();
    expect(format.tenTomorrow(now)).toBe(new Date(2026, 2, 1, 10, 0, 0, 0).toISOString());
  });

  it('make a rate out of two counts, and none out of a reset', () => {
    const first = format.nextRate(undefined, 1000, 0);
    const second = format.nextRate(first, 1500, 1000);
    expect([first.rate, second.rate]).toEqual([0, 500]);
    expect(format.nextRate(second, 1500, 2000).rate).toBe(250);
    expect(format.nextRate(second, 1510, 1100)).toBe(second);
    expect(format.nextRate(second, 0, 2000)).toEqual({ count: 0, atMs: 2000, rate: 0 });
  });
});

describe('identifiers', () => {
  it('are shown short, and a token never as if it were a value', () => {
    expect(keyLabel('user_id:m51')).toBe('user_id m51');
    expect(keyLabel('openid:wx1f0a:oABCP9Thoo2b')).toBe('openid oABCP9Th…');
    expect(keyLabel('phone:t1.yoM0n_lMkTG5VMvB')).toBe('phone ••VMvB');
  });

  it('are summed up strongest first', () => {
    const keys = ['anonymous_id:a', 'anonymous_id:b', 'loyalty_no:7', 'phone:t1.abcdef', 'user_id:m51'];
    expect(keysSummary(keys)).toEqual(['Member ID m51', 'Phone', 'Cookie ×2', 'loyalty_no']);
    expect(keysSummary([])).toEqual([]);
  });

  it('are walked along a chain whose links come weakest first', () => {
    const links = [
      { a: 'c', b: 'd' },
      { a: 'a', b: 'b' },
      { a: 'b', b: 'c' },
    ];
    expect(walk('d', links).map(({ to }) => to)).toEqual(['c', 'b', 'a']);
    expect(walk('a', links).map(({ link }) => link)).toEqual([links[1], links[2], links[0]]);
    expect(walk('x', links)).toEqual([]);
  });
});

it('counts decisions per campaign, busiest first, sent before the reasons against', () => {
  const row = (campaign: string, reason: string, count: number) => ({
    campaign,
    outcome: reason === 'sent' ? 'sent' : 'not_sent',
    reason,
    count,
  });
  const groups = byCampaign([
    row('a', 'sent', 2),
    row('b', 'capped', 4),
    row('b', 'sent', 1),
    row('b', 'no_consent', 9),
  ]);
  expect(groups.map(({ campaign, sent, notSent }) => [campaign, sent, notSent])).toEqual([
    ['b', 1, 13],
    ['a', 2, 0],
  ]);
  expect(groups[0]?.reasons.map(({ reason }) => reason)).toEqual(['sent', 'no_consent', 'capped']);
});

it('shows what the stream told and what the lake holds once, newest first', () => {
  const row = (at: string, name: string) =>
    ({
      kind: 'event',
      at,
      name,
      owner: 'user_id:m1',
      channel: 'web',
      source_id: 'web',
      type: 'track',
      outcome: 'accepted',
    }) as const;
  const told = { ...row('2026-11-22T05:00:01.000Z', 'Home'), isNew: true };
  const rows = newest([told, row('2026-11-22T05:00:02.000Z', 'Cart'), row('2026-11-22T05:00:01.000Z', 'Home')]);
  expect(rows.map(({ name, isNew }) => [name, isNew])).toEqual([
    ['Cart', undefined],
    ['Home', true],
  ]);
});

it('finds the sentence in an error answer of any shape', () => {
  expect(errorSentence({ error: 'sql_error', message: 'Only one SELECT.' })).toBe('Only one SELECT.');
  expect(errorSentence({ errors: [{ reason: 'missing_field', detail: 'event is missing.' }] })).toBe(
    'event is missing.',
  );
  expect(errorSentence({ error: { reason: 'not_ready' } })).toBe('not_ready');
  expect(errorSentence({})).toBeUndefined();
  expect(errorSentence(undefined)).toBeUndefined();
});

it.each(['curl', 'browser', 'node'] as const)('puts the address and the key into the %s snippet', (tool) => {
  const text = snippet(tool, { url: 'http://127.0.0.1:8787', key: 'pk_test' });
  expect(text).toContain('127.0.0.1:8787');
  expect(text).toContain('pk_test');
  expect(text).toContain('Product Viewed');
});
