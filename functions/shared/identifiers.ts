import type { Identifier, IdentifierRule, IdentityRules } from '../../schemas/identifier.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { type CompiledRules, compileRules, isListed } from './identity/rules.ts';
import { kindOf } from './json.ts';
import { normaliseEmail, normaliseLower, normalisePhone, normaliseText } from './normalise.ts';
import type { Tokenise } from './tokens.ts';

/** An identifier as it was found. `field` is the JSON pointer to it, for findings. */
export interface RawIdentifier {
  readonly type: string;
  readonly scope?: unknown;
  readonly value: unknown;
  readonly field?: string;
}

/** What the one normaliser needs to know. `defaultRegion` is the ISO 3166 country of phone numbers without +. */
export interface NormaliserContext {
  readonly rules: IdentityRules;
  readonly defaultRegion: string;
  readonly token: Tokenise;
  /** Blocked values pass: to look up what was stored before they were blocked. */
  readonly allowBlocked?: boolean;
}

/** A personal identifier's value goes to the vault under its token, and nowhere else. */
export interface Normalised {
  readonly identifier: Identifier;
  readonly secret?: { readonly token: string; readonly value: string };
}

const compiled = new WeakMap<IdentityRules, CompiledRules>();

function compile(rules: IdentityRules): CompiledRules {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const fresh = compileRules(rules);
  compiled.set(rules, fresh);
  return fresh;
}

/** The rule of a type, with its priority (0 is the strongest); `undefined` for a type the rules do not name. */
export const identifierRule = (
  type: string,
  rules: IdentityRules,
): (IdentifierRule & { readonly priority: number }) | undefined => compile(rules).types.get(type);

const SCOPE = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * The one normaliser: everything that makes an identifier out of a client's value goes through here, because two
 * spellings of "normalise an e-mail" are two persons. Personal values come out as tokens.
 * @returns the identifier, or a finding `blocked_identifier`, `invalid_identifier` or `identifier_without_scope`
 */
export function normaliseIdentifier(raw: RawIdentifier, context: NormaliserContext): Normalised | Finding {
  const field = raw.field ?? '';
  const rule = identifierRule(raw.type, context.rules);
  if (rule === undefined) return finding('invalid_identifier', field, `The rules name no type ${quote(raw.type)}.`);
  const text = textOf(raw.value);
  if (text === undefined) return finding('invalid_identifier', field, notText(raw.value));
  if (!context.allowBlocked && isBlocked(text, context.rules)) {
    return finding('blocked_identifier', field, `A placeholder is no ${rule.type}.`);
  }
  const scope = rule.scoped ? scopeOf(raw.scope) : undefined;
  if (rule.scoped && scope === undefined) return scopeFinding(raw, rule.type);
  const value = normaliseValue(text, rule, context.defaultRegion);
  if (value === undefined || value === '') return finding('invalid_identifier', field, expected(rule));
  const named = scope === undefined ? { type: rule.type } : { type: rule.type, scope };
  const token = rule.personal ? context.token(rule.type, value) : undefined;
  const identifier = { ...named, value: token ?? value };
  if (!context.allowBlocked && compile(context.rules).blocked.has(identifierKey(identifier).toLowerCase())) {
    return finding('blocked_identifier', field, `The rules block this ${rule.type}.`);
  }
  return token === undefined ? { identifier } : { identifier, secret: { token, value } };
}

/** The canonical form of a client's value by the rule of its type, before it becomes a token. */
function normaliseValue(text: string, rule: IdentifierRule, region: string): string | undefined {
  switch (rule.normalise) {
    case 'trim':
      return normaliseText(text);
    case 'lower':
      return normaliseLower(text);
    case 'phone':
      return normalisePhone(text, region);
    case 'email':
      return normaliseEmail(text);
  }
}

/** Numbers are written out; one beyond 2^53 has lost digits on the way, and would name someone else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

const notText = (value: unknown): string =>
  typeof value === 'number'
    ? 'A number that large or fractional loses digits; send the identifier as a string.'
    : `An identifier must be a string, got ${kindOf(value)}.`;

const SEPARATORS = /[-:.\s()+]/g;
/** Only zeros; one digit four times or more; a UUID or IDFA of one repeated character. */
const PLACEHOLDER = /^(?:0+|(\d)\1{3,}|([0-9a-f])\2{31})$/;

/**
 * True for values that are never identifiers: the rules' list, only zeros, one repeated digit, an all-zero UUID. Joining
 * on such a value would make one person of thousands.
 */
export function isBlocked(text: string, rules: IdentityRules): boolean {
  const value = text.trim().toLowerCase();
  return isListed(value, compile(rules)) || PLACEHOLDER.test(value.normalize('NFKC').replace(SEPARATORS, ''));
}

function scopeOf(scope: unknown): string | undefined {
  const text = textOf(scope)?.trim();
  return text !== undefined && SCOPE.test(text) ? text : undefined;
}

function scopeFinding(raw: RawIdentifier, type: string): Finding {
  const field = raw.field ?? '';
  if (raw.scope === undefined || raw.scope === null || raw.scope === '') {
    return finding('identifier_without_scope', field, `${type} needs a scope, such as the app id.`);
  }
  return finding('invalid_identifier', field, `The scope of ${type} must match ${SCOPE.source}.`);
}

const EXPECTED = {
  trim: 'at most 256 printable characters',
  lower: 'at most 256 printable characters',
  phone: 'a valid telephone number, with + and country code unless it is of the default country',
  email: 'an e-mail address',
} as const;

const expected = (rule: IdentifierRule): string => `${rule.type} must be ${EXPECTED[rule.normalise]}.`;

const finding = (reason: Finding['reason'], field: string, detail: string): Finding => ({ reason, field, detail });

const quote = (text: string): string => JSON.stringify(text.slice(0, 40));

/** Canonical key: `type:value`, or `type:scope:value` for scoped types. Neither type nor scope can hold a colon. */
export const identifierKey = (identifier: Identifier): string =>
  identifier.scope === undefined
    ? `${identifier.type}:${identifier.value}`
    : `${identifier.type}:${identifier.scope}:${identifier.value}`;

/**
 * Reads a canonical key back; whether there is a scope in it is up to the rules, as a value may hold colons. The value is
 * not normalised: give it to `normaliseIdentifier` when a human typed it.
 * @returns the identifier, or a finding `invalid_identifier` or `identifier_without_scope`
 */
export function parseIdentifierKey(text: string, rules: IdentityRules): Identifier | Finding {
  const colon = text.indexOf(':');
  const type = colon < 0 ? text : text.slice(0, colon);
  const rule = identifierRule(type, rules);
  if (rule === undefined) return finding('invalid_identifier', '', `The rules name no type ${quote(type)}.`);
  const rest = text.slice(type.length + 1);
  if (!rule.scoped) {
    return rest === '' ? finding('invalid_identifier', '', `Expected ${type}:<value>.`) : { type, value: rest };
  }
  const end = rest.indexOf(':');
  const [scope, value] = [rest.slice(0, Math.max(end, 0)), rest.slice(end + 1)];
  if (end < 0 || scope === '') return finding('identifier_without_scope', '', `Expected ${type}:<scope>:<value>.`);
  if (value === '' || !SCOPE.test(scope)) {
    return finding('invalid_identifier', '', `Expected ${type}:<scope>:<value>.`);
  }
  return { type, scope, value };
}
