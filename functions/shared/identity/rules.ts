import { Compile } from 'typebox/compile';
import { type IdentifierRule, IdentityRules } from '../../../schemas/identifier.ts';

/** The rule of one identifier type, with its place in the list. */
export interface TypeRule extends IdentifierRule {
  /** 0 is the strongest type. */
  readonly priority: number;
}

/** Identity rules, checked and made fast to look up. Get it from `compileRules`. */
export interface CompiledRules {
  /** As given. */
  readonly rules: IdentityRules;
  readonly types: ReadonlyMap<string, TypeRule>;
  /** Values that are never identifiers, lower case and trimmed. */
  readonly blocked: ReadonlySet<string>;
}

/** The identity rules cannot be used; the message names each fault and where it is. */
export class IdentityRulesError extends Error {
  override name = 'IdentityRulesError';
}

const shape = Compile(IdentityRules);

function faultsOf(rules: IdentityRules): string[] {
  if (!shape.Check(rules)) return [...shape.Errors(rules)].map((fault) => `${fault.instancePath} ${fault.message}`);
  const seen = new Set<string>();
  return rules.types.flatMap(({ type }, at) => {
    const fault = seen.has(type) ? [`/types/${at} gives "${type}" a second rule; keep one rule per type`] : [];
    seen.add(type);
    return fault;
  });
}

/**
 * Checks identity rules and prepares them for `resolve`.
 * @throws IdentityRulesError when they break the schema or give a type two rules.
 */
export function compileRules(rules: IdentityRules): CompiledRules {
  const faults = faultsOf(rules);
  if (faults.length > 0) throw new IdentityRulesError(`The identity rules are not valid: ${faults.join('; ')}.`);
  return {
    rules,
    types: new Map(rules.types.map((rule, priority) => [rule.type, { ...rule, priority }])),
    blocked: new Set(rules.blocked_values.map((value) => value.trim().toLowerCase())),
  };
}

/** What the rules make of one identifier key. */
export type Reading =
  /** `group` is what a limit counts in: the type, or the type in one scope. */
  | { readonly ok: true; readonly rule: TypeRule; readonly group: string }
  /** It may not join anything, and why. */
  | { readonly ok: false; readonly detail: string };

/** Reads a key `type[:scope]:value`. Never throws: evidence outlives rules, and one odd key must not stop the others. */
export function readKey(key: string, rules: CompiledRules): Reading {
  const typeEnd = key.indexOf(':');
  const rule = rules.types.get(key.slice(0, Math.max(typeEnd, 0)));
  if (rule === undefined) {
    return { ok: false, detail: `${key} is of a type without a rule; add the type to the identity rules` };
  }
  const groupEnd = rule.scoped ? key.indexOf(':', typeEnd + 1) : typeEnd;
  if (groupEnd < 0) return { ok: false, detail: `${key} has no scope; write it as ${rule.type}:<scope>:<value>` };
  const value = key.slice(groupEnd + 1);
  if (rules.blocked.has(value.trim().toLowerCase())) {
    return { ok: false, detail: `"${value}" in ${key} is on the blocked list of the identity rules` };
  }
  return { ok: true, rule, group: key.slice(0, groupEnd) };
}
