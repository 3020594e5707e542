import {
  identifierKey,
  type NormaliserContext,
  normaliseIdentifier,
  parseIdentifierKey,
} from '../../functions/shared/identifiers.ts';
import { compileRules, IdentityRulesError } from '../../functions/shared/identity/resolve.ts';
import { isObject } from '../../functions/shared/json.ts';
import type { Tokenise } from '../../functions/shared/tokens.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';

const TOKEN = 't1.';

/**
 * Rules as a human wrote them, made ready to be stored: an entry of `blocked_values` that is one whole identifier, such as
 * `phone:13800138000`, becomes its key as the graph knows it: normalised, and a token where the type is personal. No raw
 * telephone number or e-mail address stays.
 * @throws IdentityRulesError naming the place; it never repeats a value
 */
export function prepareRules(given: unknown, context: { token: Tokenise; defaultRegion: string }): IdentityRules {
  if (!isObject(given))
    throw new IdentityRulesError('The rules must be one JSON object, as in schemas/identity-rules.json.');
  const { rules } = compileRules(given as IdentityRules);
  // What is to be blocked may not be refused for being blocked.
  const open: NormaliserContext = { ...context, rules: { ...rules, blocked_values: [], blocked_patterns: [] } };
  const blocked_values = rules.blocked_values.map((entry, at) => keyOf(entry.trim(), at, open));
  return { ...rules, blocked_values };
}

function keyOf(entry: string, at: number, context: NormaliserContext): string {
  const rule = context.rules.types.find(({ type }) => entry.startsWith(`${type}:`));
  if (rule === undefined) return entry;
  const parsed = parseIdentifierKey(entry, context.rules);
  if ('reason' in parsed) throw new IdentityRulesError(`/blocked_values/${at} is no identifier: ${parsed.detail}`);
  if (rule.personal && parsed.value.startsWith(TOKEN)) return entry;
  const found = normaliseIdentifier({ ...parsed }, context);
  if ('reason' in found) throw new IdentityRulesError(`/blocked_values/${at} is no ${rule.type}: ${found.detail}`);
  return identifierKey(found.identifier);
}
