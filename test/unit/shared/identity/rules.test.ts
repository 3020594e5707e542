import { expect, test } from 'vitest';
import { compileRules, IdentityRulesError } from '../../../../functions/shared/identity/resolve.ts';
import type { IdentityRules } from '../../../../schemas/identifier.ts';
import { SHIPPED_RULES } from '../../../support/identity.ts';

const faultOf = (rules: IdentityRules): string => {
  try {
    compileRules(rules);
  } catch (error) {
    expect(error).toBeInstanceOf(IdentityRulesError);
    return error instanceof Error ? error.message : '';
  }
  return 'no fault';
};

test('the shipped rules compile, strongest type first', () => {
  const { types, blocked } = compileRules(SHIPPED_RULES);
  expect(types.get('user_id')).toMatchObject({ priority: 0, strong: true, limit: 1 });
  expect(types.get('anonymous_id')?.priority).toBe(types.size - 1);
  expect(blocked.has('undefined')).toBe(true);
});

test('blocked values are compared in lower case, trimmed', () => {
  expect(compileRules({ ...SHIPPED_RULES, blocked_values: [' Guest '] }).blocked).toEqual(new Set(['guest']));
});

test('a rule that breaks the schema is named with its place', () => {
  const types = SHIPPED_RULES.types.map((rule) => (rule.type === 'phone' ? { ...rule, limit: 0 } : rule));
  expect(faultOf({ ...SHIPPED_RULES, types })).toContain('/types/2/limit');
});

test('a type with two rules is refused', () => {
  const types = [...SHIPPED_RULES.types, ...SHIPPED_RULES.types.slice(0, 1)];
  expect(faultOf({ ...SHIPPED_RULES, types })).toBe(
    `The identity rules are not valid: /types/${SHIPPED_RULES.types.length} gives "user_id" a second rule; keep one rule per type.`,
  );
});

test.each(['email', 'openid'])('%s cannot be plentiful: it is strong, or one person’s', (type) => {
  const types = SHIPPED_RULES.types.map((rule) => (rule.type === type ? { ...rule, plentiful: true } : rule));
  expect(faultOf({ ...SHIPPED_RULES, types })).toContain(
    `"${type}" is plentiful, which only a weak type that weak identifiers may join can be`,
  );
});
