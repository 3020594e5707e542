import { ControlType, type SourceClass } from '../../schemas/event.ts';
import type { Identifier } from '../../schemas/identifier.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { isFinding } from './finding.ts';
import {
  identifierKey,
  identifierRule,
  isBlocked,
  type Normalised,
  type NormaliserContext,
  normaliseIdentifier,
  parseIdentifierKey,
  type RawIdentifier,
} from './identifiers.ts';
import { isObject, type JsonObject, kindOf, pointer } from './json.ts';
import { isToken } from './tokens.ts';

/** Identifiers that one declaration may name. */
export const MAX_DECLARED_IDENTIFIERS = 20;
/** Characters of the reason that a declaration has to give. */
export const MAX_WHY_CHARS = 500;
/** Characters of whoever is answerable for a declaration. */
export const MAX_ACTOR_CHARS = 200;
const MAX_MODEL_CHARS = 100;
/** Longer than any identifier written as `type:scope:value`. */
const MAX_KEY_CHARS = 400;

export const CONTROL_TYPES: ReadonlySet<string> = new Set<string>(ControlType.anyOf.map((type) => type.const));

export const isControlType = (type: string): type is ControlType => CONTROL_TYPES.has(type);

/** Fewest identifiers that a declaration is about: one alone can be released, and its release be taken back. */
const leastOf = (type: ControlType): number => (type === 'unbind' || type === 'unmerge' ? 1 : 2);

/**
 * What is wrong with the form of an event that declares something about identity, or nothing. It may only come with a
 * secret key: whoever can read a public key in an app must not be able to merge two customers.
 */
export function checkControl(event: JsonObject, type: ControlType, sender: SourceClass): Finding | undefined {
  if (sender !== 'secret') {
    const detail = `${type} was sent with a public key; what is declared about identity needs a secret one.`;
    return { reason: 'secret_key_required', field: '/type', detail };
  }
  return checkIdentifiers(event.identifiers, type) ?? checkWords(event) ?? checkMatch(event, type);
}

function checkIdentifiers(value: unknown, type: ControlType): Finding | undefined {
  const least = leastOf(type);
  const range = `${type} takes ${least} to ${MAX_DECLARED_IDENTIFIERS} identifiers`;
  if (value === undefined || value === null) {
    return { reason: 'missing_field', field: '/identifiers', detail: `${range} in identifiers.` };
  }
  if (!Array.isArray(value)) return invalid('/identifiers', `identifiers must be an array, got ${kindOf(value)}.`);
  if (value.length < least || value.length > MAX_DECLARED_IDENTIFIERS) {
    return invalid('/identifiers', `${range}, got ${value.length}.`);
  }
  for (const [index, entry] of value.entries()) {
    const named = typeof entry === 'string' ? entry.length <= MAX_KEY_CHARS : isObject(entry);
    if (named) continue;
    const detail = `An identifier is written as "type[:scope]:value" or as {"type", "scope", "value"}, got ${kindOf(entry)}.`;
    return invalid(pointer('identifiers', index), detail);
  }
  return undefined;
}

function checkWords(event: JsonObject): Finding | undefined {
  const { reason, actor } = event;
  if (reason === undefined || reason === null || reason === '') {
    return { reason: 'missing_field', field: '/reason', detail: 'Say in reason why this is declared.' };
  }
  if (!isWords(reason, MAX_WHY_CHARS)) {
    return invalid('/reason', `reason must be text of 1 to ${MAX_WHY_CHARS} characters.`);
  }
  if (actor === undefined || actor === null || isWords(actor, MAX_ACTOR_CHARS)) return undefined;
  return invalid('/actor', `actor must be text of 1 to ${MAX_ACTOR_CHARS} characters.`);
}

function checkMatch(event: JsonObject, type: ControlType): Finding | undefined {
  const { confidence, model } = event;
  if (type !== 'match') {
    const extra = ['confidence', 'model'].find((name) => event[name] !== undefined && event[name] !== null);
    return extra === undefined ? undefined : invalid(pointer(extra), `Only match takes ${extra}; ${type} is certain.`);
  }
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
    return invalid('/confidence', `match needs confidence, a number from 0 to 1, got ${kindOf(confidence)}.`);
  }
  if (isWords(model, MAX_MODEL_CHARS)) return undefined;
  return invalid('/model', `match needs model, the version of what scored it, of 1 to ${MAX_MODEL_CHARS} characters.`);
}

const isWords = (value: unknown, maxChars: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= maxChars;

const invalid = (field: string, detail: string): Finding => ({ reason: 'invalid_field', field, detail });

/** One identifier of a declaration, and the text that the client wrote for it. */
export interface DeclaredIdentifier extends Normalised {
  readonly text: string;
}

/**
 * The identifiers that a declaration is about, in the order given. Each is raw (`phone:13800138000`) or as the API shows it
 * (`phone:t1.…`). One bad one stops the whole: a merge of three people of whom one was misspelt is another merge. So does
 * the same one twice: an unbind of a pair would become the release of one.
 */
export function readDeclared(
  entries: readonly unknown[],
  context: NormaliserContext,
): readonly DeclaredIdentifier[] | Finding {
  const found = new Map<string, DeclaredIdentifier>();
  for (const [index, entry] of entries.entries()) {
    const field = pointer('identifiers', index);
    const read = readOne(entry, field, context);
    if (isFinding(read)) return read;
    const key = identifierKey(read.identifier);
    if (found.has(key)) return invalid(field, `${field} is the same ${read.identifier.type} as one before it.`);
    found.set(key, read);
  }
  return [...found.values()];
}

function readOne(entry: unknown, field: string, context: NormaliserContext): DeclaredIdentifier | Finding {
  const raw = typeof entry === 'string' ? fromText(entry, field, context) : fromObject(entry, field, context);
  if (isFinding(raw)) return raw;
  const text = typeof raw.value === 'string' || typeof raw.value === 'number' ? String(raw.value) : '';
  const rule = identifierRule(raw.type, context.rules);
  if (rule?.personal !== true || rule.scoped || !isToken(text)) {
    const read = normaliseIdentifier(raw, context);
    return isFinding(read) ? read : { ...read, text };
  }
  const identifier: Identifier = { type: raw.type, value: text };
  if (!isBlocked(identifierKey(identifier), context.rules)) return { identifier, text };
  return { reason: 'blocked_identifier', field, detail: `The rules block this ${raw.type}.` };
}

function fromText(text: string, field: string, context: NormaliserContext): RawIdentifier | Finding {
  const type = text.slice(0, Math.max(text.indexOf(':'), 0));
  if (identifierRule(type, context.rules) === undefined) return unknownType(field, context);
  const parsed = parseIdentifierKey(text, context.rules);
  return { ...parsed, field };
}

function fromObject(entry: unknown, field: string, context: NormaliserContext): RawIdentifier | Finding {
  const { type, scope, value } = isObject(entry) ? entry : {};
  if (typeof type !== 'string' || identifierRule(type, context.rules) === undefined) return unknownType(field, context);
  return { type, scope, value, field };
}

/** What was sent instead of a type is not repeated: it may be somebody's number. */
const unknownType = (field: string, { rules }: NormaliserContext): Finding => ({
  reason: 'invalid_identifier',
  field,
  detail: `${field} has no type that the rules name: ${rules.types.map(({ type }) => type).join(', ')}.`,
});
