import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { ARRIVAL, CLEAN_DEPS, rawRecord, SERVER, tokenise, WEB } from '../../support/ingest.ts';

const PHONE = tokenise('phone', '+8613800138000');
const merge = {
  type: 'merge',
  identifiers: [
    { type: 'openid', scope: 'wx1', value: 'o1' },
    { type: 'user_id', value: 'm1' },
  ],
  reason: 'same customer, called us',
  actor: 'anna',
  messageId: 'd1',
  timestamp: '2026-11-22T02:00:00.000Z',
};

const run = (event: object, source = SERVER) => cleanRecord(rawRecord('batch', { batch: [event] }, source), CLEAN_DEPS);
const one = (event: object) => run({ ...merge, ...event }).events[0];
const refusal = (event: object, source = SERVER) => {
  const { events, quarantined } = run({ ...merge, ...event }, source);
  expect(events).toEqual([]);
  expect(quarantined).toHaveLength(1);
  return quarantined[0];
};

describe('a declaration', () => {
  it('becomes a clean event about exactly the identifiers that it names', () => {
    const context = { device: { id: 'd-1' }, app: { namespace: 'wx9' }, traits: { phone: '13900139000' } };
    expect(one({ userId: 'm9', anonymousId: 'c9', context })).toMatchObject({
      type: 'merge',
      name: 'merge',
      event_id: 'd1',
      source_id: 'server',
      verified: true,
      occurred_at: merge.timestamp,
      received_at: ARRIVAL,
      owner: 'user_id:m1',
      identifiers: [
        { type: 'user_id', value: 'm1' },
        { type: 'openid', scope: 'wx1', value: 'o1' },
      ],
      declared: { by: 'anna', why: 'same customer, called us' },
      traits: {},
    });
  });

  it.each(['bind', 'unbind', 'merge', 'unmerge', 'split'])('%s has a path of its own', (type) => {
    const { type: _, ...event } = merge;
    const { events } = cleanRecord(rawRecord(type, event, SERVER), CLEAN_DEPS);
    expect(events.map((each) => [each.type, each.declared?.why])).toEqual([[type, merge.reason]]);
  });

  it('takes identifiers as text, raw or as the API shows them', () => {
    const names = (identifiers: unknown) => one({ identifiers })?.identifiers.map(({ type, value }) => [type, value]);
    const expected = [
      ['user_id', 'm:1'],
      ['phone', PHONE],
    ];
    expect(names(['user_id:m:1', 'phone:138 0013 8000'])).toEqual(expected);
    expect(names([`phone:${PHONE}`, 'user_id:m:1'])).toEqual(expected);
    expect(
      names([
        { type: 'phone', value: PHONE },
        { type: 'user_id', value: 'm:1' },
      ]),
    ).toEqual(expected);
  });

  it('sends raw values to the vault, and nothing for a token', () => {
    const secrets = (identifiers: unknown) => run({ ...merge, identifiers }).secrets;
    expect(secrets(['phone:13800138000', 'user_id:m1'])).toEqual([{ token: PHONE, value: '+8613800138000' }]);
    expect(secrets([`phone:${PHONE}`, 'user_id:m1'])).toEqual([]);
  });

  it('answers for itself by its source when it names nobody', () => {
    for (const actor of [undefined, null]) expect(one({ actor })?.declared?.by).toBe('source:server');
  });

  it('releases one identifier with unbind', () => {
    expect(one({ type: 'unbind', identifiers: ['user_id:m1'] })?.identifiers).toHaveLength(1);
  });

  it('carries what a model said', () => {
    const declared = one({ type: 'match', confidence: 0.93, model: 'fs-2026-11' })?.declared;
    expect(declared).toEqual({ by: 'anna', why: merge.reason, confidence: 0.93, model: 'fs-2026-11' });
  });
});

describe('what would not be what was meant stops the whole declaration', () => {
  it.each([
    ['a placeholder', ['user_id:m1', 'phone:00000000000', 'user_id:m2'], 'blocked_identifier', '/identifiers/1'],
    ['a phone with a digit missing', ['user_id:m1', 'phone:1380013800'], 'invalid_identifier', '/identifiers/1'],
    ['an openid without its app', ['user_id:m1', 'openid:o1'], 'identifier_without_scope', '/identifiers/1'],
    ['an unknown type', ['shoe_size:42', 'user_id:m1'], 'invalid_identifier', '/identifiers/0'],
    ['a value without a type', ['user_id:m1', '13800138000'], 'invalid_identifier', '/identifiers/1'],
    ['an object without a type', ['user_id:m1', { value: 'x' }], 'invalid_identifier', '/identifiers/1'],
    [
      'an object with a number for a scope',
      ['user_id:m1', { type: 'openid', value: 'o' }],
      'identifier_without_scope',
      '/identifiers/1',
    ],
    [
      'one identifier in two spellings',
      ['phone:13800138000', 'phone:+8613800138000'],
      'invalid_field',
      '/identifiers/1',
    ],
    ['one identifier raw and as a token', ['phone:13800138000', `phone:${PHONE}`], 'invalid_field', '/identifiers/1'],
  ])('%s', (_, identifiers, reason, field) => {
    const item = refusal({ type: 'unbind', identifiers });
    expect([item?.reason, item?.field]).toEqual([reason, field]);
    expect(item?.detail).not.toMatch(/1380013800/);
    expect(item?.original).toContain('"unbind"');
  });

  it('a public key, as the collector has answered', () => {
    expect(refusal({}, WEB)).toMatchObject({ reason: 'secret_key_required', field: '/type', event_id: 'd1' });
  });
});

describe('reason and actor', () => {
  it('lose the personal values of the identifiers, and any other number or address', () => {
    const declared = one({
      identifiers: ['user_id:m1', 'phone:13800138000'],
      reason: 'rang from 13800138000, was 139-0013-9000; mail to Li@Example.com. order 20261122000017',
      actor: 'call 13800138000',
    })?.declared;
    const [other, mail] = [tokenise('phone', '+8613900139000'), tokenise('email', 'li@example.com')];
    expect(declared).toEqual({
      why: `rang from ${PHONE}, was ${other}; mail to ${mail} order 20261122000017`,
      by: `call ${PHONE}`,
    });
  });

  it('stay within their bounds when tokens are longer than what they stand for', () => {
    const reason = '13800138000 '.repeat(41).slice(0, 500);
    const { why = '' } = one({ reason, identifiers: ['user_id:m1', 'phone:13800138000'] })?.declared ?? {};
    expect(why).toHaveLength(500);
    expect(why).not.toContain('13800138000');
  });
});
