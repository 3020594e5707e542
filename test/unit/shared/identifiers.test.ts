import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinding } from '../../../functions/shared/finding.ts';
import { identifierKey, normaliseIdentifier, parseIdentifierKey } from '../../../functions/shared/identifiers.ts';
import { isToken, tokeniser } from '../../../functions/shared/tokens.ts';
import { RULES, tokenise } from '../../support/ingest.ts';

const context = { rules: RULES, defaultRegion: 'CN', token: tokenise };

/** The normal form, as the vault would see it, or the reason why there is none. */
function normal(type: string, value: unknown, scope?: string): string {
  const result = normaliseIdentifier({ type, scope, value }, context);
  return isFinding(result) ? result.reason : (result.secret?.value ?? identifierKey(result.identifier));
}

describe('phones', () => {
  it.each([
    '13800138000',
    13800138000,
    '+86 138 0013 8000',
    '0086-138-0013-8000',
    '86 13800138000',
    '１３８００１３８０００',
    '138－0013－8000',
    '\u202A13800138000\u202C',
    ' 138.0013.8000 ',
  ])('%j is one phone', (value) => expect(normal('phone', value)).toBe('+8613800138000'));

  it('reads numbers without + in the region of the source', () => {
    const result = normaliseIdentifier({ type: 'phone', value: '(415) 555-2671' }, { ...context, defaultRegion: 'US' });
    expect(result).toMatchObject({ secret: { value: '+14155552671' } });
  });

  it.each(['123', '1380013800', '12345678901', 'call me', '90013800138000', '+999 1', '1'.repeat(300)])(
    '%j is no phone',
    (value) => expect(['invalid_identifier', 'blocked_identifier']).toContain(normal('phone', value)),
  );
});

describe('e-mail', () => {
  it.each([
    ['A@Example.COM', 'a@example.com'],
    [' li@例子.中国 ', 'li@xn--fsqu00a.xn--fiqs8s'],
    ['ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'li@example.com'],
    ['first.last+tag@example.com', 'first.last+tag@example.com'],
  ])('%j becomes %j', (value, expected) => expect(normal('email', value)).toBe(expected));

  it.each([
    'a',
    'a@',
    '@b.c',
    'a b@example.com',
    'a@b',
    'a@ex ample.com',
    'a@@b.com',
    `${'a'.repeat(250)}@example.com`,
  ])('%j is none', (value) => expect(normal('email', value)).toBe('invalid_identifier'));
});

describe('values that are never identifiers', () => {
  it.each([
    '',
    ' NULL ',
    'undefined',
    'Anonymous',
    '0',
    '0000',
    '00000000000',
    '11111111111',
    '００００',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '00:00:00:00:00:00',
    '[object Object]',
    -1,
    0,
  ])('%j', (value) => {
    expect(normal('user_id', value)).toBe('blocked_identifier');
    expect(normal('device_id', value)).toBe('blocked_identifier');
  });

  it.each(['1', '11', 'u0000', 'b1b2', '10000', 42])('%j may be somebody', (value) =>
    expect(normal('user_id', value)).toBe(`user_id:${value}`),
  );
});

describe('other values', () => {
  it('trims ids and lowers device ids', () => {
    expect(normal('user_id', ' M1 ')).toBe('user_id:M1');
    expect(normal('device_id', 'AB-12-CD-34')).toBe('device_id:ab-12-cd-34');
  });

  it.each([true, {}, [], 1.5, 2 ** 60, Number.NaN, 'a\u0000b', 'x'.repeat(257), '\ud800'])('%j is refused', (value) =>
    expect(normal('user_id', value)).toBe('invalid_identifier'),
  );

  it('wants a scope where the rules do', () => {
    expect(normal('openid', 'o1')).toBe('identifier_without_scope');
    expect(normal('openid', 'o1', 'wx1')).toBe('openid:wx1:o1');
    expect(normal('openid', 'o1', 'a:b')).toBe('invalid_identifier');
    expect(normal('no_such_type', 'o1')).toBe('invalid_identifier');
  });
});

describe('tokens', () => {
  it('stand for the normal form, by type and key', () => {
    const [a, b] = ['A@b.com', 'a@B.com '].map((value) => normaliseIdentifier({ type: 'email', value }, context));
    expect(a).toEqual(b);
    expect(tokenise('email', 'x')).not.toBe(tokenise('phone', 'x'));
    expect(tokenise('email', 'x')).not.toBe(tokeniser(Buffer.alloc(32, 8))('email', 'x'));
    expect(isToken(tokenise('email', 'x'))).toBe(true);
    expect(isToken('a@b.com')).toBe(false);
  });

  it('cannot be claimed by sending one', () => {
    expect(normal('phone', tokenise('phone', '+8613800138000'))).toBe('invalid_identifier');
  });
});

describe('keys', () => {
  it('read back as they were written, whatever the value holds', () => {
    const types = RULES.types.map(({ type }) => type);
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.string({ minLength: 1 }),
        fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
        (type, value, scope) => {
          const scoped = RULES.types.find((rule) => rule.type === type)?.scoped === true;
          const identifier = scoped ? { type, scope, value } : { type, value };
          expect(parseIdentifierKey(identifierKey(identifier), RULES)).toEqual(identifier);
        },
      ),
    );
  });

  it.each([
    ['', 'invalid_identifier'],
    ['nope:1', 'invalid_identifier'],
    ['user_id', 'invalid_identifier'],
    ['user_id:', 'invalid_identifier'],
    ['openid:o1', 'identifier_without_scope'],
    ['openid::o1', 'identifier_without_scope'],
    ['openid:wx1:', 'invalid_identifier'],
  ])('%j is no key: %s', (text, reason) => expect(parseIdentifierKey(text, RULES)).toMatchObject({ reason }));
});

describe('any value', () => {
  it('is normalised or refused, and normalising again changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom('user_id', 'device_id', 'phone', 'email'), fc.anything(), (type, value) => {
        const once = normaliseIdentifier({ type, value }, context);
        if (isFinding(once)) return;
        const again = normaliseIdentifier({ type, value: once.secret?.value ?? once.identifier.value }, context);
        expect(again).toEqual(once);
      }),
    );
  });
});
