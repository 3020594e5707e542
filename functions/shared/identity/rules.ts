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
  /** Values, and whole identifier keys, that are never identifiers, lower case and trimmed. */
  readonly blocked: ReadonlySet<string>;
  readonly blockedPatterns: readonly RegExp[];
  /** Rules that are about to take the place of these: shared identifiers already keep what those will ask for. */
  readonly next?: CompiledRules | undefined;
}

/** The identity rules cannot be used; the message names each fault and where it is. */
export class IdentityRulesError extends Error {
  override name = 'IdentityRulesError';
}

const shape = Compile(IdentityRules);

function faultsOf(rules: IdentityRules): string[] {
  if (!shape.Check(rules)) return [...shape.Errors(rules)].map((fault) => `${fault.instancePath} ${fault.message}`);
  const seen = new Set<string>();
  const twice = rules.types.flatMap(({ type }, at) => {
    const fault = seen.has(type) ? [`/types/${at} gives "${type}" a second rule; keep one rule per type`] : [];
    seen.add(type);
    return fault;
  });
  const patterns = (rules.blocked_patterns ?? []).flatMap((pattern, at) =>
    patternOf(pattern) === undefined ? [`/blocked_patterns/${at} is no regular expression: ${pattern}`] : [],
  );
  const plentiful = rules.types.flatMap(({ type, strong, weak_may_join, plentiful }, at) =>
    plentiful && (strong || !weak_may_join)
      ? [`/types/${at} "${type}" is plentiful, which only a weak type that weak identifiers may join can be`]
      : [],
  );
  const { review, analytics, sending } = rules.probabilistic ?? { review: 0, analytics: 0, sending: 0 };
  const order = review <= analytics && analytics <= sending;
  return [
    ...twice,
    ...plentiful,
    ...patterns,
    ...(order ? [] : ['/probabilistic must have review ≤ analytics ≤ sending']),
  ];
}

/** The pattern over the whole value, as it stands in the blocked list: lower case. */
function patternOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`, 'iu');
  } catch {
    return undefined;
  }
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
    blockedPatterns: (rules.blocked_patterns ?? []).map(patternOf).filter((pattern) => pattern !== undefined),
  };
}

/** Is this value, or this whole identifier key, on the blocked list of the rules? */
export function isListed(text: string, rules: Pick<CompiledRules, 'blocked' | 'blockedPatterns'>): boolean {
  const value = text.trim().toLowerCase();
  return rules.blocked.has(value) || rules.blockedPatterns.some((pattern) => pattern.test(value));
}

const DAY_MS = 86_400_000;

/** Name of the calendar window (UTC, ISO weeks) that an instant is in. */
export function windowOf(at: string, window: TypeRule['limit_window']): string {
  switch (window) {
    case 'year':
      return at.slice(0, 4);
    case 'month':
      return at.slice(0, 7);
    case 'week':
      // 1970-01-01 was a Thursday: three days later than a Monday.
      return `week ${Math.floor((Date.parse(at) / DAY_MS + 3) / 7)}`;
    case 'day':
      return at.slice(0, 10);
    default:
      return '';
  }
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
  if (isListed(value, rules) || rules.blocked.has(key.toLowerCase())) {
    return { ok: false, detail: `"${value}" in ${key} is on the blocked list of the identity rules` };
  }
  return { ok: true, rule, group: key.slice(0, groupEnd) };
}

/** Does one person naturally have ever more identifiers of this type? */
export function isPlentiful(key: string, rules: CompiledRules): boolean {
  const reading = readKey(key, rules);
  return reading.ok && reading.rule.plentiful === true;
}
