import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL_TYPES, readDeclared } from '../../../functions/shared/control-event.ts';
import { identifierKey } from '../../../functions/shared/identifiers.ts';
import { checkEvent } from '../../../functions/shared/segment-limits.ts';
import { RULES, tokenise } from '../../support/ingest.ts';

const merge = { type: 'merge', identifiers: ['user_id:m1', 'user_id:m2'], reason: 'same customer' };
const check = (event: object, sender: 'public' | 'secret' = 'secret') =>
  checkEvent({ ...merge, ...event }, { route: 'batch', bytes: 0, sender });
const many = (n: number) => Array.from({ length: n }, (_, at) => `user_id:m${at + 1}`);
const match = { type: 'match', confidence: 0.5, model: 'v1' };

describe('a declaration', () => {
  it.each([
    ['nothing wrong', {}, undefined, undefined],
    ['an actor', { actor: 'anna' }, undefined, undefined],
    ['20 identifiers', { identifiers: many(20) }, undefined, undefined],
    ['21 identifiers', { identifiers: many(21) }, 'invalid_field', '/identifiers'],
    ['one identifier', { identifiers: many(1) }, 'invalid_field', '/identifiers'],
    ['one identifier to release', { type: 'unbind', identifiers: many(1) }, undefined, undefined],
    ['one release to take back', { type: 'unmerge', identifiers: many(1) }, undefined, undefined],
    ['none to release', { type: 'unbind', identifiers: [] }, 'invalid_field', '/identifiers'],
    ['no identifiers', { identifiers: undefined }, 'missing_field', '/identifiers'],
    ['identifiers that are no list', { identifiers: 'user_id:m1' }, 'invalid_field', '/identifiers'],
    ['a number among them', { identifiers: ['user_id:m1', 7] }, 'invalid_field', '/identifiers/1'],
    ['text without end', { identifiers: ['user_id:m1', 'x'.repeat(401)] }, 'invalid_field', '/identifiers/1'],
    ['no reason', { reason: undefined }, 'missing_field', '/reason'],
    ['an empty reason', { reason: '' }, 'missing_field', '/reason'],
    ['a blank reason', { reason: ' \n' }, 'invalid_field', '/reason'],
    ['a reason of 500', { reason: '因'.repeat(500) }, undefined, undefined],
    ['a reason of 501', { reason: '因'.repeat(501) }, 'invalid_field', '/reason'],
    ['a reason that is a list', { reason: ['x'] }, 'invalid_field', '/reason'],
    ['an actor that is a number', { actor: 7 }, 'invalid_field', '/actor'],
    ['an actor of 201', { actor: 'a'.repeat(201) }, 'invalid_field', '/actor'],
    ['a match', match, undefined, undefined],
    ['a match without confidence', { ...match, confidence: undefined }, 'invalid_field', '/confidence'],
    ['a match surer than sure', { ...match, confidence: 1.01 }, 'invalid_field', '/confidence'],
    ['a match of NaN', { ...match, confidence: Number.NaN }, 'invalid_field', '/confidence'],
    ['a match without its model', { ...match, model: undefined }, 'invalid_field', '/model'],
    ['a merge with confidence', { confidence: 0.9 }, 'invalid_field', '/confidence'],
  ])('%s', (_, event, reason, field) => {
    const finding = check(event);
    expect([finding?.reason, finding?.field]).toEqual([reason, field]);
  });

  it.each([...CONTROL_TYPES])('%s needs a secret key', (type) => {
    const event = type === 'match' ? match : { type };
    expect(check(event)).toBeUndefined();
    expect(check(event, 'public')).toMatchObject({ reason: 'secret_key_required', field: '/type' });
  });
});

describe('readDeclared', () => {
  const context = { rules: RULES, defaultRegion: 'CN', token: tokenise };

  it('reads back what it gives, or names its own reason', () => {
    const entry = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.tuple(fc.constantFrom('user_id', 'phone', 'email', 'openid:wx1'), fc.string()).map(([a, b]) => `${a}:${b}`),
      fc.record({ type: fc.constantFrom('user_id', 'phone', 'x'), value: fc.anything() }, { requiredKeys: [] }),
      fc.constantFrom('phone:13800138000', 'email:a@b.cn', 'user_id:m1', 'openid:wx1:o1'),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const read = readDeclared(entries, context);
        if ('reason' in read) {
          expect(read.field).toMatch(/^\/identifiers\/\d+$/);
          return;
        }
        const keys = read.map(({ identifier }) => identifierKey(identifier));
        expect(keys).toHaveLength(entries.length);
        const again = readDeclared(keys, context);
        expect(again).toMatchObject(keys.map((_, at) => ({ identifier: read[at]?.identifier })));
      }),
    );
  });

  it('refuses a token that the rules block', () => {
    const key = `phone:${tokenise('phone', '+8613800138000')}`;
    const rules = { ...RULES, blocked_values: [...RULES.blocked_values, key] };
    expect(readDeclared([key], { ...context, rules })).toMatchObject({ reason: 'blocked_identifier' });
    expect(readDeclared([key], context)).toHaveLength(1);
  });
});
